"""`dtbase healthy` without a name: what the image's HEALTHCHECK asks of any container."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from dtbase.cli import app, healthy
from dtbase.local.places import CHECKOUT


@pytest.mark.parametrize(
    ("command", "process"),
    [
        ("/usr/bin/tini -- dtbase run api --host 0.0.0.0", "api"),
        ("/usr/bin/tini -- dtbase run worker ingest maintenance", "worker"),
        ("dtbase run scheduler", "scheduler"),
        ("/usr/bin/tini -- dtbase run migrate", None),
        ("/usr/bin/tini -- dtbase setup admin run@example.org", None),
        ("/usr/bin/tini -- sh -c true", None),
    ],
)
def test_a_container_is_asked_what_it_runs(command: str, process: str | None) -> None:
    told = command.replace(" ", "\0").encode() + b"\0"
    assert healthy.checked(told) == process


def test_what_does_not_work_is_told_and_what_runs_to_its_end_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tmp_path / "cmdline"
    monkeypatch.setattr(healthy, "FIRST", first)
    monkeypatch.setattr(healthy, "serves", lambda port, path: False)
    for process, code in (("api", 1), ("dash", 1), ("migrate", 0)):
        first.write_bytes(f"dtbase\0run\0{process}\0".encode())
        assert CliRunner().invoke(app, ["healthy"]).exit_code == code
    assert CliRunner().invoke(app, ["healthy", "dash"]).exit_code == 1, "as Compose asks"


def test_the_image_asks_so() -> None:
    assert 'CMD ["dtbase", "healthy"]' in (CHECKOUT / "Dockerfile").read_text()
