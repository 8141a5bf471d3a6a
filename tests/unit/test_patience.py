"""One way of asking again, and of reading what a server asks for."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from dtbase.errors import Unavailable
from dtbase.patience import Patience, pause_asked

PATIENCE = Patience(first=1, longest=5)


def unless_done(answer: str, otherwise: float) -> float | None:
    return None if answer == "done" else otherwise


def test_what_is_asked_is_asked_until_an_answer_is_taken() -> None:
    answers, waits = ["busy", "busy", "done", "never"], list[float]()
    assert PATIENCE.ask(lambda: answers.pop(0), unless_done, waits.append) == "done"
    assert [1 <= waits[0] <= 2, 2 <= waits[1] <= 3, len(waits)] == [True, True, 2]


def test_the_last_answer_counts_whatever_it_is() -> None:
    waits = list[float]()
    assert PATIENCE.ask(lambda: "busy", unless_done, waits.append) == "busy"
    assert (len(waits), waits[-1] <= 5) == (3, True)


def test_nobody_there_is_asked_again_and_then_told() -> None:
    tried = list[int]()

    def once() -> str:
        tried.append(1)
        raise Unavailable("nobody")

    with pytest.raises(Unavailable, match="nobody"):
        PATIENCE.ask(once, unless_done, lambda _: None)
    assert len(tried) == 4


def test_what_a_server_asks_for_is_waited_even_if_that_is_nothing() -> None:
    answers, waits = [7.5, 0.0, None], list[float]()
    PATIENCE.ask(lambda: answers.pop(0), lambda answer, _: answer, waits.append)
    assert waits == [7.5, 0]


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), (" 0 ", 0), ("999999999", 999_999_999)])
def test_seconds_are_read(header: str, seconds: float) -> None:
    assert pause_asked(header) == seconds


def test_a_moment_is_read_and_one_that_has_gone_is_now() -> None:
    for ahead, least, most in ((3600, 3000, 3600), (-3600, 0, 0)):
        moment = datetime.now(UTC) + timedelta(seconds=ahead)
        asked = pause_asked(format_datetime(moment, usegmt=True))
        assert asked is not None
        assert least <= asked <= most


@pytest.mark.parametrize("header", ["", "soon", "-1", "1.5", "٣", "9" * 5000, "Fri, 99 Foo 0000"])
def test_what_is_neither_is_not_heeded(header: str) -> None:
    assert pause_asked(header) is None
