"""Completeness, flags and silences by series and month, told from the stored hours."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.domain.readings.flags import QualityFlag
from dtbase.domain.readings.quality import QualityQuery
from dtbase.storage import values
from tests.factories import add_sensor
from tests.wire import client_of

MAY, JULY = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def roof(session: Session) -> str:
    add_sensor(session, "roof")
    return "roof"


def push(api: TestClient, measure: str, times: list[datetime], sent: list[Any]) -> None:
    part = {
        "sensor": "roof",
        "measure": measure,
        "times": [time.isoformat() for time in times],
        "values": sent,
    }
    answer = api.post("/v1/readings", json={"series": [part]})
    assert answer.status_code == 200, answer.text


def test_months_tell_what_came_of_what_was_to_be_expected(
    api: TestClient, session: Session, roof: str
) -> None:
    api.patch("/v1/measures/temperature", json={"rules": {"suspect": {"maximum": 30}}})
    quarters = [MAY + place * HOUR / 4 for place in range(61 * 24 * 4)]
    silent = (MAY + 100 * HOUR + HOUR / 4, MAY + 172 * HOUR)
    kept = [time for time in quarters if not silent[0] < time < silent[1]]
    sent = [20.0 + place % 7 for place in range(len(kept))]
    sent[:3], sent[-1] = [31.0, -300.0, -9999.0], 35.0
    push(api, "temperature", kept, sent)
    (found,) = client_of(api).quality.of(["roof/temperature"], MAY, JULY)
    assert found.cadence == 900
    may, june = found.months
    came = 2976 - (len(quarters) - len(kept)) - 2
    assert (may.month, may.readings, may.expected) == (date(2026, 5, 1), came, 2976)
    assert may.completeness == round(came / 2976, 4)
    suspect = {QualityFlag.SUSPECT: 1}
    assert may.flags == {
        QualityFlag.GOOD: came - 1,
        **suspect,
        QualityFlag.FAIL: 1,
        QualityFlag.MISSING: 1,
    }
    assert may.longest_silence is not None
    assert (may.longest_silence.start, may.longest_silence.end) == silent
    assert (june.readings, june.completeness, june.longest_silence) == (2880, 1.0, None)
    assert june.flags == {QualityFlag.GOOD: 2879, **suspect}


def test_daily_readings_are_complete_when_one_comes_each_day(api: TestClient, roof: str) -> None:
    days = [MAY + timedelta(days=day, hours=6) for day in range(61) if day not in {40, 41}]
    push(api, "state", days, ["unknown" if day.day == 3 else "on" for day in days])
    (found,) = client_of(api).quality.of("roof/state", MAY, JULY)
    assert found.cadence == 86_400
    may, june = found.months
    assert (may.readings, may.expected, may.completeness) == (31, 31, 1.0)
    assert (june.readings, june.expected) == (28, 30)
    assert june.longest_silence is not None
    assert june.longest_silence.seconds == 3 * 86_400
    assert june.flags == {QualityFlag.NOT_EVALUATED: 28}


def test_nothing_is_expected_before_a_series_begins_nor_beyond_now(
    api: TestClient, session: Session, roof: str
) -> None:
    assert client_of(api).quality.of("roof/rain", MAY, JULY)[0].months == ()
    times = [MAY + timedelta(days=20) + place * HOUR for place in range(24 * 15)]
    push(api, "rain", times, [place % 5 / 2 for place in range(len(times))])
    now = MAY + timedelta(days=35)
    (found,) = values.quality_of(session, QualityQuery(series=["roof/rain"], start=MAY), now)
    assert [(each.readings, each.completeness) for each in found.months] == [(264, 1), (96, 1)]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"series": "roof/nothing"}, 404),
        ({"series": "roof"}, 422),
        ({}, 422),
        ({"series": "roof/rain", "start": "1901-01-01T00:00:00Z"}, 422),
    ],
)
def test_what_cannot_be_told_is_refused(
    api: TestClient, roof: str, asked: dict[str, str], status: int
) -> None:
    assert api.get("/v1/quality", params=asked).status_code == status
