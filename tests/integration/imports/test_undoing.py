"""Undoing imports: exactly what they stored, where it still stands as they stored it."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from dtbase.cli import app as command
from dtbase.cli.exits import Incomplete
from dtbase.client import Client
from dtbase.domain.imports.imports import NOTHING_UNDONE, NewImport, Undone
from dtbase.domain.people.users import Role
from dtbase.domain.registry.series import Value
from dtbase.domain.timeranges import TimeRange
from dtbase.errors import Conflict, NotAllowed, NotFound
from dtbase.storage.imports import imports
from dtbase.storage.readings import deletions, readings
from dtbase.storage.readings.readings import OnConflict
from dtbase.storage.registry.series import Resolved
from tests.factories import add_sensor, batch_of
from tests.importing import all_stored, long_csv, run, stored
from tests.people import add_user, carry, log_in
from tests.wire import client_of

START = datetime(2026, 1, 1, tzinfo=UTC)
CSV = b"time,temperature\n2026-01-01T00:00Z,1\n2026-01-01T01:00Z,2\n2026-01-01T02:00Z,3\n"

Key = tuple[str, datetime]
Kept = list[tuple[Key, Value, Value | None]]
"""What one piece of an import stored: where, what, and what stood there before."""


class Model:
    """Readings in plain Python, with the imports that brought them."""

    def __init__(self) -> None:
        """Begin empty."""
        self.stored: dict[Key, Value] = {}
        self.pieces: dict[int, list[Kept]] = {}

    def write(self, given: Mapping[Key, Value], how: OnConflict, import_id: int | None) -> None:
        piece: Kept = []
        for key, value in given.items():
            before = self.stored.get(key)
            if value == before or (before is not None and how is OnConflict.KEEP):
                continue
            piece.append((key, value, before))
            self.stored[key] = value
        if import_id is not None:
            self.pieces[import_id].append(piece)

    def undo(self, import_id: int) -> Undone:
        """Take back piece by piece, the newest first."""
        removed = restored = changed = 0
        for piece in reversed(self.pieces[import_id]):
            left = [each for each in piece if self.stored.get(each[0]) != each[1]]
            for key, _, before in (each for each in piece if each not in left):
                if before is None:
                    del self.stored[key]
                    removed += 1
                else:
                    self.stored[key] = before
                    restored += 1
            changed += len(left)
            piece[:] = left
        return Undone(removed=removed, restored=restored, changed=changed, dropped=0)


def found_in(session: Session) -> dict[Key, Value]:
    """Return what is stored of the sensor of these tests."""
    rows = session.execute(
        text(
            "SELECT m.name, time, value, whole, text FROM reading r JOIN series s"
            " ON s.id = r.series_id JOIN measure m ON m.id = s.measure_id"
        )
    )
    return {
        (name, time.astimezone(UTC)): words or (value if whole is None else whole)
        for name, time, value, whole, words in rows
    }


def some(rng: random.Random, measure: str, count: int) -> dict[Key, Value]:
    """Return readings of few values, so that they often meet."""
    values: Mapping[str, Sequence[Value]] = {
        "temperature": (1.5, 2.5, -3.0),
        "people": (7, 2**60 + 1, 2**60 + 3),
        "state": ("on", "off"),
    }
    times = rng.sample(range(60), count)
    return {
        (measure, START + timedelta(minutes=7 * each)): rng.choice(values[measure])
        for each in times
    }


def write(
    session: Session,
    series: Mapping[str, Resolved],
    given: Mapping[Key, Value],
    how: OnConflict,
    import_id: int | None,
) -> None:
    (measure,) = {name for name, _ in given}
    batch = batch_of(series[measure], [time for _, time in given], list(given.values()))
    if import_id is None:
        readings.write(session, batch, how)
    else:
        imports.write(session, import_id, batch, how)


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_imports_pushes_deletions_and_undoing_is_as_plain_python_has_it(
    session: Session, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings, "STAGED_FROM", 20)  # so that all three ways of writing are gone
    rng, model, series = random.Random(seed), Model(), add_sensor(session, "one")  # noqa: S311
    for _ in range(3):
        model.pieces[imports.begin(session, NewImport(file="some.csv")).id] = []
    going = set(model.pieces)
    for _ in range(60):
        measure = rng.choice(["temperature", "people", "state"])
        match rng.choice(["import", "import", "push", "delete", "undo"]):
            case "delete":
                delete_some(session, rng, model, series[measure])
            case "undo" if rng.random() < 0.4 and (which := any_of(rng, model)) is not None:
                assert undone(session, which) == model.undo(which)
                going.discard(which)
            case what:
                how = rng.choice([OnConflict.REPLACE, OnConflict.REPLACE, OnConflict.KEEP])
                target = rng.choice(sorted(going)) if what == "import" and going else None
                given = some(rng, measure, rng.choice([3, 10, 40]))
                write(session, series, given, how, target)
                model.write(given, how, target)
        assert found_in(session) == model.stored
    while (which := any_of(rng, model)) is not None:
        assert undone(session, which) == model.undo(which)
        model.pieces[which] = []
    assert found_in(session) == model.stored


def any_of(rng: random.Random, model: Model) -> int | None:
    """Return an import of which something is left to undo."""
    some_left = [each for each, pieces in model.pieces.items() if any(pieces)]
    return rng.choice(some_left) if some_left else None


def delete_some(session: Session, rng: random.Random, model: Model, one: Resolved) -> None:
    """Delete half an hour of a series."""
    start = START + timedelta(minutes=7 * rng.randrange(60))
    end = start + timedelta(minutes=30)
    deletions.delete(session, one, TimeRange.of(start, end))
    for key in [*model.stored]:
        if key[0] == one.measure and start <= key[1] < end:
            del model.stored[key]


def undone(session: Session, import_id: int) -> Undone:
    """Undo in as many requests as it takes, each of a few readings."""
    done = imports.undo(session, import_id, at_once=15)
    while done.next is not None:
        done = done.plus(imports.undo(session, import_id, done.next, at_once=15))
    return done


def test_aggregates_follow_what_is_undone(api: TestClient, session: Session) -> None:
    series = add_sensor(session, "one")
    client = client_of(api)
    client.readings.push_values("one/temperature", [START + timedelta(hours=1)], [20.0])
    client.readings.push_values("one/temperature", [START + timedelta(hours=5)], [5.0])
    done = client.imports.send(CSV, profile='{"columns": {"temperature": "one/temperature"}}')
    assert sum_of(client) == 1 + 2 + 3 + 5
    assert done.report.import_id is not None
    known = client.imports.get(done.report.import_id)
    assert (known.file, known.made_by, known.state, known.standing) == (
        "file", "api@example.org", "done", 3
    )  # fmt: skip
    assert known.report == done.report
    undone_now = client.imports.undo(known.id)
    assert (undone_now.removed, undone_now.restored, undone_now.changed) == (2, 1, 0)
    assert sum_of(client) == 20 + 5
    after = client.imports.get(known.id)
    assert (after.state, after.undone_by, after.standing) == ("undone", "api@example.org", 0)
    assert (after.removed, after.restored) == (2, 1)
    with pytest.raises(Conflict, match="was undone already"):
        client.imports.undo(known.id)
    assert series


def sum_of(client: Client) -> float:
    found = client.readings.query(
        ["one/temperature"], START, START + timedelta(days=1), bucket="1d", aggregates=["sum"]
    )
    total = found.series[0].values["sum"][0]
    assert isinstance(total, float)
    return total


def test_what_came_later_stays_until_it_is_undone_itself(api: TestClient, session: Session) -> None:
    add_sensor(session, "one")
    client = client_of(api)
    profile = '{"columns": {"temperature": "one/temperature"}}'
    first = client.imports.send(CSV, name="first.csv", profile=profile).report.import_id
    second = client.imports.send(
        CSV.replace(b",3", b",9"), name="second.csv", profile=profile
    ).report.import_id
    assert first is not None
    assert second is not None
    left = client.imports.undo(first)
    assert (left.removed, left.changed) == (2, 1)
    assert client.imports.get(first).state == "undone, but for 1"
    assert client.imports.undo(second).restored == 1
    assert client.imports.undo(first) == NOTHING_UNDONE.model_copy(update={"removed": 1})
    assert [(each.file, each.state) for each in client.imports.list(search="first")] == [
        ("first.csv", "undone")
    ]


def test_what_retention_dropped_is_out_of_reach(api: TestClient, session: Session) -> None:
    series = add_sensor(session, "one")
    client = client_of(api)
    profile = '{"columns": {"temperature": "one/temperature"}}'
    done = client.imports.send(CSV, profile=profile).report.import_id
    assert done is not None
    session.execute(
        text("INSERT INTO reading_horizon VALUES (:id, :horizon)"),
        {"id": series["temperature"].id, "horizon": START + timedelta(hours=1, minutes=30)},
    )
    undone_now = client.imports.undo(done)
    assert (undone_now.removed, undone_now.dropped) == (1, 2)
    assert client.imports.get(done).state == "undone"


def test_a_piece_is_taken_only_by_an_import_of_ones_own_that_goes_on(
    api: TestClient, web: TestClient, session: Session
) -> None:
    add_sensor(session, "one")
    mine = client_of(api).imports.begin(NewImport(file="mine.csv"))
    carry(web, log_in(session, add_user(session, "bea@example.org", Role.EDITOR)))
    other = client_of(web)
    push = ("one/temperature", [START], [1.0])
    with pytest.raises(Conflict, match=f"import {mine.id} is by api@example.org"):
        other.readings.push_values(*push, import_id=mine.id)
    with pytest.raises(NotFound):
        other.readings.push_values(*push, import_id=mine.id + 1)
    client_of(api).readings.push_values(*push, import_id=mine.id)
    resumed = NewImport(file="mine.csv", resumes=mine.id)
    assert other.imports.begin(resumed).id != mine.id
    assert client_of(api).imports.begin(resumed).id == mine.id
    assert other.imports.undo(mine.id).removed == 1
    with pytest.raises(Conflict, match="was undone; begin another one"):
        client_of(api).readings.push_values(*push, import_id=mine.id)
    assert client_of(api).imports.begin(resumed).id != mine.id


def test_a_viewer_sees_imports_and_undoes_none(
    api: TestClient, web: TestClient, session: Session
) -> None:
    add_sensor(session, "one")
    mine = client_of(api).imports.begin(NewImport(file="mine.csv"))
    carry(web, log_in(session, add_user(session, "vera@example.org", Role.VIEWER)))
    assert client_of(web).imports.list()[0].id == mine.id
    for forced in (
        lambda: client_of(web).imports.undo(mine.id),
        lambda: client_of(web).imports.begin(NewImport(file="x")),
        lambda: client_of(web).imports.end(mine.id, mine.report),
    ):
        with pytest.raises(NotAllowed):
            forced()


@pytest.mark.usefixtures("variables")
def test_the_command_lists_imports_and_undoes_one(tmp_path: Path) -> None:
    path = long_csv(tmp_path / "long.csv", 2_500)
    said = run(path, "--rows", 1_000).output
    assert "`dtbase imports undo 1` takes it back" in said
    listed = CliRunner().invoke(command, ["imports"]).output.split("\t")
    assert (listed[0], listed[1], listed[3]) == ("1", "long.csv", "ann@example.org")
    assert listed[4:6] == ["2500", "2500"]
    long_csv(path, 10, range(10, 20))
    run(path)
    result = CliRunner().invoke(command, ["imports", "undo", "1"])
    assert isinstance(result.exception, Incomplete)
    assert "not undone: 10 changed since" in str(result.exception)
    assert "import 1: 2,490 readings removed, 0 restored" in result.output
    assert len(stored()) == 10
    assert CliRunner().invoke(command, ["imports", "undo", "2"]).exit_code == 0
    assert stored()[0][1] == "0"
    assert CliRunner().invoke(command, ["imports", "undo", "1"]).exit_code == 0
    assert all_stored() == {}
