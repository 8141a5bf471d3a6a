"""Whatever lies within the rules of a query is answered, and what does not is refused by field."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.domain.registry.rules import MeasureRules
from dtbase.domain.registry.sensors import SensorChange
from dtbase.storage.readings import readings
from dtbase.storage.registry import sensors
from tests.factories import add_sensor, batch_of

SERIES = "one/temperature"
WHOLE: dict[str, Any] = {
    "series": SERIES,
    "start": "1900-01-01T00:00:00Z",
    "end": "2200-01-01T00:00:00Z",
}
TIMES = [datetime(year, 1, 1, tzinfo=UTC) for year in (1900, 1999, 2000, 2026, 2199)]
MEASURED = ("temperature", "energy", "direction")
LONGEST = ["99999h", "99999d", "52177w", "11999mo", "1000y"]
ZONES = ["America/New_York", "Pacific/Apia"]


@pytest.fixture(autouse=True)
def stored(session: Session) -> None:
    """Store a reading at both ends of time and at the edges that most buckets share."""
    found = add_sensor(session, "one")
    ahead = dict.fromkeys(MEASURED, MeasureRules(ahead="off"))
    sensors.update(session, "one", SensorChange(rules=ahead))
    for measure in MEASURED:
        readings.write(session, batch_of(found[measure], TIMES, [1.0, 2.0, 3.0, 4.0, 5.0]))


def answer_of(api: TestClient, **asked: Any) -> Any:
    """Ask for readings, and return what was answered."""
    answer = api.get("/v1/readings", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("bucket", LONGEST)
def test_the_longest_buckets_hold_every_reading_once_in_any_zone(
    api: TestClient, bucket: str, zone: str
) -> None:
    asked = {**WHOLE, "bucket": bucket, "timezone": zone, "aggregates": ["count", "mean"]}
    asked["series"] = ["one/temperature", "one/energy", "one/direction"]
    for fill in ("none", "linear"):
        for part in answer_of(api, **asked, fill=fill)["series"]:
            assert sum(part["values"]["count"]) == len(TIMES)
        table = {"fill": fill, "format": "csv", "layout": "wide"}
        assert api.get("/v1/readings", params={**asked, **table}).status_code == 200


@pytest.mark.parametrize("fill", ["none", "null"])
@pytest.mark.parametrize("bucket", ["1001y", "2000y", "3000y", "99999y", "99999mo", "99999w"])
def test_longer_buckets_are_refused_with_the_limit(api: TestClient, bucket: str, fill: str) -> None:
    answer = api.get("/v1/readings", params={**WHOLE, "bucket": bucket, "fill": fill})
    assert answer.status_code == 422
    assert [found["field"] for found in answer.json()["errors"]] == ["bucket"]
    assert "no longer than 1000 years" in answer.json()["detail"]


@pytest.mark.parametrize("points", [1, 2, 3, 4, 40])
@pytest.mark.parametrize("fill", ["none", "null", "previous", "linear"])
def test_auto_keeps_within_the_points_also_when_it_fills(
    api: TestClient, points: int, fill: str
) -> None:
    asked = {"series": SERIES, "start": "1999-06-01T00:00:00Z", "end": "2026-11-08T00:00:00Z"}
    (part,) = answer_of(api, **asked, points=points, fill=fill)["series"]
    assert 0 < part["count"] <= max(points, 2)


def test_auto_keeps_within_the_points_of_a_range_that_is_longer_than_its_readings(
    api: TestClient, session: Session
) -> None:
    busy = add_sensor(session, "busy")["temperature"]
    times = [TIMES[-2] + timedelta(minutes=minute) for minute in range(100)]
    readings.write(session, batch_of(busy, times, [1.0] * len(times)))
    asked = {**WHOLE, "series": "busy/temperature", "points": 50}
    assert answer_of(api, **asked)["bucket"] == "2m"
    filled = answer_of(api, **asked, fill="null")
    assert filled["bucket"] == "10y"
    assert filled["series"][0]["count"] == 30
    table = {"fill": "null", "format": "csv"}
    assert len(api.get("/v1/readings", params={**asked, **table}).text.splitlines()) == 31


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"start": "2150-01-01T00:00:00Z"}, "end", "by default end is now"),
        ({"start": "9999-12-31T23:59:59.999999Z"}, "start", "between 1900 and 2200"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "start", "between 1900 and 2200"),
        ({"end": "0001-01-01T00:00:00Z"}, "end", "between 1900 and 2200"),
        ({"end": "9999-12-31T23:59:59-14:00"}, "end", "between 1900 and 2200"),
    ],
)
def test_a_range_of_which_one_end_is_given_is_refused_for_what_was_given(
    api: TestClient, given: dict[str, str], field: str, said: str
) -> None:
    answer = api.get("/v1/readings", params={"series": SERIES, **given})
    assert answer.status_code == 422
    assert [found["field"] for found in answer.json()["errors"]] == [field]
    assert said in answer.json()["detail"]


def test_the_default_range_does_not_begin_before_the_first_time_there_is(api: TestClient) -> None:
    found = answer_of(api, series=SERIES, end="1900-01-03T00:00:00Z")
    assert found["start"] == "1900-01-01T00:00:00Z"
    assert found["series"][0]["count"] == 1


@pytest.mark.parametrize(
    ("field", "value"), [("fill", "null"), ("aggregates", "max"), ("aggregates", "mean")]
)
def test_what_goes_with_buckets_is_refused_for_raw_values(
    api: TestClient, field: str, value: str
) -> None:
    answer = api.get("/v1/readings", params={**WHOLE, "bucket": "raw", field: value})
    assert answer.status_code == 422
    assert [found["field"] for found in answer.json()["errors"]] == [field]
    assert answer_of(api, **WHOLE, **{field: value})["bucket"] == "raw"  # few enough for auto
    assert answer_of(api, **WHOLE, bucket="raw", fill="none")["series"][0]["count"] == len(TIMES)


@pytest.mark.parametrize("fill", ["null", "previous", "linear"])
@pytest.mark.parametrize(
    ("zone", "bucket", "end"),
    [
        ("Europe/Berlin", "2h", "2025-10-26T00:30:00Z"),
        ("America/Havana", "1d", "2025-11-02T04:30:00Z"),
    ],
)
def test_a_range_that_ends_in_an_hour_that_comes_twice_is_filled(
    api: TestClient, session: Session, zone: str, bucket: str, fill: str, end: str
) -> None:
    sensor = add_sensor(session, "busy")["temperature"]
    until = datetime.fromisoformat(end)
    times = [until - timedelta(minutes=15 * n) for n in range(300)]
    readings.write(session, batch_of(sensor, times, [1.0] * len(times)))
    asked = {"start": (until - timedelta(days=2)).isoformat(), "end": end, "bucket": bucket}
    asked |= {"series": "busy/temperature", "timezone": zone, "aggregates": "count"}
    plain, filled = (answer_of(api, **asked, fill=how)["series"] for how in ("none", fill))
    assert plain == filled
    assert sum(filled[0]["values"]["count"]) == 2 * 96


@pytest.mark.parametrize("fill", ["null", "previous", "linear"])
def test_a_range_that_passes_an_edge_twice_loses_no_bucket_when_it_is_filled(
    api: TestClient, session: Session, fill: str
) -> None:
    """In the Chatham Islands the clocks go back from 3:45 to 2:45."""
    sensor = add_sensor(session, "busy")["temperature"]
    start = datetime(2026, 4, 4, 13, 20, tzinfo=UTC)
    times = [start + timedelta(minutes=5 * n) for n in range(24)]
    readings.write(session, batch_of(sensor, times, [1.0] * len(times)))
    asked = {"start": start.isoformat(), "end": (times[-1] + timedelta(minutes=1)).isoformat()}
    asked |= {"series": "busy/temperature", "bucket": "3h", "timezone": "Pacific/Chatham"}
    plain, filled = (
        answer_of(api, **asked, aggregates="count", fill=how)["series"] for how in ("none", fill)
    )
    assert plain == filled
    assert filled[0]["values"]["count"] == [3, 21]


def test_hours_of_a_zone_that_left_the_half_hour_are_cut_where_they_are_named(
    api: TestClient, session: Session
) -> None:
    sensor = add_sensor(session, "busy")["temperature"]
    start = datetime(2025, 6, 1, tzinfo=UTC)
    times = [start + timedelta(minutes=10 * n) for n in range(12)]
    readings.write(session, batch_of(sensor, times, [float(n) for n in range(12)]))
    asked = {"start": start.isoformat(), "end": (start + timedelta(hours=2)).isoformat()}
    asked |= {"series": "busy/temperature", "bucket": "1h", "timezone": "Pacific/Norfolk"}
    for fill in ("none", "null"):
        found = answer_of(api, **asked, aggregates="first", fill=fill)
        assert found["series"][0]["start"] == "2025-05-31T23:30:00Z"
        assert found["series"][0]["values"]["first"] == [0, 3, 9]


def test_previous_does_not_look_before_the_start(api: TestClient) -> None:
    asked = {"series": SERIES, "start": "1998-01-01T00:00:00Z", "end": "2003-01-01T00:00:00Z"}
    (part,) = answer_of(api, **asked, bucket="1y", fill="previous")["series"]
    assert part["values"]["mean"] == [None, 2, 3, 3, 3]
