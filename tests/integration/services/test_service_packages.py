"""Packages of services are found and run without a change here; the guide to one is true."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from api.app import create_app
from api.throttle import Throttle, get_throttle
from dtbase import queue
from dtbase.cli import app
from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.services.service_runs import NewServiceRun, ServiceRun
from dtbase.local.places import CHECKOUT
from dtbase.settings import environment_with
from dtbase.storage import tables
from dtbase.storage.database import transaction
from dtbase.storage.people.passwords import get_hasher
from dtbase.storage.readings import readings
from dtbase.storage.services import service_runs, services
from jobs import tasks
from jobs.demo import load
from jobs.services import catalogue
from tests.conftest import Servers
from tests.forks import running
from tests.live import serving
from tests.people import HASHER, PASSWORD, add_user
from tests.service_packages import forget, installed, write
from tests.twins import own_twin, soon

PAGE = CHECKOUT / "docs" / "writing-a-service.md"

TWO = '''
"""Two services of somebody else."""

from dtbase.services import Measure, NoParameters, Parameters, Service


class First(Service[NoParameters]):
    """The first."""

    def run(self, parameters, context):
        context.log("first")


class Named(Parameters):
    name: str


class Second(Service[Named]):
    """The second."""

    def run(self, parameters, context):
        return Measure(name=parameters.name)
'''
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "other-twin"
version = "2.1"

[project.entry-points."dtbase.services"]
other-first = "other_twin:First"
other-second = "other_twin:Second"

[tool.hatch.build.targets.wheel]
only-include = ["other_twin.py"]
"""


@pytest.fixture(autouse=True)
def own(servers: Servers) -> Iterator[None]:
    with own_twin(servers):
        yield


def install(source: Path, target: Path) -> None:
    """Build a package and install it into a folder, without any network."""
    uv = Path(sys.executable).parent / "uv"
    options = ("--no-deps", "--no-build-isolation", "--offline", "--no-index", "--target")
    subprocess.run(  # noqa: S603 - our own installer
        [str(uv), "pip", "install", "--python", sys.executable, *options, str(target), str(source)],
        check=True,
        capture_output=True,
        timeout=120,
    )


def run_on_worker(service: str, **parameters: object) -> ServiceRun:
    new = NewServiceRun.model_validate({"parameters": parameters})
    with transaction() as session:
        asked = service_runs.create(session, service, new)
        queued = service_runs.deliveries(session, [asked.id])
    queue.offer(queued)

    def ended() -> bool:
        with transaction() as session:
            return service_runs.get(session, asked.id).status.ended

    soon(ended)
    with transaction() as session:
        return service_runs.get(session, asked.id)


def known() -> list[str]:
    with transaction() as session:
        return list(session.scalars(select(tables.Service.name)))


def test_a_second_package_with_two_services_is_found_and_run(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    (source / "other_twin.py").write_text(TWO)
    (source / "pyproject.toml").write_text(PROJECT)
    install(source, target)
    with (
        installed(target),
        running("jobs.worker", tmp_path / "worker.log", "ingest"),
    ):
        soon(lambda: {"other-first", "other-second"} <= set(known()))
        with transaction() as session:
            second = services.get(session, "other-second")
        assert (second.summary, second.version) == ("The second.", "other-twin 2.1")
        assert second.parameters_schema["required"] == ["name"]
        assert run_on_worker("other-first").status is RunStatus.SUCCEEDED
        done = run_on_worker("other-second", name="colour")
        assert (done.status, done.written.things) == (RunStatus.SUCCEEDED, 1)


def test_a_package_that_is_broken_does_not_take_the_others_along(tmp_path: Path) -> None:
    broken = {"broken": "Missing", "not-one": "json:dumps", "refresh-aggregates": "First"}
    write(tmp_path, "other-twin", TWO, {**broken, "other-first": "First"})
    with installed(tmp_path):
        found = catalogue.installed()
        assert {"other-first", "maintain-storage"} <= set(found)
        assert not {"broken", "not-one"} & set(found)
        assert found["refresh-aggregates"].__module__ == "jobs.services.upkeep"
        catalogue.register()


def test_a_name_that_no_url_can_carry_is_not_published(tmp_path: Path) -> None:
    write(tmp_path, "other-twin", TWO, {"my service": "First", "fine": "First"})
    with installed(tmp_path):
        assert "my service" not in {service.name for service in catalogue.described()}
        assert "fine" in {service.name for service in catalogue.described()}


def test_a_starter_package_passes_its_own_test_and_runs(tmp_path: Path) -> None:
    made = CliRunner().invoke(app, ["service", "new", "room-gap", "--folder", str(tmp_path)])
    assert made.exit_code == 0, made.output
    package = tmp_path / "room-gap"
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:dash", "-p", "no:cacheprovider", "tests"],
        cwd=package,
        env=environment_with({"PYTHONPATH": str(package)}),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert tested.returncode == 0, tested.stdout + tested.stderr
    target = tmp_path / "target"
    install(package, target)
    with_weather()
    with installed(target):
        catalogue.register()
        new = {"minuend": "EWR/temperature", "subtrahend": "JFK/temperature"}
        with transaction() as session:
            run = service_runs.create(
                session, "room-gap", NewServiceRun.model_validate({"parameters": new})
            )
        tasks.run_service(run.id)
    with transaction() as session:
        done = service_runs.get(session, run.id)
    assert (done.status, done.reason) == (RunStatus.SUCCEEDED, None)
    assert 20 <= done.written.readings <= 24


@pytest.mark.parametrize("name", ["Room", "room gap", "../room", "-room", "room-"])
def test_a_starter_with_a_wrong_name_is_refused(name: str, tmp_path: Path) -> None:
    made = CliRunner().invoke(app, ["service", "new", "--folder", str(tmp_path), "--", name])
    assert made.exit_code != 0
    assert list(tmp_path.iterdir()) == []


def with_weather() -> None:
    """Store the demo's last three days."""
    now = datetime.now(UTC)
    with transaction() as session:
        load.register(session, now)
        readings.write(session, load.batch(now - timedelta(days=3), now))


def test_the_guide_is_true_to_the_letter(throttle: Throttle, tmp_path: Path) -> None:
    blocks = re.findall(r"```(\w+)\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    module, *programs = [code for language, code in blocks if language == "python"]
    (project,) = [tomllib.loads(code) for language, code in blocks if language == "toml"]
    assert len(module.strip().splitlines()) <= 30
    entries = project["project"]["entry-points"]["dtbase.services"]
    write(tmp_path, project["project"]["name"], module, entries, module="dew_point")
    with_weather()
    with transaction() as session:
        add_user(session, "ann@example.org")
    api = create_app()
    api.dependency_overrides[get_hasher] = lambda: HASHER
    api.dependency_overrides[get_throttle] = lambda: throttle
    with (
        installed(tmp_path),
        running("jobs.worker", tmp_path / "worker.log", "ingest"),
        serving(api) as url,
    ):
        soon(lambda: "dew-point-spread" in known())
        done = subprocess.run(  # noqa: S603 - our own page
            [sys.executable, "-c", "\n".join(programs)],
            env=environment_with(
                {
                    "DTBASE_API_URL": url,
                    "DTBASE_EMAIL": "ann@example.org",
                    "DTBASE_PASSWORD": PASSWORD,
                }
            ),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    assert "'required': ['station']" in done.stdout
    assert "succeeded readings=4" in done.stdout
    assert "readings of EWR" in done.stdout
    forget()
