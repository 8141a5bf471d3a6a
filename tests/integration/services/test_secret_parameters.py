"""Secrets among parameters: nobody is shown them, nothing stores them, and the run has them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.services.schedules import NewSchedule, ScheduleChange
from dtbase.domain.services.secret_parameters import HIDDEN
from dtbase.domain.services.service_runs import LogQuery, NewServiceRun, ServiceRun
from dtbase.domain.services.services import ParameterSet, ParameterSetChange
from dtbase.errors import Invalid
from dtbase.settings import get_settings
from dtbase.storage.database import transaction
from dtbase.storage.services import parameter_sets, schedules, service_runs
from jobs import tasks
from jobs.services import catalogue
from tests.conftest import Servers
from tests.service_packages import probes
from tests.twins import own_twin

NAME = "secretive"
TOKEN, WORD = 'tok-"4\\711', "pass word/12"
GIVEN = {"token": TOKEN, "logins": [{"user": "ann", "password": WORD}, {"user": "bob"}]}
SHOWN = {"token": HIDDEN, "logins": [{"user": "ann", "password": HIDDEN}, {"user": "bob"}]}
EVERYTHING = text("""
SELECT string_agg(x::text, ' ') FROM (
  SELECT to_jsonb(r) - 'secrets' FROM service_run r UNION ALL
  SELECT to_jsonb(p) - 'secrets' FROM parameter_set p UNION ALL
  SELECT to_jsonb(s) - 'secrets' FROM schedule s UNION ALL
  SELECT to_jsonb(l) FROM service_run_log l UNION ALL SELECT to_jsonb(a) FROM audit_entry a) x
""")
SEALED = text("SELECT string_agg(secrets::text, ' ') FROM service_run")


@pytest.fixture(scope="module", autouse=True)
def folder(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give the module a twin with a service that tells its secrets to everybody."""
    folder = tmp_path_factory.mktemp("secretive")
    with own_twin(servers), probes(folder):
        catalogue.register()
        yield folder


@pytest.fixture(autouse=True)
def clean() -> None:
    with transaction() as session:
        session.execute(text("TRUNCATE service_run, schedule, parameter_set CASCADE"))


def ask(**given: object) -> ServiceRun:
    with transaction() as session:
        return service_runs.create(session, NAME, NewServiceRun.model_validate(given))


def told(run: int, folder: Path) -> str:
    """Carry a run out, and return what the service was given."""
    tasks.run_service(run)
    return (folder / "told.txt").read_text()


def stored() -> str:
    with transaction() as session:
        return str(session.scalar(EVERYTHING))


def assert_hidden(where: str) -> None:
    for part in ("4711", "tok-", "pass word", "word/12", "cGFzcw"):
        assert part not in where


def test_a_secret_is_handed_to_the_run_and_stands_nowhere_else(folder: Path) -> None:
    run = ask(parameters=GIVEN)
    assert run.parameters == SHOWN
    assert told(run.id, folder) == f"{TOKEN} {WORD}"
    with transaction() as session:
        done = service_runs.get(session, run.id)
        lines = [line.line for line in service_runs.log_of(session, run.id, LogQuery()).items]
        assert_hidden(str(session.scalar(SEALED)))
    assert done.reason == "RuntimeError: cannot use … …"
    assert done.message is None or "…" in done.message
    assert lines[0] == "told … …"
    assert any("Traceback" in line for line in lines)
    assert_hidden(stored())


def test_secrets_of_a_set_and_of_a_schedule_are_hidden_and_used(folder: Path) -> None:
    new = ParameterSet(name="ours", parameters={"token": TOKEN})
    due = datetime.now(UTC)
    planned = NewSchedule(
        name="s",
        service=NAME,
        parameter_set="ours",
        parameters={"logins": GIVEN["logins"]},
        every=timedelta(hours=1),
        start=due,
    )
    with transaction() as session:
        assert parameter_sets.add(session, NAME, new).parameters == {"token": HIDDEN}
        schedules.ensure(session, planned, due - timedelta(hours=1))
        assert schedules.get(session, "s").parameters == {"logins": SHOWN["logins"]}
        (ticked,) = schedules.take_due(session, datetime.now(UTC))
        asked = schedules.run_now(session, "s")
        assert asked.parameters == SHOWN
    assert [told(each, folder) for each in (ticked, asked.id)] == [f"{TOKEN} {WORD}"] * 2
    run = ask(parameter_set="ours", parameters={"token": "another one"})
    assert told(run.id, folder) == "another one"
    assert_hidden(stored())


def test_what_is_given_hidden_stays_as_it_is_stored(folder: Path) -> None:
    new = ParameterSet(name="ours", parameters=GIVEN)
    with transaction() as session:
        parameter_sets.add(session, NAME, new)
        change = ParameterSetChange(parameters={**SHOWN, "token": "a new token"})
        assert parameter_sets.update(session, NAME, "ours", change).parameters == SHOWN
    assert told(ask(parameter_set="ours").id, folder) == f"a new token {WORD}"
    due = datetime.now(UTC)
    planned = NewSchedule(name="s", service=NAME, parameters=GIVEN, every=timedelta(hours=1))
    with transaction() as session:
        schedules.ensure(session, planned, due)
        schedules.update(session, "s", ScheduleChange(parameters=SHOWN, jitter=3))
        asked = schedules.run_now(session, "s")
    assert told(asked.id, folder) == f"{TOKEN} {WORD}"


def test_what_is_given_hidden_and_is_not_known_is_refused() -> None:
    with pytest.raises(Invalid, match=r"parameters\.token: \*+ only hides a secret"):
        ask(parameters=SHOWN)


def test_rules_of_the_schema_hold_for_the_secret_itself() -> None:
    with pytest.raises(Invalid, match=r"parameters\.token"):
        ask(parameters={"token": "short"})


def test_secrets_of_another_key_are_told_and_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    run = ask(parameters=GIVEN)
    monkeypatch.setenv("DTBASE_SECRET_KEY", "another-secret-that-the-tests-know-0123456789")
    get_settings.cache_clear()
    tasks.run_service(run.id)
    monkeypatch.undo()
    get_settings.cache_clear()
    with transaction() as session:
        done = service_runs.get(session, run.id)
    assert done.status is RunStatus.FAILED
    assert "the secret parameters were stored under another DTBASE_SECRET_KEY" in str(done.reason)


def test_what_an_older_version_stored_in_clear_is_hidden_when_a_worker_starts(
    folder: Path,
) -> None:
    run = ask(parameters=GIVEN)
    clear = text("UPDATE service_run SET secrets = '{}', parameters = CAST(:given AS jsonb)")
    with transaction() as session:
        session.execute(clear, {"given": '{"token": "a clear token"}'})
    catalogue.register()
    with transaction() as session:
        assert service_runs.get(session, run.id).parameters == {"token": HIDDEN}
    assert "a clear token" not in stored()
    assert told(run.id, folder) == "a clear token"
