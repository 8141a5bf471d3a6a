"""Every refusal and failure is a problem document."""

import logging

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import AwareDatetime

from api.errors import MEDIA_TYPE, STATUS, install
from api.limits import BodyLimit
from dtbase import errors
from dtbase.domain.people.users import Credentials
from dtbase.domain.registry.sensors import SensorType

KINDS = [*errors.DTBaseError.kinds()]
LIMIT = 5_000


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    install(app)
    app.add_middleware(BodyLimit, limit=LIMIT)

    @app.get("/refuse/{code}")
    def refuse(code: str) -> None:
        raise errors.DTBaseError.of_code(code)("because", field="cause")

    @app.get("/fail")
    def fail() -> None:
        raise RuntimeError("the cellar is flooded")

    @app.get("/wait")
    def wait() -> None:
        refusal = errors.TooMany("slowly")
        refusal.retry_after = 7
        raise refusal

    @app.post("/types")
    def add(new: SensorType) -> SensorType:
        return new

    @app.get("/at")
    def at(start: AwareDatetime) -> None:
        del start

    @app.post("/credentials")
    def log_in(given: Credentials) -> None:
        del given

    return TestClient(app, raise_server_exceptions=False)


def test_every_error_has_a_status_and_a_code_of_its_own() -> None:
    assert set(STATUS) == set(KINDS)
    assert len({kind.code for kind in KINDS}) == len(KINDS)


def test_all_but_who_asks_and_who_is_away_is_a_refusal_also_what_a_newer_server_says() -> None:
    others = {kind for kind in KINDS if not issubclass(kind, errors.Declined)}
    assert others == {errors.NotAuthenticated, errors.Unavailable}
    assert issubclass(errors.DTBaseError.of_code("of-the-next-century"), errors.Declined)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_a_refusal_is_a_problem_from_which_a_client_rebuilds_the_error(
    client: TestClient, kind: type[errors.DTBaseError]
) -> None:
    answer = client.get(f"/refuse/{kind.code}")
    assert answer.status_code == STATUS[kind]
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json() == {
        "type": kind.code,
        "title": kind.__doc__,
        "status": STATUS[kind],
        "detail": "because",
        "errors": [{"field": "cause", "rule": "because"}],
    }
    assert errors.DTBaseError.of_code(answer.json()["type"]) is kind


def test_whoever_is_not_logged_in_learns_how() -> None:
    app = FastAPI()
    install(app)

    @app.get("/")
    def refuse() -> None:
        raise errors.NotAuthenticated("log in")

    assert TestClient(app).get("/").headers["www-authenticate"] == "Bearer"


def test_whoever_is_too_fast_learns_how_long_to_wait(client: TestClient) -> None:
    assert client.get("/wait").headers["retry-after"] == "7"


def test_a_failure_has_an_id_that_the_log_has_too_and_tells_nothing_of_the_inside(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="api.errors"):
        answer = client.get("/fail")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert "cellar" not in answer.text
    number = answer.json()["detail"].split()[-1].rstrip(".")
    record = next(record for record in caplog.records if record.name == "api.errors")
    assert number in record.getMessage()
    assert record.exc_info is not None


def test_unknown_paths_and_wrong_methods_are_problems(client: TestClient) -> None:
    missing = client.get("/nowhere")
    assert (missing.status_code, missing.json()["type"]) == (404, "not-found")
    assert "/nowhere" in missing.json()["detail"]
    wrong = client.delete("/types")
    assert (wrong.status_code, wrong.json()["type"]) == (405, "method-not-allowed")
    assert wrong.headers["allow"] == "POST"
    assert wrong.headers["content-type"] == MEDIA_TYPE


def test_a_malformed_body_names_each_field_and_its_rule(client: TestClient) -> None:
    body = {"name": "t", "measures": [{"name": "a b", "unit": "K"}, {}], "colour": "red"}
    answer = client.post("/types", json=body)
    assert answer.status_code == 422
    found = {each["field"]: each for each in answer.json()["errors"]}
    assert set(found) >= {"measures.0.name", "measures.1.name", "colour"}
    assert found["measures.0.name"]["value"] == "a b"
    assert found["measures.1.name"]["row"] == 1
    assert found["colour"]["rule"].startswith("there is no key 'colour' here; known are")


def test_what_looks_secret_is_not_repeated(client: TestClient) -> None:
    body = {"email": "no address", "password": "open sesame " * 200}
    answer = client.post("/credentials", json=body)
    assert {each["field"] for each in answer.json()["errors"]} == {"email", "password"}
    assert "sesame" not in answer.text


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"name": ', "application/json"),
        (b'{"name": "\\ud800", "\\udfff": 1, "measures": []}', "application/json"),
        (b'"just text"', "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"", "application/json"),
        (b"[" * 2000, "application/json"),
        (b'{"name": 1e999, "measures": NaN}', "application/json"),
    ],
    ids=["torn", "surrogates", "text", "bytes", "empty", "deep", "endless"],
)
def test_a_body_that_is_no_good_json_is_refused_and_not_a_failure(
    client: TestClient, content: bytes, kind: str
) -> None:
    answer = client.post("/types", content=content, headers={"content-type": kind})
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE


def test_a_body_that_is_not_declared_json_is_told_the_header(client: TestClient) -> None:
    answer = client.post("/types", data={"name": "t"})
    assert answer.status_code == 422
    assert "Content-Type: application/json" in answer.json()["detail"]


def test_a_large_body_is_refused_by_its_announced_length(client: TestClient) -> None:
    answer = client.post("/types", content=b" " * (LIMIT + 1))
    assert (answer.status_code, answer.json()["type"]) == (413, "too-large")
    assert answer.headers["content-type"] == MEDIA_TYPE


def test_a_large_body_is_refused_while_it_streams(client: TestClient) -> None:
    answer = client.post("/types", content=iter([b" " * LIMIT, b" "]))
    assert (answer.status_code, answer.json()["type"]) == (413, "too-large")


def test_a_wrong_name_is_told_what_names_are_and_nothing_that_only_follows(
    client: TestClient,
) -> None:
    body = {"name": "box", "measures": [{"name": "air temperature"}]}
    answer = client.post("/types", json=body).json()
    (found,) = answer["errors"]
    assert found["field"] == "measures.0.name"
    assert found["rule"].startswith("must be 1 to 100 letters, digits")
    empty = client.post("/types", json={"name": "box", "measures": []}).json()
    assert empty["errors"][0]["field"] == "measures"


def test_a_parameter_is_named_as_it_was_written_and_a_time_needs_its_offset(
    client: TestClient,
) -> None:
    answer = client.get("/at", params={"start": "2026-05-01"}).json()
    assert answer["errors"][0]["field"] == "start"
    assert "with an offset, such as" in answer["errors"][0]["rule"]
