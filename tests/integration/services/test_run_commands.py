"""The command runs services, follows them, lists what there is, and draws it."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.app import create_app
from dtbase import settings
from dtbase.client import Client
from dtbase.domain.services.schedules import NewSchedule
from dtbase.storage.database import transaction
from tests.conftest import Servers
from tests.factories import add_sensor
from tests.forks import finished, running
from tests.live import serving
from tests.people import add_user, log_in
from tests.twins import eventually, own_twin

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def twin(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Run a worker and the API on a twin with two days of one sensor."""
    log = tmp_path_factory.mktemp("commands") / "worker.log"
    with own_twin(servers), pytest.MonkeyPatch.context() as patch:
        with transaction() as session:
            add_sensor(session, "one")
            token = log_in(session, add_user(session, "ann@example.org")).access_token
        with running("jobs.worker", log), serving(create_app()) as url:
            patch.setenv("DTBASE_API_URL", url)
            patch.setenv("DTBASE_API_KEY", token)
            settings.get_command_settings.cache_clear()
            with Client(url, api_key=token) as client:
                fill(client)
                eventually(lambda: client.services.get("forecast").parameters_schema, within=240)
                yield client
    settings.get_command_settings.cache_clear()


def fill(client: Client) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    times = [now - back * HOUR for back in range(72)]
    values = [20 + 5 * ((time.hour - 12) / 12) ** 2 for time in times]
    client.readings.push_values("one/temperature", times, values)


def dtbase(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return finished("dtbase.cli", *words, said=stdin)


def said(*words: str) -> str:
    ended = dtbase(*words)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_a_forecast_is_run_followed_listed_and_drawn(twin: Client) -> None:
    words = ("run", "forecast", "--sensor", "one", "--measure", "temperature", "--horizon", "6")
    told = said(*words, "--wait")
    assert told.splitlines()[-1].endswith("is succeeded")
    number = told.splitlines()[-1].split()[1]
    (line,) = said("runs", "--service", "forecast", "--limit", "1").splitlines()
    assert line.split("\t")[:3] == [number, "forecast", "succeeded"]
    assert said("logs", number, "--follow") == said("logs", number)
    assert json.loads(said("logs", number, "--json").splitlines()[0])["line"]
    drawn = said("plot", "one/temperature", "--days", "2", "--model", "pool").splitlines()
    assert drawn[0] == "one/temperature [degC]"
    assert sum("┤" in line for line in drawn) == 28
    assert any("pool predicts" in line for line in drawn)
    last = said("quality", "one/temperature").splitlines()[-1].split("\t")
    assert (last[0], last[2][-1]) == ("one/temperature", "%")


def test_a_run_that_fails_ends_the_command_with_its_code_and_reason(twin: Client) -> None:
    words = ("run", "forecast", "--sensor", "one", "--model", "nonsense", "--wait")
    ended = dtbase(*words)
    assert ended.returncode == 7
    assert "nonsense" in ended.stderr


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("run", "nowhere"), 4, "no service 'nowhere'"),
        (("run", "forecast", "--sensor", "nobody"), 1, "no series of nobody fits"),
        (("run", "forecast", "--horizn", "3", "--sensor", "one"), 1, "horizn"),
        (("logs", "999999"), 4, "999999"),
        (("cancel", "999999"), 4, "999999"),
        (("plot", "one/nothing"), 4, "one/nothing"),
        (("plot", "one"), 1, "sensor/measure"),
        (("--api-key", "nonsense", "sensors"), 3, "neither an API key, which begins with dtb_"),
        (("--api-key", "dtb_1_x", "sensors"), 3, "the API key is unknown"),
        (("--url", "http://127.0.0.1:9", "sensors"), 6, "make up"),
        (("api", "GET", "/v1/nothing"), 4, "/v1/nothing"),
        (("api", "GET", "v1/sensors"), 1, "must begin with /"),
        (("api", "POST", "/v1/sensor-types", "--data", '{"name": "everything"}'), 1, "measures"),
        (("sensors", "--colour", "red"), 2, "No such option"),
    ],
)
def test_each_way_to_fail_has_its_code_and_its_reason(
    twin: Client, words: tuple[str, ...], code: int, told: str
) -> None:
    ended = dtbase(*words)
    assert (ended.returncode, told in ended.stderr) == (code, True), ended.stderr


def test_what_the_twin_has_is_listed(twin: Client) -> None:
    assert said("sensors").split("\t")[:2] == ["one", "everything"]
    assert "one/temperature\t" in said("series", "--sensor", "one")
    assert len(said("measures").splitlines()) == 7
    assert "forecast\tpython\t" in said("services")
    twin.schedules.add(NewSchedule(name="nightly", service="score", cron="0 3 * * *"))
    assert said("schedules").startswith("nightly\tscore\tevery day at 03:00, UTC (0 3 * * *)\t")
    for noun in ("sensors", "series", "measures", "locations", "models", "services", "schedules"):
        assert isinstance(json.loads(said(noun, "--json")), list), noun


def test_a_list_that_is_cut_says_so(twin: Client) -> None:
    for _ in range(2):
        twin.services.run("refresh-aggregates")
    ended = dtbase("runs", "--limit", "1")
    assert len(ended.stdout.splitlines()) == 1
    assert "and more than these 1: say --limit" in ended.stderr
    assert len(twin.service_runs.list()) > 1
    assert twin.service_runs.list(limit=1).more
    assert not twin.service_runs.list().more


def test_any_request_can_be_sent(twin: Client, tmp_path: Path) -> None:
    assert json.loads(said("api", "GET", "/v1/sensors?limit=1"))[0]["identifier"] == "one"
    file = tmp_path / "place.json"
    file.write_text('{"identifier": "yard", "name": "Yard"}')
    assert json.loads(said("api", "POST", "/v1/locations", "--data", f"@{file}"))["name"] == "Yard"
    change = dtbase("api", "PATCH", "/v1/locations/yard", "--data", "@-", stdin='{"name": "Y"}')
    assert json.loads(change.stdout)["name"] == "Y"
    assert said("api", "DELETE", "/v1/locations/yard") == ""


def test_somebody_at_a_terminal_sees_columns_under_their_names(twin: Client) -> None:
    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "dtbase.cli", "sensors"]
    with subprocess.Popen(command, stdout=end) as child:  # noqa: S603 - our own command
        assert child.wait(240) == 0
    os.close(end)
    head, row = os.read(terminal, 4096).decode().splitlines()
    os.close(terminal)
    assert head.split() == ["SENSOR", "TYPE", "LOCATION", "NAME"]
    assert row.startswith("one     everything")


def test_a_reader_that_has_seen_enough_is_no_failure(twin: Client) -> None:
    shell = f"set -o pipefail; '{sys.executable}' -m dtbase.cli measures | head -1"
    ended = subprocess.run(  # noqa: S603 - our own command
        ["/bin/bash", "-c", shell], capture_output=True, text=True, check=False, timeout=240
    )
    assert ended.stderr == ""
