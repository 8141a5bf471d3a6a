"""Predictions are read like readings: of a run, the latest, as known at a time, by lead time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.runs import Forecast, Interval, Model, NewRun
from dtbase.domain.forecasts.selections import OfModel
from dtbase.domain.readings.buckets import Bucket
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.timeranges import TimeRange, zone
from dtbase.domain.values.queries import Predicted
from dtbase.storage.forecasts import models, predictions, runs
from dtbase.storage.registry import series
from dtbase.storage.services.asking import forecast as ask_for_forecast
from tests import asking
from tests.factories import add_sensor

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
ONE = SeriesKey(sensor="one", measure="temperature")
Issued = dict[int, list[float]]
"""Hours after START at which runs were issued, and what they predicted from that hour on."""


def add_run(session: Session, hour: int, values: list[float], measure: str = "temperature") -> int:
    """Store a succeeded run that was issued so many hours after START."""
    run = ask_for_forecast(session, "arima", NewRun(sensor="one", measure=measure))
    (target,) = series.resolve(session, [SeriesKey(sensor="one", measure=measure)])
    issued_at = START + hour * HOUR
    forecast = Forecast(
        issued_at=issued_at,
        times=[issued_at + step * HOUR for step in range(len(values))],
        values=values,
        intervals=[
            Interval(
                level=level, lower=[v - level for v in values], upper=[v + level for v in values]
            )
            for level in (80.0, 95.0)
        ],
    )
    predictions.write(session, run.id, target.id, forecast)
    runs.finish(session, run.id, issued_at, {})
    return run.id


@pytest.fixture
def twin(session: Session) -> Session:
    add_sensor(session, "one")
    models.add(session, Model(name="arima"))
    return session


@pytest.fixture
def two_runs(twin: Session) -> tuple[int, int]:
    """Store two runs of four hours, the second two hours after the first."""
    return add_run(twin, 0, [0.0, 1, 2, 3]), add_run(twin, 2, [20.0, 30, 40, 50])


def asked(api: TestClient, **params: Any) -> Any:
    answer = api.get(
        "/v1/readings", params={"series": "one/temperature", "bucket": "raw", **params}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def values_of(answer: Any, column: str = "value") -> list[float]:
    (one,) = answer["series"]
    values: list[float] = one["values"][column]
    return values


def at(hour: int) -> str:
    return (START + hour * HOUR).isoformat()


def test_a_run_is_read_raw_with_its_bounds_and_labels(
    api: TestClient, two_runs: tuple[int, int]
) -> None:
    answer = asked(api, run=two_runs[0])
    (one,) = answer["series"]
    assert one["values"] == {
        "value": [0, 1, 2, 3],
        "lower_80": [-80, -79, -78, -77],
        "upper_80": [80, 81, 82, 83],
        "lower_95": [-95, -94, -93, -92],
        "upper_95": [95, 96, 97, 98],
    }
    assert (one["run"], one["model"], one["scenario"]) == (two_runs[0], "arima", "default")
    assert one["issued_at"] == "2026-03-01T00:00:00Z"
    assert answer["source"] == "raw"
    assert one["step"] == 3600
    assert asked(api, run=two_runs[0], series=[])["series"] == answer["series"]


def test_the_latest_run_answers_unless_an_earlier_time_is_asked_for(
    api: TestClient, two_runs: tuple[int, int]
) -> None:
    assert values_of(asked(api, model="arima")) == [20, 30, 40, 50]
    then = asked(api, model="arima", as_of=at(1))
    assert values_of(then) == [0, 1, 2, 3]
    assert then["series"][0]["run"] == two_runs[0]
    assert values_of(asked(api, model="arima", as_of=at(2))) == [20, 30, 40, 50]


@pytest.mark.usefixtures("two_runs")
def test_by_lead_each_time_has_the_newest_prediction_that_was_early_enough(
    api: TestClient,
) -> None:
    whole = {"model": "arima", "start": at(-5), "end": at(20)}
    assert values_of(asked(api, **whole, lead="0h")) == [0, 1, 20, 30, 40, 50]
    hourly = asked(api, **whole, lead="1h")
    assert values_of(hourly) == [1, 2, 30, 40, 50]
    assert values_of(hourly, "upper_95") == [96, 97, 125, 135, 145]
    assert values_of(asked(api, **whole, lead="180m")) == [3, 50]
    assert values_of(asked(api, **whole, lead="1h", as_of=at(1))) == [1, 2, 3]
    assert "run" not in hourly["series"][0]


@pytest.mark.usefixtures("two_runs")
def test_predictions_go_into_buckets_and_tables_like_readings(api: TestClient) -> None:
    both = asked(api, model="arima", bucket="2h", aggregates=["mean", "count", "max"])
    assert both["series"][0]["values"] == {"mean": [25, 45], "count": [2, 2], "max": [30, 50]}
    days = {"bucket": "1d", "timezone": "America/New_York", "fill": "null"}
    day = asked(api, model="arima", start=at(-24), end=at(24), **days)
    assert values_of(day, "mean") == [None, 30, 50]
    table = api.get(
        "/v1/readings",
        params={"series": "one/temperature", "model": "arima", "bucket": "raw", "format": "csv"},
    )
    assert table.text.splitlines()[:2] == [
        "sensor,measure,time,value,lower_80,upper_80,lower_95,upper_95",
        "one,temperature,2026-03-01T02:00:00Z,20,-60,100,-75,115",
    ]


def test_a_total_is_summed_and_auto_keeps_few_predictions_raw(
    api: TestClient, twin: Session
) -> None:
    add_run(twin, 0, [1.0] * 48, "rain")
    whole = {"series": "one/rain", "model": "arima"}
    assert values_of(asked(api, **whole, bucket="1d"), "mean") == [24, 24]
    assert asked(api, **whole, bucket="auto")["bucket"] == "raw"
    assert asked(api, **whole, bucket="auto", points=20)["bucket"] == "3h"
    longer = {**whole, "start": at(-24 * 30), "end": at(24 * 30), "points": 20}
    filled = asked(api, **longer, bucket="auto", fill="null")
    assert (filled["bucket"], filled["series"][0]["count"]) == ("1w", 10)


def test_a_series_has_no_bounds_of_levels_that_only_another_one_has(
    api: TestClient, two_runs: tuple[int, int], twin: Session
) -> None:
    add_run(twin, 3, [1.0], "rain")
    twin.execute(
        text("UPDATE run_output SET levels = '{50, 80}' WHERE run_id = :run"), {"run": two_runs[1]}
    )
    params = {"series": ["one/temperature", "one/rain"]}
    first, second = asked(api, **params, model="arima")["series"]
    assert set(first["values"]) == {"value", "lower_50", "upper_50", "lower_80", "upper_80"}
    assert set(second["values"]) == {"value", "lower_80", "upper_80", "lower_95", "upper_95"}
    table = api.get("/v1/readings", params={**params, "model": "arima", "format": "csv"})
    header, *_, last = table.text.splitlines()
    assert header.endswith("value,lower_50,upper_50,lower_80,upper_80,lower_95,upper_95")
    assert last == "one,rain,2026-03-01T03:00:00Z,1,,,-79,81,-94,96"


def test_integers_are_predicted_with_fractions(api: TestClient, twin: Session) -> None:
    add_run(twin, 0, [1.5, 2.5], "people")
    for format_ in ("json", "csv", "arrow", "parquet"):
        params = {"series": "one/people", "model": "arima", "bucket": "raw", "format": format_}
        answer = api.get("/v1/readings", params=params)
        assert answer.status_code == 200
    assert values_of(asked(api, series="one/people", model="arima")) == [1.5, 2.5]


def test_what_belongs_to_no_sensor_has_the_bare_name_of_its_measure(
    api: TestClient, two_runs: tuple[int, int], twin: Session
) -> None:
    twin.execute(
        text("UPDATE run_output SET series_id = NULL WHERE run_id = :run"), {"run": two_runs[1]}
    )
    for params in ({"run": two_runs[1]}, {"model": "arima"}, {"model": "arima", "lead": "0h"}):
        asked_for = {"series": "temperature", "start": at(0), "end": at(9), **params}
        assert values_of(asked(api, **asked_for)) == [20, 30, 40, 50]
    assert values_of(asked(api, model="arima")) == [0, 1, 2, 3]
    assert api.get("/v1/readings", params={"series": "temperature"}).status_code == 422


@pytest.mark.usefixtures("twin")
@pytest.mark.parametrize(
    ("params", "status", "said"),
    [
        ({"run": 1, "model": "arima"}, 422, "run names the one run"),
        ({"run": 1, "lead": "1h"}, 422, "run names the one run"),
        ({"lead": "1h"}, 422, "model"),
        ({"as_of": at(0)}, 422, "model"),
        ({"scenario": "dry"}, 422, "model"),
        ({"model": "arima", "lead": "soon"}, 422, "such as 24h"),
        ({"model": "arima", "lead": "-1h"}, 422, "such as 24h"),
        ({"model": "arima", "scenario": "dry"}, 422, "no scenario"),
        ({"model": "nobody"}, 404, "no model"),
        ({"run": 2**40}, 404, "no run"),
        ({"run": 2**70}, 422, "run"),
        ({"model": "arima"}, 404, "no succeeded run that predicts one/temperature"),
        ({"model": "arima", "as_of": at(0)}, 404, "issued by 2026-03-01"),
        ({"model": "arima", "series": "two/temperature", "lead": "1h"}, 404, "two/temperature"),
        ({"model": "arima", "series": []}, 422, "at least one series"),
        ({"series": []}, 422, "at least one series"),
        ({"series": "one/\x00"}, 422, "series"),
        ({"model": "arima", "lead": "1h", "start": "2150-01-01T00:00:00Z"}, 422, "end is now"),
        ({"model": "arima", "as_of": "0001-01-01T00:00:00+14:00"}, 404, "no succeeded run"),
    ],
)
def test_what_contradicts_itself_or_does_not_exist_is_refused(
    api: TestClient, params: dict[str, Any], status: int, said: str
) -> None:
    answer = api.get("/v1/readings", params={"series": "one/temperature", **params})
    assert answer.status_code == status, answer.text
    assert said in answer.json()["detail"]


@pytest.mark.usefixtures("two_runs")
@pytest.mark.parametrize(
    ("field", "time"), [("start", "9999-12-31T23:59:59.999999Z"), ("end", "0001-01-01T00:00:00Z")]
)
def test_a_time_that_no_prediction_can_have_is_refused_by_field(
    api: TestClient, field: str, time: str
) -> None:
    answer = api.get(
        "/v1/readings", params={"series": "one/temperature", "model": "arima", field: time}
    )
    assert answer.status_code == 422
    assert [found["field"] for found in answer.json()["errors"]] == [field]


def test_a_run_without_predictions_says_how_it_stands(api: TestClient, twin: Session) -> None:
    run = ask_for_forecast(twin, "arima", NewRun(sensor="one", measure="temperature"))
    answer = api.get("/v1/readings", params={"run": run.id})
    assert answer.status_code == 404
    assert "queued" in answer.json()["detail"]
    assert api.get(f"/v1/runs/{run.id}/predictions").json()["series"] == []


def test_the_route_of_a_run_answers_the_same_values(
    api: TestClient, two_runs: tuple[int, int]
) -> None:
    (by_run,) = api.get(f"/v1/runs/{two_runs[0]}/predictions").json()["series"]
    (by_query,) = asked(api, run=two_runs[0])["series"]
    assert by_run["values"] == by_query["values"]
    assert by_run["issued_at"] == by_query["issued_at"]


def expected_by_lead(issued: Issued, lead: int, as_of: int) -> dict[int, float]:
    """Return for each hour what the newest run that was early enough predicted."""
    found: dict[int, float] = {}
    for hour in sorted(hour for hour in issued if hour <= as_of):
        for step, value in enumerate(issued[hour]):
            if step >= lead:
                found[hour + step] = value
    return found


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    issued=st.dictionaries(
        st.integers(0, 40),
        st.lists(st.integers(-50, 50).map(float), min_size=1, max_size=30),
        min_size=1,
        max_size=6,
    ),
    lead=st.integers(0, 12),
    as_of=st.integers(0, 50),
    first=st.integers(0, 40),
    length=st.integers(1, 60),
)
def test_lead_times_agree_with_plain_python(
    twin: Session, issued: Issued, lead: int, as_of: int, first: int, length: int
) -> None:
    with twin.begin_nested() as savepoint:
        for hour, values in issued.items():
            add_run(twin, hour, values)
        known = START + as_of * HOUR
        selection = OfModel(model="arima", scenario="default", as_of=known, lead=lead * HOUR)
        predicted = Predicted(selection, (ONE,))
        span = TimeRange.of(START + first * HOUR, START + (first + length) * HOUR)
        (raw,) = asking.read(twin, predicted, span, None)
        how = Bucketing(Bucket.parse("6h"), zone("UTC"), (Aggregate.SUM,), Fill.NONE)
        (sums,) = asking.read(twin, predicted, span, how)
        savepoint.rollback()
    expected = {
        hour: value
        for hour, value in sorted(expected_by_lead(issued, lead, as_of).items())
        if first <= hour < first + length
    }
    hours = [(time.replace(tzinfo=UTC) - START) // HOUR for time in raw.times.astype(datetime)]
    assert dict(zip(hours, raw.values["value"].tolist(), strict=True)) == expected
    assert sum(sums.values["sum"].tolist()) == pytest.approx(sum(expected.values()))
