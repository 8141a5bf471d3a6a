"""What is said while something takes long."""

import re
import time

import pytest

from dtbase.local import progress
from dtbase.local.progress import LONGEST_SILENCE, VOICE, Silence, say, silence_broken


def test_waits_that_are_short_each_are_told_when_they_are_long_together(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    began = now - 2 * LONGEST_SILENCE
    monkeypatch.setattr(VOICE, "last", began)
    all_of_them = Silence("starting", beyond=0.2, began=began)
    Silence("waiting for api").mind()
    assert capsys.readouterr().out == ""
    all_of_them.mind()
    all_of_them.mind()
    assert capsys.readouterr().out == f"  starting ({2 * LONGEST_SILENCE:.0f} s)\n"


def test_who_speaks_is_not_interrupted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    silence = Silence("starting", began=0)
    monkeypatch.setattr(VOICE, "last", 0.0)
    say("fetching")
    silence.mind()
    assert capsys.readouterr().out == "fetching\n"


def test_silence_is_broken_also_while_nobody_asks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LONGEST_SILENCE", 0.0)
    with silence_broken("installing"):
        said = ""
        while not said:
            time.sleep(0.01)
            said = capsys.readouterr().out
    assert re.match(r"  installing \(\d+ s\)\n", said)
