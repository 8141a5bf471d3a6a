"""Large readings in JSON, which a process of their own decodes."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psutil
import pytest
import requests

from api.app import create_app
from api.readings.json_reader import HEAVY, JsonReader
from dtbase.domain.people.users import Role
from dtbase.errors import Invalid, Unavailable
from dtbase.formats import json_batches
from dtbase.storage.database import transaction
from tests.factories import add_sensor
from tests.live import serving
from tests.people import add_user, log_in

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def reader() -> Iterator[JsonReader]:
    """Read large bodies, and end what does."""
    reader = JsonReader()
    yield reader
    reader.stop()


def body(count: int, sensor: str = "roof") -> bytes:
    """Write readings, whose values are of several kinds."""
    kinds = [1.5, 2, True, "warm"]
    readings = [
        {
            "sensor": sensor,
            "measure": "temperature",
            "time": (START + timedelta(seconds=number)).isoformat(),
            "value": kinds[number % len(kinds)],
        }
        for number in range(count)
    ]
    return json.dumps({"readings": readings}).encode()


MANY = body(12_000)


def children() -> list[psutil.Process]:
    """Return the processes that this one has started to read."""
    started = psutil.Process().children()
    return [each for each in started if "dtbase.formats.json_process" in each.cmdline()]


def test_a_large_body_brings_what_a_small_one_would(reader: JsonReader) -> None:
    here, there = json_batches.decode(MANY), reader.decode(MANY, HEAVY)
    assert len(children()) == 1
    assert [segment.name for segment in there.segments] == ["roof/temperature"]
    for column in ("times", "values", "rows"):
        one, other = (getattr(batch.segments[0], column) for batch in (here, there))
        assert (one.dtype, one.tolist()) == (other.dtype, other.tolist())
    assert len(there) == 12_000


@pytest.mark.parametrize("broken", [MANY[:-1], MANY[:-2] + b"NaN]}", b"[]" + b" " * 300_000])
def test_a_large_body_is_refused_in_the_words_of_a_small_one(
    reader: JsonReader, broken: bytes
) -> None:
    with pytest.raises(Invalid) as here:
        json_batches.decode(broken)
    with pytest.raises(Invalid) as there:
        reader.decode(broken, HEAVY)
    assert (there.value.detail, there.value.violations) == (
        here.value.detail,
        here.value.violations,
    )


def test_a_light_body_is_read_without_another_process(reader: JsonReader) -> None:
    assert len(reader.decode(body(9_000), HEAVY - 1)) == 9_000
    assert not children()
    assert len(reader.decode(MANY, HEAVY - 1)) == 12_000
    assert len(children()) == 1


def test_what_reads_large_bodies_is_started_anew_when_it_was_killed(reader: JsonReader) -> None:
    assert len(reader.decode(MANY, HEAVY)) == 12_000
    (child,) = children()
    child.kill()
    child.wait()
    assert len(reader.decode(MANY, HEAVY)) == 12_000


def test_what_cannot_be_started_is_told_to_be_tried_again(
    reader: JsonReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.readings.json_reader.MODULE", "dtbase.nothing")
    with pytest.raises(Unavailable):
        reader.decode(MANY, HEAVY)


def test_large_readings_are_stored_or_refused_whole(own_environment: str) -> None:
    with transaction() as session:
        add_sensor(session, "roof")
        token = log_in(session, add_user(session, "ann@example.org", Role.EDITOR)).access_token
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    good = MANY.replace(b": true", b": 1").replace(b': "warm"', b": 4")
    with serving(create_app()) as url:
        stored = requests.post(f"{url}/v1/readings", good, headers=headers, timeout=60)
        refused = requests.post(f"{url}/v1/readings", MANY, headers=headers, timeout=60)
        assert len(children()) == 1
    assert (stored.status_code, stored.json()["inserted"]) == (200, 12_000)
    assert (refused.status_code, refused.json()["errors"][0]["row"]) == (422, 2)
    assert not children()  # it ended with the application
