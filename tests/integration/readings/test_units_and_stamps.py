"""Readings are stored in the unit of their measure, at the start of what they tell of."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.client.frames import to_bodies
from dtbase.errors import Invalid
from dtbase.services import At, Readings, Stamps
from jobs.services import writing
from tests.integration.readings.declaring import DAY, HOUR, declare, send, told


@pytest.mark.parametrize(
    ("unit", "stands", "sent", "said"),
    [
        ("kWh", [12.1, 12.2, 12.3], [12400.0, 12500.0, 12600.0], "Wh"),
        ("Wh", [12100.0, 12200.0, 12300.0], [12.4, 12.5, 12.6], "kWh"),
        ("m^3", [5.1, 5.2, 5.3], [5400.0, 5500.0, 5600.0], "L"),
        ("MWh", [12.1, 12.2, 12.3], [12400.0, 12500.0, 12600.0], "kWh"),
    ],
)
def test_a_meter_whose_unit_changes_is_asked_about(
    api: TestClient, unit: str, stands: list[float], sent: list[float], said: str
) -> None:
    declare(api, unit=unit, statistic="counter")
    assert send(api, stands).status_code == 200
    refused = send(api, sent, DAY + 3 * HOUR)
    assert refused.status_code == 422
    assert f"say unit={said}" in refused.json()["errors"][0]["rule"]
    assert refused.json()["errors"][0]["row"] == 0
    assert send(api, [*stands, *sent]).status_code == 422
    assert send(api, sent, DAY + 3 * HOUR, unit=said).status_code == 200
    use = 5 * abs(stands[1] - stands[0])
    assert told(api, 24, "1d") == [pytest.approx(use)]


def test_a_jump_by_a_unit_s_factor_that_is_right_is_said_to_be(api: TestClient) -> None:
    declare(api, unit="kWh", statistic="counter")
    assert send(api, [1.0, 2.0]).status_code == 200
    assert send(api, [2000.0], DAY + 2 * HOUR).status_code == 422
    answer = api.post(
        "/v1/readings",
        params={"unit": "kWh"},
        content=f"sensor,measure,time,value\nm,stand,{(DAY + 2 * HOUR).isoformat()},2000\n",
        headers={"content-type": "text/csv"},
    )
    assert answer.status_code == 200
    assert told(api, 24, "1d") == [1999.0]


@pytest.mark.parametrize(
    ("unit", "given", "said", "stored"),
    [
        ("degC", [32.0, 212.0], "degF", [0.0, 100.0]),
        ("kWh", [12_400.0], "Wh", [12.4]),
        ("Wh", [12], "kWh", [12_000.0]),
        ("m/s", [36.0], "km/h", [10.0]),
    ],
)
def test_readings_are_stored_in_the_measure_s_unit(
    api: TestClient, unit: str, given: list[float], said: str, stored: list[float]
) -> None:
    declare(api, unit=unit)
    assert send(api, given, unit=said).status_code == 200
    found = api.get(
        "/v1/readings",
        params={"series": "m/stand", "bucket": "raw", "start": DAY.isoformat()},
    ).json()["series"][0]["values"]["value"]
    assert found == pytest.approx(stored)


@pytest.mark.parametrize(
    ("measure", "said", "field", "rule"),
    [
        ({"unit": "kWh"}, {"unit": "degC"}, "unit", "cannot be told in kWh"),
        ({"unit": "kWh"}, {"unit": "smoots?"}, "unit", "cannot be told in kWh"),
        ({}, {"unit": "Wh"}, "unit", "has no unit"),
        ({}, {"stamps": "end"}, "series.0.stamps", "need interval"),
        ({}, {"stamps": "middle"}, "series.0.stamps", "instant"),
        ({}, {"stamps": "end", "interval": "soon"}, "series.0.stamps.interval", "such as 90m"),
    ],
)
def test_what_cannot_be_said_of_readings_is_refused(
    api: TestClient, measure: dict[str, str], said: dict[str, str], field: str, rule: str
) -> None:
    declare(api, **measure)
    answer = send(api, [1.0], DAY, **said)
    assert answer.status_code == 422
    (found,) = answer.json()["errors"]
    assert found["field"] == field
    assert rule in found["rule"]


@pytest.mark.parametrize("by", ["push", "measure", "parameter"])
def test_amounts_stamped_at_their_end_fall_into_the_hour_that_they_are_of(
    api: TestClient, by: str
) -> None:
    stamps = {"at": "end", "interval": "1h"}
    declare(api, unit="mm", statistic="total", **({"stamps": stamps} if by == "measure" else {}))
    flat = {"stamps": "end", "interval": "1h"}
    if by == "parameter":
        text = f"sensor,measure,time,value\nm,stand,{(DAY + HOUR).isoformat()},2.0\n"
        headers = {"content-type": "text/csv"}
        assert api.post("/v1/readings", params=flat, content=text, headers=headers).is_success
    else:
        said: dict[str, Any] = flat if by == "push" else {}
        assert send(api, [2.0], DAY + HOUR, **said).status_code == 200
    assert told(api, 2, "1h", "sum") == [2.0, None]


def test_a_service_says_its_unit_and_its_stamps_as_a_push_does(
    api: TestClient, session: Session
) -> None:
    declare(api, unit="kWh", statistic="total")
    hour = Stamps(at=At.END, interval="1h")
    found = Readings("m", "stand", [DAY + HOUR, DAY + 2 * HOUR], [1500.0, 500], unit="Wh")
    written = writing.write(session, [replace(found, stamps=hour)], writing.Origins("s", 1))
    assert written.readings == 2
    assert told(api, 3, "1h", "sum") == [1.5, 0.5, None]
    with pytest.raises(Invalid, match="cannot be told in kWh"):
        writing.write(session, [replace(found, unit="degC")], writing.Origins("s", 1))
    doubted = replace(found, believed=False)
    assert writing.write(session, [doubted], writing.Origins("s", 1)).set_aside == 2
    assert told(api, 3, "1h", "sum") == [1.5, 0.5, None]


@pytest.mark.parametrize("by", ["push", "measure", "parameter"])
def test_a_day_that_the_clocks_shorten_is_the_day_of_its_amount(api: TestClient, by: str) -> None:
    said = {"stamps": "end", "interval": "1d", "timezone": "Europe/Berlin"}
    stamps = {"at": "end", "interval": "1d", "timezone": "Europe/Berlin"}
    declare(api, unit="mm", statistic="total", **({"stamps": stamps} if by == "measure" else {}))
    days = {"2026-03-29": 5.0, "2026-03-30": 7.0, "2026-10-25": 9.0, "2026-10-26": 11.0}
    ends = ["2026-03-30T00:00:00+02:00", "2026-03-31T00:00:00+02:00"]
    ends += ["2026-10-26T00:00:00+01:00", "2026-10-27T00:00:00+01:00"]
    part = {"sensor": "m", "measure": "stand", "times": ends, "values": [*days.values()]}
    body = {"series": [part | (said if by == "push" else {})]}
    params = said if by == "parameter" else {}
    assert api.post("/v1/readings", params=params, json=body).status_code == 200
    asked = {"series": "m/stand", "bucket": "1d", "aggregates": "sum", "timezone": "Europe/Berlin"}
    asked |= {"start": "2026-03-01T00:00:00Z", "end": "2026-11-01T00:00:00Z"}
    (found,) = api.get("/v1/readings", params=asked).json()["series"]
    berlin = ZoneInfo("Europe/Berlin")
    told_days = [
        datetime.fromisoformat(time).astimezone(berlin).date().isoformat()
        for time in found["times"]
    ]
    assert dict(zip(told_days, found["values"]["sum"], strict=True)) == days


def test_a_zone_of_hours_is_refused(api: TestClient) -> None:
    declare(api, unit="mm", statistic="total")
    answer = send(api, [1.0], stamps="end", interval="1h", timezone="Europe/Berlin")
    assert answer.status_code == 422
    assert "whose days" in answer.text


def sent_as(api: TestClient, frame: pd.DataFrame, format_: str) -> Any:
    """Send a frame as a table of a format."""
    match format_:
        case "csv":
            body, kind = frame.to_csv(index=False).encode(), "text/csv"
        case "parquet":
            body, kind = frame.to_parquet(index=False), "application/vnd.apache.parquet"
        case _:
            (body,), kind = to_bodies(frame), "application/vnd.apache.arrow.stream"
    return api.post("/v1/readings", content=body, headers={"content-type": kind})


def some_rows(**columns: list[str | None]) -> pd.DataFrame:
    times = pd.DatetimeIndex([DAY + HOUR, DAY + 3 * HOUR, DAY + 3 * HOUR])
    values = [1.0, 2_000.0, 3.0]
    return pd.DataFrame(
        {"time": times, "value": values, "sensor": "m", "measure": "stand", **columns}
    )


@pytest.mark.parametrize("format_", ["csv", "arrow", "parquet"])
def test_a_table_says_of_each_reading_its_unit_and_its_stamps(
    api: TestClient, format_: str
) -> None:
    declare(api, unit="kWh", statistic="total")
    said = {"unit": ["kWh", "Wh", None], "stamps": [None, "end", None]}
    frame = some_rows(**said, interval=[None, "1h", None])
    answer = sent_as(api, frame, format_)
    assert answer.status_code == 200, answer.text
    assert told(api, 5, "1h", "sum") == [None, 1, 2, 3, None]


@pytest.mark.parametrize("format_", ["csv", "arrow", "parquet"])
@pytest.mark.parametrize(
    ("name", "wrong", "rule"),
    [
        ("unit", "degC", "cannot be told in kWh"),
        ("stamps", "middle", "Input should be"),
        ("interval", "1h", "Input should be"),
    ],
)
def test_what_a_row_cannot_say_of_itself_is_refused_by_its_row(
    api: TestClient, format_: str, name: str, wrong: str, rule: str
) -> None:
    declare(api, unit="kWh", statistic="total")
    refused = sent_as(api, some_rows(**{name: [None, wrong, None]}), format_)
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert error["field"] == ("stamps" if name == "interval" else name)
    assert rule in error["rule"]
    assert (error["series"], error["row"]) == ("m/stand", 3 if format_ == "csv" else 1)
    assert told(api, 5, "1h", "sum") == [None] * 5


def test_a_column_that_says_nothing_that_may_be_said_is_refused(api: TestClient) -> None:
    declare(api, unit="kWh")
    refused = sent_as(api, some_rows(colour=["red"] * 3), "csv")
    assert refused.status_code == 422
    assert "beside them may stand unit, stamps, interval, timezone" in refused.text
