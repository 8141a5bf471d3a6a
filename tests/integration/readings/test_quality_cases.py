"""What really happened to people whose devices say what is not so, each with three more like it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.domain.registry.measures import Datatype, Measure, Statistic
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.errors import Invalid
from dtbase.storage.registry import sensor_types, sensors
from tests.integration.readings.pole import rejudge
from tests.wire import client_of

DAY = datetime(2026, 2, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MEASURES = (
    Measure(name="stage", unit="m"),
    Measure(name="temperature", unit="degC"),
    Measure(name="humidity", unit="percent"),
    Measure(name="light", unit="lux"),
    Measure(name="rain", unit="mm"),
    Measure(name="voltage", unit="V"),
    Measure(name="count", unit="count", datatype=Datatype.INTEGER),
    Measure(name="on", datatype=Datatype.BOOLEAN),
    Measure(name="state", datatype=Datatype.STRING, statistic=Statistic.STATE),
)


@pytest.fixture
def gauge(session: Session) -> str:
    sensor_types.add(session, SensorType(name="gauge", measures=MEASURES))
    sensors.add(session, NewSensor(identifier="gauge", type="gauge"))
    return "gauge"


def push(
    api: TestClient, measure: str, times: list[Any], sent: list[Any], **said: str
) -> dict[str, Any]:
    part = {"sensor": "gauge", "measure": measure, "times": times, "values": sent}
    answer = api.post("/v1/readings", json={"series": [part]}, params=said)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def hours(count: int, first: datetime = DAY) -> list[str]:
    return [(first + place * HOUR).isoformat() for place in range(count)]


def day_of(api: TestClient, measure: str, **said: str) -> dict[str, Any]:
    """Return mean, least and count of the day."""
    asked = said | {
        "series": f"gauge/{measure}",
        "start": DAY.isoformat(),
        "end": (DAY + 24 * HOUR).isoformat(),
        "bucket": "1d",
        "aggregates": ["mean", "min", "count"],
    }
    (found,) = api.get("/v1/readings", params=asked).json()["series"]
    return {name: column[0] for name, column in found["values"].items()}


@pytest.mark.parametrize(
    ("measure", "nothing", "rule"),
    [
        ("stage", -999999, "placeholders"),  # a river gauge while it is frozen: case 006
        ("light", -99999.0, "placeholders"),
        ("humidity", -999, "fail"),
        ("temperature", -300.5, "fail"),
    ],
)
def test_the_mean_of_a_day_is_that_of_what_was_measured(
    api: TestClient, gauge: str, measure: str, nothing: float, rule: str
) -> None:
    sent = [2.4 + place / 100 for place in range(24)]
    true = [value for place, value in enumerate(sent) if not 10 <= place < 16]
    sent[10:16] = [nothing] * 6
    assert push(api, measure, hours(24), sent)["set_aside"] == {rule: 6}
    found = day_of(api, measure)
    assert found["mean"] == pytest.approx(sum(true) / len(true))
    assert (found["min"], found["count"]) == (pytest.approx(min(true)), 18)
    assert len(api.get("/v1/set-aside", params={"rule": rule}).json()) == 6


@pytest.mark.parametrize(
    "index",
    [
        pd.to_datetime([1648731311], utc=True),  # seconds taken for nanoseconds: case 011
        pd.to_datetime([1648731311], unit="us", utc=True),
        pd.to_datetime([1648731311], unit="ms", utc=True),
        pd.to_datetime([0], utc=True),
    ],
)
def test_no_reading_of_january_1970_is_believed_without_a_word(
    api: TestClient, gauge: str, index: pd.DatetimeIndex
) -> None:
    frame = pd.DataFrame({"gauge/voltage": [3.1]}, index=index)
    with pytest.raises(Invalid, match="January 1970"):
        client_of(api).readings.push(frame)
    counts = push(api, "voltage", [index[0].isoformat()], [3.1])
    assert (counts["inserted"], counts["set_aside"]) == (0, {"earliest": 1})
    asked = {"series": "gauge/voltage", "start": "1969-01-01T00:00:00Z", "bucket": "raw"}
    (found,) = api.get("/v1/readings", params=asked).json()["series"]
    assert found["count"] == 0
    (kept,) = api.get("/v1/set-aside").json()
    assert (kept["time"][:7], kept["raw"], kept["flag"]) == ("1970-01", "3.1", "fail")


@pytest.mark.parametrize("sent", [1648731311000, 1648731311, "1648731311", 44651.53831])
def test_a_number_is_no_time(api: TestClient, gauge: str, sent: Any) -> None:
    part = {"sensor": "gauge", "measure": "voltage", "times": [sent], "values": [3.1]}
    answer = api.post("/v1/readings", json={"series": [part]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["row"] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        "2036-02-07T06:28:16Z",  # a clock that runs over: case 012
        "2106-02-07T06:28:15Z",
        "2038-01-19T03:14:07Z",
        None,  # a month from now
    ],
)
def test_a_reading_of_the_future_is_not_the_last_value(
    api: TestClient, gauge: str, wrong: str | None
) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    wrong = wrong or (now + timedelta(days=30)).isoformat()
    push(api, "temperature", hours(24, now - 24 * HOUR), [20.0] * 23 + [20.5])
    assert push(api, "temperature", [wrong], [21.0])["set_aside"] == {"ahead": 1}
    latest = api.get("/v1/series/latest", params={"sensor": "gauge", "measure": "temperature"})
    assert latest.json()[0]["value"] == 20.5
    assert api.post("/v1/set-aside/drop", json={"rule": "ahead"}).json()["dropped"] == 1


@pytest.mark.parametrize(
    ("measure", "good", "bad", "rule"),
    [
        ("temperature", 24.25, "unavailable", "placeholders"),  # of Home Assistant: case 022
        ("count", 3, "unknown", "placeholders"),
        ("on", True, "n/a", "placeholders"),
        ("temperature", 24.25, None, "form"),
    ],
)
def test_one_bad_reading_among_a_thousand_keeps_no_good_one_out(
    api: TestClient, gauge: str, measure: str, good: Any, bad: Any, rule: str
) -> None:
    times = [(DAY + place * timedelta(minutes=1)).isoformat() for place in range(1_000)]
    sent = [good] * 1_000
    sent[500] = bad
    said = {"on_invalid": "set_aside"} if rule == "form" else {}
    for inserted in (999, 0):  # a gateway repeats itself
        counts = push(api, measure, times, sent, **said)
        assert (counts["received"], counts["inserted"]) == (1_000, inserted)
        assert counts["set_aside"] == {rule: 1}
    (kept,) = api.get("/v1/set-aside").json()
    assert kept["time"] == "2026-02-01T08:20:00Z"


def test_types_never_wander(api: TestClient, gauge: str) -> None:
    push(api, "temperature", hours(3), [25, 24.5, -0.0])
    push(api, "count", hours(3), [2**53 + 1, 2**63 - 1, 25.0])
    push(api, "state", hours(3), ["heating", "idle", "unavailable"])
    asked = {"start": DAY.isoformat(), "end": (DAY + 3 * HOUR).isoformat(), "bucket": "raw"}
    names = ["gauge/temperature", "gauge/count", "gauge/state"]
    answer = api.get("/v1/readings", params=asked | {"series": names}).json()
    found = [each["values"]["value"] for each in answer["series"]]
    assert found == [[25, 24.5, 0], [2**53 + 1, 2**63 - 1, 25], ["heating", "idle", "unavailable"]]
    assert np.array(found[0]).dtype == np.float64


@pytest.mark.parametrize("full", [32767, -32768, 65535, 3276.7])
def test_a_full_register_is_no_temperature(api: TestClient, gauge: str, full: float) -> None:
    sent = [18.0, 19.0, full, 20.0, full, 21.0]
    assert push(api, "temperature", hours(6), sent)["set_aside"] == {"placeholders": 2}
    assert day_of(api, "temperature")["mean"] == pytest.approx(19.5)
    assert push(api, "stage", hours(1), [32767])["set_aside"] == {}  # millimetres may be as many


@pytest.mark.parametrize("word", ["Err:4", "#N/A", "NaN", "—", "---", "Error 12"])
def test_what_a_display_or_a_spreadsheet_says_keeps_no_good_reading_out(
    api: TestClient, session: Session, gauge: str, word: str
) -> None:
    sent = [*([20.0] * 11), word, *([22.0] * 12)]
    assert push(api, "temperature", hours(24), sent)["set_aside"] == {"placeholders": 1}
    rows = [f"gauge,humidity,{time},{value}" for time, value in zip(hours(24), sent, strict=True)]
    body = "\n".join(["sensor,measure,time,value", *rows, ""]).encode()
    answer = api.post("/v1/readings", content=body, headers={"Content-Type": "text/csv"})
    assert (answer.status_code, answer.json()["set_aside"]) == (200, {"placeholders": 1})
    for measure in ("temperature", "humidity"):
        assert day_of(api, measure)["mean"] == pytest.approx((11 * 20 + 12 * 22) / 23)
    assert {each["raw"] for each in api.get("/v1/set-aside").json()} == {word}


def test_words_that_only_begin_like_an_error_are_refused_as_ever(
    api: TestClient, gauge: str
) -> None:
    part = {"sensor": "gauge", "measure": "temperature", "times": hours(1), "values": ["erratic"]}
    answer = api.post("/v1/readings", json={"series": [part]})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "values")


def test_a_hygrometer_that_is_wet_is_marked_from_when_it_sticks(
    api: TestClient, gauge: str
) -> None:
    said = {"rules": {"flat": {"lasts": "6h"}}}
    assert api.patch("/v1/measures/humidity", json=said).status_code == 200
    sent = [60 + place for place in range(8)] + [100] * 12 + [70, 69, 68, 67]
    push(api, "humidity", hours(24), sent)
    good = [60 + place for place in range(8)] + [100] * 6 + [70, 69, 68, 67]
    assert day_of(api, "humidity")["mean"] == pytest.approx(np.mean(sent))
    assert day_of(api, "humidity", quality="good") == {
        "mean": pytest.approx(np.mean(good)),
        "min": 60,
        "count": 18,
    }


def test_rain_that_was_negative_is_set_aside_once_somebody_says_so(
    api: TestClient, session: Session, gauge: str
) -> None:
    push(api, "rain", hours(6), [0.0, 0.2, -0.4, 1.0, -12.0, 0.0])
    assert day_of(api, "rain")["min"] == -12
    said = {"rules": {"fail": {"minimum": 0}}}
    assert api.patch("/v1/measures/rain", json=said).status_code == 200
    rejudge(session)
    assert day_of(api, "rain") == {"mean": pytest.approx(0.3), "min": 0, "count": 4}
    asked = {"rule": "fail", "measure": "rain"}
    assert api.get("/v1/set-aside/counts", params=asked).json()["readings"] == 2


def test_a_thermometer_whose_battery_dies_slowly_is_corrected_from_a_day_on(
    api: TestClient, gauge: str
) -> None:
    true = [20.0 + place % 3 for place in range(24)]
    sent = [value - max(place - 12, 0) * 0.5 for place, value in enumerate(true)]
    push(api, "temperature", hours(24), sent)
    push(api, "temperature", hours(1, DAY - HOUR), [20.0])
    wanted = {
        "series": "gauge/temperature",
        "kind": "void",
        "start": (DAY + 13 * HOUR).isoformat(),
        "end": (DAY + 24 * HOUR).isoformat(),
        "reason": "Its battery was dying.",
    }
    preview = api.post("/v1/corrections/preview", json=wanted).json()
    assert (preview["readings"], preview["first_readings"][0]["value"]) == (11, 20.5)
    made = api.post("/v1/corrections", json=wanted).json()
    assert day_of(api, "temperature")["mean"] == pytest.approx(np.mean(true[:13]))
    assert push(api, "temperature", hours(24), sent)["unchanged"] == 24  # it sends its memory
    assert day_of(api, "temperature")["count"] == 13
    api.post(f"/v1/corrections/{made['id']}/undo")
    assert day_of(api, "temperature")["mean"] == pytest.approx(np.mean(sent))


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [("1970-01-01T00:00:{:02d}Z", "earliest"), ("2106-02-07T06:28:{:02d}Z", "ahead")],
)
def test_a_clock_that_was_reset_in_a_file_costs_its_own_rows_alone(
    api: TestClient, gauge: str, wrong: str, rule: str
) -> None:
    times = hours(24)
    times[5:8] = [wrong.format(second) for second in range(3)]
    rows = [f"gauge,temperature,{time},{20 + place % 2}" for place, time in enumerate(times)]
    body = "\n".join(["sensor,measure,time,value", *rows, ""]).encode()
    answer = api.post("/v1/imports", content=body, params={"file": "logger.csv"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["report"]["readings"]["set_aside"] == 3
    counts = api.get("/v1/set-aside/counts", params={"sensor": "gauge"}).json()
    assert {each["rule"]: each["readings"] for each in counts["rules"]} == {rule: 3}
    assert day_of(api, "temperature")["count"] == 21
    latest = api.get("/v1/series/latest", params={"sensor": "gauge", "measure": "temperature"})
    assert latest.json()[0]["time"] == "2026-02-01T23:00:00Z"


def test_bursts_of_three_are_set_aside_by_the_number_that_they_say(
    api: TestClient, session: Session, gauge: str
) -> None:
    true = [10.0 + place % 4 for place in range(24)]
    sent = [85.0 if 4 <= place % 12 < 7 else value for place, value in enumerate(true)]
    push(api, "temperature", hours(24), sent)
    said = {"rules": {"placeholders": [85]}}
    assert api.patch("/v1/sensors/gauge", json={"rules": {"temperature": said["rules"]}}).is_success
    rejudge(session)
    left = [value for value in sent if value != 85]
    assert day_of(api, "temperature") == {
        "mean": pytest.approx(np.mean(left)),
        "min": 10,
        "count": 18,
    }


def test_a_sign_that_flipped_is_marked_and_turned_back(api: TestClient, gauge: str) -> None:
    api.patch("/v1/measures/temperature", json={"rules": {"fastest": {"change": 8, "per": "1h"}}})
    true = [15.0 + place / 10 for place in range(24)]
    sent = [-value if 8 <= place < 12 else value for place, value in enumerate(true)]
    push(api, "temperature", hours(24), sent)
    asked = {"series": "gauge/temperature", "start": DAY.isoformat(), "bucket": "raw"}
    (raw,) = api.get("/v1/readings", params=asked).json()["series"]
    broken = raw["values"]["rules"]
    assert [place for place, rules in enumerate(broken) if rules] == [8, 12]  # where it turns
    wanted = {
        "series": "gauge/temperature",
        "kind": "rescale",
        "factor": -1,
        "where": "value < 0",
        "start": DAY.isoformat(),
        "end": (DAY + 24 * HOUR).isoformat(),
        "reason": "The wires were changed over.",
    }
    assert api.post("/v1/corrections", json=wanted).json()["readings"] == 4
    assert day_of(api, "temperature")["mean"] == pytest.approx(np.mean(true))
    (raw,) = api.get("/v1/readings", params=asked).json()["series"]
    assert not any(raw["values"].get("rules", []))
