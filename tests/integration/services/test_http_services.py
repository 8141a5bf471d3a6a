"""HTTP services against a real server: guarded, logged, and what they answer is stored."""

import html
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from sqlalchemy import text

from dtbase.domain.forecasts.runs import Model, RunStatus
from dtbase.domain.registry.measures import Measure
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.domain.services.service_runs import LogQuery, NewServiceRun, ServiceRun
from dtbase.domain.services.services import HttpRequest, NewHttpService
from dtbase.settings import get_settings
from dtbase.storage.database import transaction
from dtbase.storage.forecasts import models
from dtbase.storage.registry import sensor_types, sensors
from dtbase.storage.services import service_runs, services
from jobs import tasks
from jobs.services.http import Call, excerpt
from tests.conftest import Servers
from tests.far_service import Far, Reply, serving
from tests.twins import own_twin

JSON = {"Content-Type": "application/json"}
SECRET = "Bearer hush-hush"
OUTPUT = {
    "sensor": "tank",
    "measure": "level",
    "times": ["2026-01-01T01:00:00Z"],
    "values": [2.5],
}
OUTCOME = {"model": "guess", "issued_at": "2026-01-01T00:00:00Z", "outputs": [OUTPUT]}
SERIES = [
    {"sensor": "tank", "measure": "level", "times": ["2026-01-01T00:00:00Z"], "values": [1.5]}
]


@pytest.fixture(scope="module", autouse=True)
def own(servers: Servers) -> Iterator[None]:
    with own_twin(servers):
        with transaction() as session:
            level = Measure(name="level", unit="m")
            sensor_types.add(session, SensorType(name="probe", measures=(level,)))
            sensors.add(session, NewSensor(identifier="tank", type="probe"))
            models.add(session, Model(name="guess"))
        yield


@pytest.fixture(scope="module")
def far() -> Iterator[Far]:
    with serving() as far:
        yield far


@pytest.fixture(autouse=True)
def allowed(monkeypatch: pytest.MonkeyPatch, far: Far) -> None:
    """Allow this machine's own addresses, and begin anew."""
    allow(monkeypatch, "127.0.0.0/8")
    far.asked.clear()
    with transaction() as session:
        session.execute(text("TRUNCATE service, run CASCADE"))
        session.execute(text("DELETE FROM reading"))


def allow(monkeypatch: pytest.MonkeyPatch, networks: str) -> None:
    monkeypatch.setenv("DTBASE_HTTP_ALLOW", networks)
    get_settings.cache_clear()


def add(url: str, method: str = "POST", **more: Any) -> None:
    request = {"method": method, "url": url, **more.pop("request", {})}
    more = {"secret_headers": {"Authorization": SECRET}, "timeout": 5, **more}
    new = {"name": "far", "request": request, **more}
    with transaction() as session:
        services.add(session, NewHttpService.model_validate(new))


def run(**parameters: Any) -> ServiceRun:
    """Run the service once, here."""
    new = NewServiceRun(parameters=parameters)
    with transaction() as session:
        asked = service_runs.create(session, "far", new)
    return again(asked)


def again(asked: ServiceRun) -> ServiceRun:
    tasks.run_service(asked.id)
    with transaction() as session:
        return service_runs.get(session, asked.id)


def stored() -> tuple[int, int]:
    """Count the readings and the model runs."""
    with transaction() as session:
        return (
            session.execute(text("SELECT count(*) FROM reading")).scalar_one(),
            session.execute(text("SELECT count(*) FROM run")).scalar_one(),
        )


def said(body: object) -> Reply:
    return Reply(200, json.dumps(body).encode(), JSON)


def test_parameters_go_as_json_and_the_answer_is_logged(far: Far) -> None:
    far.answer("/run", said({"hello": "you", "you_sent": SECRET}))
    add(far.url("/run"), request={"headers": {"X-Site": "7"}})
    done = run(hours=3)
    assert done.status is RunStatus.FAILED
    (asked,) = far.asked
    assert (asked.method, json.loads(asked.body)) == ("POST", {"hours": 3})
    assert asked.headers["Authorization"] == SECRET
    assert asked.headers["X-Site"] == "7"
    assert asked.headers["Host"] == f"127.0.0.1:{far.port}"
    assert asked.headers["Idempotency-Key"] == f"service-run-{done.id}"
    assert done.answer is not None
    assert (done.answer.status, done.answer.media_type) == (200, "application/json")
    assert '"hello": "you"' in done.answer.body
    assert "hush" not in done.answer.body
    with transaction() as session:
        line, _ = service_runs.log_of(session, done.id, LogQuery()).items
    assert line.line.startswith("answered 200 in ")


def test_parameters_of_get_go_into_the_query(far: Far) -> None:
    far.answer("/run", said([]))
    add(far.url("/run?site=a"), method="GET")
    assert run(name="x y", hours=[1, 2]).status is RunStatus.SUCCEEDED
    assert far.asked[0].path == "/run?site=a&name=x+y&hours=%5B1%2C+2%5D"
    assert far.asked[0].body == b""


@pytest.mark.parametrize(
    ("body", "counts"),
    [
        ({"series": SERIES}, (1, 0)),
        (OUTCOME, (0, 1)),
        ({"series": SERIES, "outcomes": [OUTCOME, OUTCOME]}, (1, 2)),
        ({}, (0, 0)),
        ([], (0, 0)),
    ],
)
def test_readings_and_predictions_of_an_answer_are_stored(
    far: Far, body: object, counts: tuple[int, int]
) -> None:
    far.answer("/run", said(body))
    add(far.url("/run"))
    done = run()
    assert (done.status, done.reason) == (RunStatus.SUCCEEDED, None)
    assert (done.written.readings, done.written.runs) == counts == stored()


@pytest.mark.parametrize("type_", ["text/plain", ""])
def test_an_answer_that_nobody_understands_is_refused(far: Far, type_: str) -> None:
    headers = {"Content-Type": type_} if type_ else {}
    far.answer("/run", Reply(200, b"temperature is 3", headers))
    add(far.url("/run"))
    assert "understood are JSON" in str(run().reason)
    far.answer("/run", Reply(204, b"", headers))
    assert run().status is RunStatus.SUCCEEDED


def test_a_model_that_nobody_has_registered_is_made_with_its_outcome(far: Far) -> None:
    far.answer("/run", said({**OUTCOME, "model": "new-one"}))
    add(far.url("/run"))
    done = run()
    assert (done.written.runs, done.written.things) == (1, 1)
    with transaction() as session:
        assert models.known(session, "new-one")


def test_readings_come_as_csv_too(far: Far) -> None:
    csv = b"sensor,measure,time,value\ntank,level,2026-01-01T00:00:00Z,1.5\n"
    far.answer("/run", Reply(200, csv, {"Content-Type": "text/csv; charset=utf-8"}))
    add(far.url("/run"))
    assert run().written.readings == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"series": [{"sensor": "tank"}]}, 'must have exactly "sensor"'),
        ({"series": [{**SERIES[0], "values": ["x"]}]}, "must be a finite number"),
        ({"series": [{**SERIES[0], "sensor": "none"}]}, "no sensor 'none'"),
        ({**OUTCOME, "outputs": []}, "the answer's outputs"),
        ({"series": SERIES, "outcomes": [{**OUTCOME, "scenario": "wet"}]}, "no scenario 'wet'"),
        ({"series": SERIES, "outcomes": [{**OUTCOME, "model": "n", "scenario": "wet"}]}, "'wet'"),
        ({"series": SERIES, "outcomes": OUTCOME}, "outcomes must be a list"),
        ({"series": {}}, "the body must be"),
        ({"series": SERIES, "outcome": [OUTCOME]}, "a JSON object with 'outcome'; understood are"),
        (["a list"], "JSON that is a list and no object; understood are JSON as POST"),
    ],
)
def test_a_wrong_answer_is_refused_whole(far: Far, body: object, words: str) -> None:
    far.answer("/run", said(body))
    add(far.url("/run"))
    done = run()
    assert done.status is RunStatus.FAILED
    assert words in str(done.reason)
    assert stored() == (0, 0)


@pytest.mark.parametrize(
    ("reply", "reason", "final"),
    [
        (Reply(404, b"no such model"), "the service answered 404: no such model", True),
        (Reply(503), "the service answered 503", False),
        (Reply(429, b"", {"Retry-After": "120"}), "too many requests", False),
        (Reply(200, b"{", JSON), "says that it is JSON and is not", True),
        (Reply(200, b"[" * 900, JSON), "says that it is JSON and is not", True),
        (Reply(200, b"x" * 2_000), "the answer is larger than 1000 bytes", True),
        (Reply(200, b"x", {"Content-Encoding": "gzip"}), "nobody asked for", True),
    ],
)
def test_what_is_no_good_answer_is_told_and_retried_where_that_helps(
    far: Far, reply: Reply, reason: str, final: bool
) -> None:
    far.answer("/run", reply)
    add(far.url("/run"), retries=1, backoff=0, request={"max_answer_bytes": 1_000})
    done = run()
    assert reason in str(done.reason)
    assert done.status is (RunStatus.FAILED if final else RunStatus.QUEUED)
    if reply.status == 429:
        assert done.not_before is not None
        assert (done.not_before - done.created_at).total_seconds() > 100


def test_a_service_that_never_answers_is_stopped(far: Far) -> None:
    far.replies["/run"] = far.hang
    add(far.url("/run"), timeout=1)
    done = run()
    assert done.status is RunStatus.FAILED
    assert done.reason in {
        "it took longer than 1 s",
        f"127.0.0.1:{far.port} does not answer: ReadTimeoutError: Read timed out. (read timeout=1)",
    }


def test_a_service_that_is_not_there_is_told(far: Far) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    add(f"http://127.0.0.1:{port}/")
    assert "does not answer" in str(run().reason)


def test_an_address_inside_is_refused_unless_allowed(
    far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(monkeypatch, "")
    add(far.url("/run"))
    done = run()
    assert done.status is RunStatus.FAILED
    assert "not of the outside world" in str(done.reason)
    assert far.asked == []


def test_a_redirect_is_checked_as_the_first_address_is(
    far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(monkeypatch, "127.0.0.1/32")
    for place in ("http://169.254.169.254/latest", f"http://127.0.0.2:{far.port}/run"):
        far.answer("/run", Reply(302, b"", {"Location": place}))
        with transaction() as session:
            session.execute(text("TRUNCATE service CASCADE"))
        add(far.url("/run"))
        assert "not of the outside world" in str(run().reason)
    assert len(far.asked) == 2


def test_secrets_do_not_follow_to_another_host(far: Far) -> None:
    far.answer("/run", Reply(307, b"", {"Location": far.url("/other", host="localhost")}))
    far.answer("/other", Reply(307, b"", {"Location": far.url("/home")}))
    far.answer("/home", said({}))
    add(far.url("/run"), request={"headers": {"X-Api-Key": "plain"}})
    assert run(hours=1).status is RunStatus.SUCCEEDED
    first, other, home = far.asked
    assert first.headers["Authorization"] == SECRET
    assert first.headers["X-Api-Key"] == "plain"
    assert {"Authorization", "X-Api-Key"}.isdisjoint(other.headers)
    assert other.headers["Host"] == f"localhost:{far.port}"
    assert "Authorization" not in home.headers
    assert (home.method, json.loads(home.body)) == ("POST", {"hours": 1})


@pytest.mark.parametrize("secret", ['Bearer a/b"c', "x" * 3_000])
def test_a_secret_that_a_service_repeats_is_not_in_the_log(far: Far, secret: str) -> None:
    words = secret.removeprefix("Bearer ")
    echo = json.dumps({"you sent": [secret, words, words]}).replace("/", r"\/")
    far.answer("/run", Reply(200, f"{echo} {words} {quote(words, safe='')}".encode(), {}))
    add(far.url("/run"), secret_headers={"Authorization": secret})
    answer = run().answer
    assert answer is not None
    assert answer.body.count("…") == 5
    assert not any(part in answer.body for part in ("a/b", "b%22", r"b\"c", "xxx"))


@pytest.mark.parametrize(
    "secret", [r'one"two\three', r'one\"two\\"three', r"one\two", 'one&"two+three']
)
def test_a_secret_is_taken_out_in_whatever_way_its_signs_are_escaped(secret: str) -> None:
    once = json.dumps(secret)
    forms = [
        secret,
        once,
        json.dumps(once),
        secret.replace('"', r"\""),
        secret.replace("\\", r"\u005c").replace('"', r"\u0022"),
        html.escape(secret),
        quote(secret, safe=""),
        quote(quote(secret, safe=""), safe=""),
        quote_plus(secret),
        repr(secret),
    ]
    call = Call(
        request=HttpRequest(url="https://models.example.org/run"),
        secrets={"Authorization": f"Bearer {secret}"},
        parameters={},
        key="1",
        timeout=1,
    )
    for form in forms:
        shown = excerpt(f"you sent {form} today".encode(), call)
        assert "one" not in shown, form
        assert "three" not in shown, form
        assert shown.startswith("you sent")


@pytest.mark.timeout(30)
def test_an_answer_of_backslashes_is_searched_for_secrets_in_linear_time() -> None:
    call = Call(
        request=HttpRequest(url="https://models.example.org/run"),
        secrets={"X": r"\"\"\"\"\"\"\"\""},
        parameters={},
        key="1",
        timeout=1,
    )
    assert excerpt(b"\\" * 100_000, call)


def test_a_redirect_to_look_elsewhere_is_a_get_without_body(far: Far) -> None:
    far.answer("/run", Reply(303, b"", {"Location": "/result"}))
    far.answer("/result", said({"series": SERIES}))
    add(far.url("/run"))
    assert run(hours=1).written.readings == 1
    assert (far.asked[1].method, far.asked[1].body) == ("GET", b"")
    assert far.asked[1].headers["Authorization"] == SECRET


def test_redirects_in_circles_end(far: Far) -> None:
    far.answer("/run", Reply(302, b"", {"Location": "/run"}))
    add(far.url("/run"))
    assert "more than 5 times" in str(run().reason)
    assert len(far.asked) == 6


def test_a_retry_stores_no_outcome_twice(far: Far) -> None:
    far.answer("/run", said({"outcomes": [OUTCOME]}))
    add(far.url("/run"), retries=3, backoff=0)
    done = run()
    with transaction() as session:
        session.execute(text("UPDATE service_run SET status = 'queued'"))
    assert again(done).status is RunStatus.SUCCEEDED
    assert stored() == (0, 1)


def test_secrets_of_another_key_are_not_used(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    add(far.url("/run"))
    monkeypatch.setenv("DTBASE_SECRET_KEY", "another-secret-that-the-tests-know-0123456789")
    get_settings.cache_clear()
    assert "set them anew" in str(run().reason)
    assert far.asked == []
