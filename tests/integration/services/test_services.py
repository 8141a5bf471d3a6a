"""Services, parameter sets, runs and schedules over the API."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from rq import Queue
from sqlalchemy import select
from sqlalchemy.orm import Session

from dtbase import queue
from dtbase.client import Client
from dtbase.domain.forecasts.runs import ModelChange, RunStatus
from dtbase.domain.people.users import Role
from dtbase.domain.services.schedules import NewSchedule, ScheduleChange
from dtbase.domain.services.services import (
    NewHttpService,
    ParameterSet,
    ParameterSetChange,
    ServiceChange,
)
from dtbase.errors import AlreadyExists, Conflict, InUse, Invalid, NotFound, Stale
from dtbase.settings import get_settings
from dtbase.storage import tables
from dtbase.storage.services import service_run_states, service_runs, services
from dtbase.storage.services.assignments import Try
from jobs.services import catalogue
from tests.people import add_user, carry, log_in
from tests.service_packages import probes
from tests.twins import own_redis_url
from tests.wire import client_of

HTTP = {
    "name": "far",
    "request": {"method": "POST", "url": "https://models.example.org/run"},
    "secret_headers": {"Authorization": "Bearer hush"},
    "parameters_schema": {"type": "object", "properties": {"hours": {"type": "integer"}}},
}


@pytest.fixture(autouse=True)
def own_redis(monkeypatch: pytest.MonkeyPatch, redis_url: str, environment: None) -> None:
    """Queue on an empty Redis database."""
    monkeypatch.setenv("DTBASE_REDIS_URL", own_redis_url(redis_url))
    get_settings.cache_clear()
    queue.connect().flushdb()


@pytest.fixture
def client(api: TestClient, session: Session, tmp_path: Path) -> Iterator[Client]:
    """Reach an API whose workers have told of the probes."""
    with probes(tmp_path):
        services.register(session, catalogue.described())
        session.flush()
        yield client_of(api)


@pytest.fixture
def far(client: Client) -> str:
    return client.services.add(NewHttpService.model_validate(HTTP)).name


def test_parameters_of_forecasts_and_backtests_are_checked_before_any_worker_was_there(
    api: TestClient,
) -> None:
    twin = client_of(api)
    for name in ("forecast", "backtest"):
        assert twin.services.get(name).parameters_schema["properties"]
        with pytest.raises(Invalid) as refused:
            twin.services.run(name, {"horizon": "soon"})
        fields = {violation["field"] for violation in refused.value.violations}
        assert "parameters.horizon" in fields


def test_workers_tell_of_the_services_of_every_package(client: Client) -> None:
    names = [service.name for service in client.services.list(kind="python")]
    assert {"count", "wait", "refresh-aggregates", "maintain-storage", "replay-demo"} <= set(names)
    count = client.services.get("count")
    assert (count.summary, count.version) == ("Count up, in a tank.", "dtbase-probes 1.0")
    assert (count.retries, count.timeout, count.queue) == (2, 600, "ingest")
    schema = count.parameters_schema
    assert schema["required"] == ["count"]
    assert schema["additionalProperties"] is False
    assert isinstance(schema["properties"], dict)
    assert schema["properties"]["count"] == {"title": "Count", "type": "integer"}


def test_a_twin_without_models_is_offered_one_and_another_is_left_as_it_is(
    client: Client, session: Session
) -> None:
    catalogue.offer_model(session)
    assert [each.name for each in client.models.list()] == ["pool"]
    client.models.update("pool", ModelChange(name="ours"))
    catalogue.offer_model(session)
    assert [each.name for each in client.models.list()] == ["ours"]


def test_limits_that_people_have_set_outlive_the_next_worker(
    client: Client, session: Session
) -> None:
    client.services.update("count", ServiceChange(retries=7, concurrency=3))
    services.register(session, catalogue.described())
    count = client.services.get("count")
    assert (count.retries, count.concurrency, count.timeout) == (7, 3, 600)
    with pytest.raises(Invalid, match="comes with the package"):
        client.services.update("count", ServiceChange(summary="mine"))


def test_an_http_service_is_kept_and_its_secrets_are_told_to_nobody(
    client: Client, api: TestClient, session: Session, far: str
) -> None:
    kept = client.services.get(far)
    assert kept.secret_headers == ("Authorization",)
    assert kept.request is not None
    assert kept.request.url == "https://models.example.org/run"
    client.services.update(kept, ServiceChange(timeout=5))
    told = api.get("/v1/services").text + api.get("/v1/audit").text
    assert "hush" not in told
    row = session.scalars(select(tables.Service).where(tables.Service.name == far)).one()
    assert b"hush" not in (row.secrets or b"")
    assert services.secrets_of(row)["Authorization"].get_secret_value() == "Bearer hush"


def test_secrets_of_one_host_are_never_sent_to_another(client: Client, far: str) -> None:
    elsewhere = {"url": "https://evil.example.org/run"}
    with pytest.raises(Invalid, match="given for another host"):
        client.services.update(far, ServiceChange.model_validate({"request": elsewhere}))
    moved = ServiceChange.model_validate({"request": elsewhere, "secret_headers": {}})
    assert client.services.update(far, moved).secret_headers == ()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"request": {"url": "ftp://models.example.org"}}, "request.url"),
        ({"request": {"url": "https://ann:secret@models.example.org"}}, "request.url"),
        ({"request": {"url": "https://x", "headers": {"Host": "y"}}}, "request"),
        ({"request": {"url": "https://x", "headers": {"a": "b\r\nc"}}}, "request.headers.a"),
        ({"secret_headers": {"Host": "x"}}, "body"),
        ({"secret_headers": {"X": "line\nhush"}}, "secret_headers.X"),
        ({"parameters_schema": {"type": "strange"}}, "parameters_schema"),
        ({"parameters_schema": {"$ref": "https://example.org/x.json"}}, "parameters_schema"),
        ({"parameters_schema": {"$ref": "#"}}, "parameters_schema"),
        ({"timeout": 0}, "timeout"),
        ({"kind": "python"}, "kind"),
    ],
)
def test_a_wrong_http_service_is_refused_and_no_secret_repeated(
    client: Client, api: TestClient, wrong: dict[str, object], field: str
) -> None:
    answer = api.post("/v1/services", json={**HTTP, **wrong})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert "hush" not in answer.text


def test_only_admins_tend_services_and_viewers_run_none(
    client: Client, web: TestClient, session: Session
) -> None:
    carry(web, log_in(session, add_user(session, "ed@example.org", Role.EDITOR)))
    assert web.post("/v1/services", json=HTTP).status_code == 403
    assert web.patch("/v1/services/count", json={"retries": 1}).status_code == 403
    assert web.post("/v1/services/nothing/runs", json={}).status_code == 202
    carry(web, log_in(session, add_user(session, "v@example.org", Role.VIEWER)))
    assert web.post("/v1/services/nothing/runs", json={}).status_code == 403
    assert web.get("/v1/service-runs").status_code == 200


def test_a_run_is_queued_and_can_be_followed(client: Client, api: TestClient) -> None:
    answer = api.post("/v1/services/count/runs", json={"parameters": {"count": 3}})
    assert answer.status_code == 202
    run = client.service_runs.get(answer.json()["id"])
    assert answer.headers["location"] == f"/v1/service-runs/{run.id}"
    assert (run.service, run.status, run.asked_by) == ("count", "queued", "api@example.org")
    assert (run.parameters, run.attempt, run.seconds) == ({"count": 3}, 0, None)
    waiting = Queue("ingest", connection=queue.connect()).get_job_ids()
    assert waiting == [f"service-run-{run.id}"]
    assert client.service_runs.list(service="count", status=RunStatus.QUEUED) == [run]
    assert client.service_runs.list(service="wait") == []
    assert client.service_runs.log(run.id) == []


@pytest.mark.parametrize(
    ("parameters", "field", "rule"),
    [
        ({}, "parameters.count", "is required"),
        ({"count": "many"}, "parameters.count", "'many' is not of type 'integer'"),
        ({"count": 1, "cuont": 2}, "parameters.cuont", "is no parameter of the service"),
        (
            {"count": 1, "stumble": 2},
            "parameters.stumble",
            "2 is not of type 'string' or 2 is not of type 'null'",
        ),
    ],
)
def test_wrong_parameters_name_the_field_and_its_rule(
    client: Client, api: TestClient, parameters: dict[str, object], field: str, rule: str
) -> None:
    sets = "/v1/services/count/parameter-sets"
    schedule = {"name": "s", "service": "count", "cron": "0 0 * * *", "parameters": parameters}
    for path, body in (
        ("/v1/services/count/runs", {"parameters": parameters}),
        (sets, {"name": "one", "parameters": parameters}),
        ("/v1/schedules", schedule),
    ):
        answer = api.post(path, json=body)
        assert answer.status_code == 422, path
        assert (answer.json()["errors"][0]["field"], answer.json()["errors"][0]["rule"]) == (
            field,
            rule,
        )


def test_parameters_of_a_run_win_over_those_of_its_set(client: Client) -> None:
    sets = client.services.parameter_sets("count")
    three = sets.add(ParameterSet(name="three", parameters={"count": 3, "how": "raise"}))
    run = client.services.run("count", {"how": "kill"}, parameter_set="three")
    assert run.parameters == {"count": 3, "how": "kill"}
    assert run.parameter_set == "three"
    with pytest.raises(Invalid, match="no parameter set 'four'"):
        client.services.run("count", parameter_set="four")
    changed = sets.update(three, ParameterSetChange(parameters={"count": 4}))
    assert changed.parameters == {"count": 4}
    assert client.service_runs.get(run.id).parameters["count"] == 3
    with pytest.raises(Stale):
        sets.delete(three)
    with pytest.raises(AlreadyExists):
        sets.add(changed)


def test_parameter_sets_are_added_all_or_none(client: Client) -> None:
    sets = client.services.parameter_sets("count")
    good = ParameterSet(name="good", parameters={"count": 1})
    with pytest.raises(Invalid) as refused:
        sets.add_many([good, ParameterSet(name="bad", parameters={})])
    assert refused.value.violations[0]["row"] == 1
    assert sets.list() == []
    assert sets.add_many([good]) == sets.list() == [good]


def test_what_a_schedule_uses_stands_in_the_way(client: Client) -> None:
    sets = client.services.parameter_sets("count")
    sets.add(ParameterSet(name="three", parameters={"count": 3}))
    new = NewSchedule(name="hourly", service="count", parameter_set="three", cron="0 * * * *")
    client.schedules.add(new)
    with pytest.raises(InUse, match="schedules"):
        sets.delete("three")
    with pytest.raises(InUse, match="schedules"):
        client.services.delete("count")
    sets.delete("three", cascade=True)
    assert client.schedules.list() == []
    client.services.delete("count")
    with pytest.raises(NotFound):
        client.services.get("count")


def test_a_run_that_has_not_ended_stands_in_the_way(client: Client) -> None:
    run = client.services.run("nothing")
    with pytest.raises(InUse, match="runs"):
        client.services.delete("nothing")
    client.services.delete("nothing", cascade=True)
    with pytest.raises(NotFound):
        client.service_runs.get(run.id)


def test_a_queued_run_is_cancelled_at_once(client: Client) -> None:
    run = client.services.run("nothing")
    ended = client.service_runs.cancel(run.id)
    assert (ended.status, ended.reason, ended.cancelling) == ("cancelled", "cancelled", False)
    assert ended.ended_at is not None
    with pytest.raises(Conflict, match="has ended"):
        client.service_runs.cancel(run.id)
    with pytest.raises(NotFound):
        client.service_runs.cancel(999_999)


def test_a_run_under_way_is_asked_to_end(client: Client, session: Session) -> None:
    run = client.services.run("nothing")
    service_run_states.start(session, run.id)
    first, second = Try(run.id, 1), Try(run.id, 2)
    assert service_run_states.pulse(session, first, 1, 2, "half")
    assert not service_run_states.pulse(session, second, 2, 2, "of another process")
    assert not service_run_states.end(session, second, RunStatus.FAILED)
    asked = client.service_runs.cancel(run.id)
    assert (asked.status, asked.cancelling, asked.done, asked.total) == ("running", True, 1, 2)
    assert not service_run_states.pulse(session, first, 2, 2, None)
    assert not service_run_states.wanted(session, first)


def test_a_run_is_taken_while_redis_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DTBASE_REDIS_URL", "redis://127.0.0.1:1/0")
    get_settings.cache_clear()
    run = client.services.run("nothing")
    assert client.service_runs.list() == [run]
    assert run.status is RunStatus.QUEUED


def test_a_schedule_lives_over_the_api(client: Client) -> None:
    new = NewSchedule(name="early", service="nothing", cron="30 6 * * *", timezone="Europe/London")
    early = client.schedules.add(new)
    assert early.next_at is not None
    assert early.next_at > datetime.now(UTC)
    assert (early.last_at, early.last_run, early.missed) == (None, None, "once")
    with pytest.raises(AlreadyExists):
        client.schedules.add(new)
    often = client.schedules.update(early, ScheduleChange(every=timedelta(minutes=5), jitter=30))
    assert (often.cron, often.every) == (None, timedelta(minutes=5))
    with pytest.raises(Stale):
        client.schedules.update(early, ScheduleChange(jitter=1))
    daily = client.schedules.update("early", ScheduleChange(cron="0 1 * * *", name="late"))
    assert (daily.name, daily.every, daily.start) == ("late", None, None)
    off = client.schedules.update(daily, ScheduleChange(enabled=False))
    assert off.next_at is None
    assert client.schedules.list(enabled=True) == []
    assert client.schedules.list(service="nothing") == [off]
    client.schedules.delete(off)
    with pytest.raises(NotFound):
        client.schedules.get("late")


def test_what_a_schedule_runs_can_be_run_now(client: Client) -> None:
    new = NewSchedule(name="s", service="count", parameters={"count": 2}, cron="0 0 1 1 *")
    before = client.schedules.add(new)
    run = client.schedules.run_now("s")
    assert (run.service, run.parameters, run.schedule) == ("count", {"count": 2}, None)
    assert client.schedules.get("s") == before


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"service": "nobody"}, "no service 'nobody'"),
        ({"parameter_set": "none"}, "has no parameter set 'none'"),
        ({"cron": "0 25 * * *"}, "must be five fields of cron"),
        ({"every": "PT1H"}, "give either cron or every"),
        ({"timezone": "Mars"}, "Mars"),
        ({"jitter": -1}, "jitter"),
    ],
)
def test_a_wrong_schedule_is_refused(
    client: Client, api: TestClient, wrong: dict[str, object], words: str
) -> None:
    body = {"name": "s", "service": "nothing", "cron": "0 0 * * *", **wrong}
    for path, sent in (("/v1/schedules", body), ("/v1/schedules/bulk", [body])):
        answer = api.post(path, json=sent)
        assert answer.status_code == 422
        assert words in answer.json()["detail"]


def test_every_change_is_in_the_log(client: Client, far: str) -> None:
    client.services.update(far, ServiceChange(summary="x"))
    sets = client.services.parameter_sets(far)
    sets.add(ParameterSet(name="one"))
    client.schedules.add(NewSchedule(name="s", service=far, parameter_set="one", cron="0 0 * * *"))
    client.schedules.update("s", ScheduleChange(enabled=False))
    client.schedules.delete("s")
    sets.delete("one")
    client.services.delete(far)
    log = [(entry.noun, entry.action, entry.name) for entry in client.audit.list()]
    assert log[:8][::-1] == [
        ("service", "created", "far"),
        ("service", "changed", "far"),
        ("parameter set", "created", "far/one"),
        ("schedule", "created", "s"),
        ("schedule", "changed", "s"),
        ("schedule", "deleted", "s"),
        ("parameter set", "deleted", "far/one"),
        ("service", "deleted", "far"),
    ]


def test_old_runs_are_forgotten_and_open_ones_stay(client: Client, session: Session) -> None:
    ids = [client.services.run("nothing").id for _ in range(6)]
    for run_id in ids[:5]:
        service_run_states.cancel(session, run_id)
    service_runs.add_lines(session, ids[0], [(datetime.now(UTC), "a line")])
    assert service_runs.prune(session, datetime.now(UTC) - timedelta(days=1), most=3) == 2
    assert [run.id for run in client.service_runs.list()] == ids[:1:-1]
    assert service_runs.prune(session, datetime.now(UTC) + timedelta(days=1), most=3) == 3
    assert [run.id for run in client.service_runs.list()] == ids[5:]


def order(schema: Mapping[str, Any]) -> list[str]:
    return list(schema["properties"])


def test_parameters_keep_the_order_of_their_author_also_once_it_changes(session: Session) -> None:
    weather = next(each for each in catalogue.described() if each.name == "weather")
    own: dict[str, Any] = weather.parameters_schema
    other = {**own, "properties": dict(sorted(own["properties"].items()))}
    assert order(other) != order(own)
    for schema in (other, own):
        services.register(session, [weather.model_copy(update={"parameters_schema": schema})])
        session.expire_all()
        assert order(services.get(session, "weather").parameters_schema) == order(schema)
