"""Readings of a device reach the API once, in their order, whatever breaks on the way."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dtbase.client import Client
from dtbase.client.outbox import Outbox
from dtbase.domain.registry.sensors import NewSensor
from dtbase.errors import Invalid, NotAuthenticated, Unavailable
from tests.twins import eventually

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEVEL = "one/temperature"
NOWHERE = "http://127.0.0.1:9"
DEVICE = """
import sys
from datetime import UTC, datetime, timedelta
from dtbase.client import Client
from dtbase.client.outbox import Outbox

start = datetime(2026, 3, 1, 12, tzinfo=UTC)
with Client("http://127.0.0.1:9") as twin, Outbox(sys.argv[1], twin) as outbox:
    for minute in range(10_000):
        outbox.put("one/temperature", start + timedelta(minutes=minute), float(minute))
        print(minute, flush=True)
"""


@pytest.fixture
def twin(variables: dict[str, str]) -> Iterator[Client]:
    with Client(variables["DTBASE_API_URL"], api_key=variables["DTBASE_API_KEY"]) as twin:
        yield twin


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"


def values(twin: Client, series: str = LEVEL) -> list[object]:
    (found,) = twin.readings.query([series], NOON, NOON + timedelta(days=7), bucket="raw").series
    return list(found.values["value"])


def fill(outbox: Outbox, count: int, series: str = LEVEL) -> None:
    outbox.put_many((series, NOON + k * MINUTE, float(k)) for k in range(count))


def test_what_is_put_is_sent_in_batches_and_forgotten(twin: Client, file: Path) -> None:
    with Outbox(file, twin, batch=7) as outbox:
        fill(outbox, 20)
        counts = outbox.send()
        assert (counts.received, counts.inserted, len(outbox)) == (20, 20, 0)
    assert values(twin) == [float(k) for k in range(20)]


def test_an_outage_is_outlived_and_nothing_is_lost(twin: Client, file: Path) -> None:
    with Client(NOWHERE, tries=1) as nobody, Outbox(file, nobody) as outbox:
        fill(outbox, 5)
        with pytest.raises(Unavailable):
            outbox.send()
        assert len(outbox) == 5
    with Outbox(file, twin) as outbox:
        assert outbox.send().inserted == 5


def test_a_device_that_is_killed_loses_nothing_that_it_had_put(twin: Client, file: Path) -> None:
    with subprocess.Popen(  # noqa: S603 - our own lines
        [sys.executable, "-c", DEVICE, str(file)], stdout=subprocess.PIPE, text=True
    ) as device:
        assert device.stdout is not None
        said = [device.stdout.readline() for _ in range(50)]
        device.send_signal(signal.SIGKILL)
        said += device.stdout.readlines()
    with Outbox(file, twin) as outbox:
        outbox.send()
    assert values(twin)[: len(said)] == [float(k) for k in range(len(said))]
    assert len(values(twin)) - len(said) in (0, 1)  # put, and killed before it could be said


def test_what_was_sent_twice_is_stored_once(twin: Client, file: Path) -> None:
    with Outbox(file, twin) as outbox:
        fill(outbox, 3)
        outbox.send()
        fill(outbox, 3)
        assert outbox.send().unchanged == 3


def test_of_values_at_one_time_the_one_put_last_counts(twin: Client, file: Path) -> None:
    with Outbox(file, twin, batch=2) as outbox:
        outbox.put_many((LEVEL, NOON, float(value)) for value in (1, 2, 3, 4, 5))
        outbox.send()
    assert values(twin) == [5.0]


def test_the_oldest_make_room_and_are_counted(twin: Client, file: Path) -> None:
    with Outbox(file, twin, most=10) as outbox:
        fill(outbox, 25)
        outbox.put(LEVEL, NOON + 25 * MINUTE, 25.0)
        assert (len(outbox), outbox.dropped) == (10, 16)
        outbox.send()
    assert values(twin) == [float(k) for k in range(16, 26)]


def test_what_is_refused_blocks_nothing_and_can_be_sent_again(twin: Client, file: Path) -> None:
    with Outbox(file, twin, batch=300) as outbox:
        fill(outbox, 200, "two/temperature")
        fill(outbox, 3)
        outbox.put(LEVEL, NOON + 3 * MINUTE, "warm")
        assert outbox.send().inserted == 3
        assert len(outbox) == 0
        refused = outbox.refused()
        assert len(refused) == 201
        assert "warm" in refused[0].reading
        assert "'two' with a measure 'temperature'" in refused[1].reason
        twin.sensors.add(NewSensor(identifier="two", type="everything"))
        outbox.retry_refused()
        assert outbox.send().inserted == 200
        assert len(outbox.refused()) == 1


def test_a_wrong_key_sets_nothing_aside(
    variables: dict[str, str], twin: Client, file: Path
) -> None:
    url = variables["DTBASE_API_URL"]
    with Client(url, api_key="dtb_nobody") as stranger, Outbox(file, stranger) as outbox:
        fill(outbox, 2)
        with pytest.raises(NotAuthenticated):
            outbox.send()
        assert (len(outbox), outbox.refused()) == (2, [])


def test_a_wrong_address_sets_nothing_aside(file: Path) -> None:
    with Client("http://[", tries=1) as wrong, Outbox(file, wrong) as outbox:
        fill(outbox, 2)
        with pytest.raises(Invalid, match="cannot send"):
            outbox.send()
        assert (len(outbox), outbox.refused()) == (2, [])


def test_a_thread_sends_while_the_device_goes_on(twin: Client, file: Path) -> None:
    with Outbox(file, twin) as outbox:
        with outbox.sending(every=0.01):
            fill(outbox, 4)
            eventually(lambda: len(outbox) == 0)
            outbox.put(LEVEL, NOON + 4 * MINUTE, 4.0)
        assert len(outbox) == 0
    assert values(twin) == [0.0, 1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, object()])
def test_a_value_that_no_api_takes_is_refused_at_once(file: Path, value: object) -> None:
    with Client(NOWHERE) as nobody, Outbox(file, nobody) as outbox:
        with pytest.raises(Invalid):
            outbox.put(LEVEL, NOON, value)  # type: ignore[arg-type]
        assert len(outbox) == 0


def test_a_time_without_an_offset_is_refused_at_once(file: Path) -> None:
    with Client(NOWHERE) as nobody, Outbox(file, nobody) as outbox:
        with pytest.raises(Invalid, match="offset"):
            outbox.put(LEVEL, datetime(2026, 3, 1), 1.0)  # noqa: DTZ001 - that is the point
        assert len(outbox) == 0


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    file = tmp_path / "outbox.db"
    file.write_text("this is no queue" * 100)
    with Client(NOWHERE) as nobody, pytest.raises(Unavailable, match=str(file)):
        Outbox(file, nobody)
