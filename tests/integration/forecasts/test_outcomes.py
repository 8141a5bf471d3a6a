"""Runs that happened elsewhere: any model, many measures, with or without a series."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.domain.forecasts.outcomes import NewInterval, NewOutcome, NewOutput
from dtbase.domain.forecasts.runs import Model, NewRun, RunStatus, Scenario
from dtbase.domain.registry.measures import Datatype, Measure
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import Conflict, InUse, NotFound
from dtbase.storage.services import asking
from tests.factories import add_sensor
from tests.wire import client_of

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TIMES = [NOON + timedelta(minutes=minute) for minute in (0, 20, 60)]
OUTPUT = {"sensor": "one", "measure": "temperature", "times": ["2026-01-01T12:00:00Z"]}
BODY: dict[str, Any] = {"model": "oracle", "outputs": [{**OUTPUT, "values": [1.5]}]}


@pytest.fixture
def client(api: TestClient, session: Session) -> Client:
    add_sensor(session, "one")
    client = client_of(api)
    client.models.add(Model(name="oracle"))
    client.models.scenarios("oracle").add(Scenario(name="hot", parameters={"degrees": 5}))
    client.measures.add(Measure(name="comfort", unit="percent"))
    client.measures.add(Measure(name="advice", datatype=Datatype.STRING))
    return client


def output(measure: str, values: list[Any], sensor: str | None = "one") -> NewOutput:
    return NewOutput(sensor=sensor, measure=measure, times=TIMES, values=values)


def test_a_run_predicts_many_measures_with_and_without_a_sensor(client: Client) -> None:
    levels = [NewInterval(level=level, lower=[0.0] * 3, upper=[level] * 3) for level in (50, 97.5)]
    sure = output("temperature", [1, 2.5, 3]).model_copy(update={"intervals": levels})
    run = client.runs.add(
        NewOutcome(
            model="oracle",
            scenario="hot",
            issued_at=NOON,
            parameters={"seed": 1},
            outputs=[
                sure,
                output("people", [0.5, 1, 2]),
                output("open", [True, False, 0.25]),
                output("state", ["on", "off", ""]),
                output("comfort", [90, 91, 92], sensor=None),
                output("advice", ["open", "close", "wait"], sensor=None),
            ],
        )
    )
    assert (run.status, run.scenario, run.target) == (RunStatus.SUCCEEDED, "hot", None)
    assert (run.issued_at, run.parameters) == (NOON, {"seed": 1})
    found = client.runs.predictions(run.id)
    named = {(series.sensor, series.measure): series for series in found.series}
    assert len(named) == 6
    first = named["one", "temperature"]
    assert first.times == TIMES
    assert first.values == {
        "value": [1.0, 2.5, 3.0],
        "lower_50": [0.0] * 3,
        "upper_50": [50.0] * 3,
        "lower_97.5": [0.0] * 3,
        "upper_97.5": [97.5] * 3,
    }
    assert named["one", "state"].values["value"] == ["on", "off", ""]
    assert named["", "comfort"].values["value"] == [90.0, 91.0, 92.0]
    assert named["", "advice"].values["value"] == ["open", "close", "wait"]
    assert client.runs.list(model="oracle", status=RunStatus.SUCCEEDED) == [run]


def test_a_run_may_be_about_a_series(client: Client) -> None:
    target = SeriesKey(sensor="one", measure="rain")
    outputs = [output("comfort", [1, 2, 3], sensor=None)]
    run = client.runs.add(NewOutcome(model="oracle", target=target, outputs=outputs))
    assert run.target == target
    assert run.issued_at is not None
    assert client.runs.list(sensor="one", measure="rain") == [run]


def test_the_newest_runs_are_listed_no_more_than_asked_for(client: Client) -> None:
    outputs = [output("comfort", [1, 2, 3], sensor=None)]
    added = [client.runs.add(NewOutcome(model="oracle", outputs=outputs)) for _ in range(5)]
    assert [run.id for run in client.runs.list(limit=2)] == [run.id for run in added[:-3:-1]]


def test_deleting_runs_and_what_they_stand_on_leaves_no_predictions(
    client: Client, session: Session
) -> None:
    outputs = [output("comfort", [1, 2, 3], sensor=None), output("temperature", [1, 2, 3])]
    made = [
        client.runs.add(NewOutcome(model="oracle", scenario=name, outputs=outputs))
        for name in ("default", "hot", "hot")
    ]
    stored = text("SELECT count(*) FROM prediction")
    client.runs.delete(made[2].id)
    with pytest.raises(NotFound):
        client.runs.get(made[2].id)
    assert session.scalar(stored) == 12
    hot = client.models.scenarios("oracle")
    with pytest.raises(InUse) as refused:
        hot.delete("hot")
    assert refused.value.violations[0].get("value") == str(made[1].id)
    hot.delete("hot", cascade=True)
    assert session.scalar(stored) == 6
    with pytest.raises(InUse):
        client.models.delete("oracle")
    with pytest.raises(Conflict):
        hot.delete("default", cascade=True)
    client.models.delete("oracle", cascade=True)
    assert session.scalar(stored) == 0
    assert client.runs.list() == []


def test_a_run_that_has_not_ended_cannot_be_deleted(client: Client, session: Session) -> None:
    run = asking.forecast(session, "oracle", NewRun(sensor="one", measure="temperature"))
    assert run.status is RunStatus.QUEUED
    with pytest.raises(Conflict):
        client.runs.delete(run.id)


Break = Callable[[dict[str, Any]], None]


@pytest.mark.parametrize(
    ("break_it", "field"),
    [
        (lambda body: body.update(model="nobody"), "model"),
        (lambda body: body.update(scenario="nowhere"), "scenario"),
        (lambda body: body.update(target={"sensor": "x", "measure": "y"}), "target"),
        (lambda body: body.update(outputs=[]), "outputs"),
        (lambda body: body.update(outputs=body["outputs"] * 2), ""),
        (lambda body: body["outputs"][0].update(measure="nothing"), "outputs.0.measure"),
        (lambda body: body["outputs"][0].update(sensor=None, measure="x"), "outputs.0.measure"),
        (lambda body: body["outputs"][0].update(values=["x"]), "outputs.0.measure"),
        (lambda body: body["outputs"][0].update(values=[1, 2]), "outputs.0"),
        (lambda body: body["outputs"][0].update(values=[10**400]), "outputs.0.values.0"),
        (lambda body: body["outputs"][0].update(times=["2026-01-01T12:00:00"]), "outputs.0.times"),
        (lambda body: body["outputs"][0].update(parameters={}), "outputs.0.parameters"),
        (
            lambda body: body["outputs"][0].update(
                intervals=[{"level": 80, "lower": [2], "upper": [1]}]
            ),
            "outputs.0.intervals.0",
        ),
    ],
)
@pytest.mark.usefixtures("client")
def test_a_run_that_breaks_a_rule_is_refused_whole(
    api: TestClient, session: Session, break_it: Break, field: str
) -> None:
    body = deepcopy(BODY)
    break_it(body)
    answer = api.post("/v1/runs", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert session.scalar(text("SELECT count(*) FROM run")) == 0
