"""What every answer carries, whom the API believes, what it writes down, and whom it slows down."""

import hmac
import logging

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy.orm import Session

from api.docs import policy_of
from api.rates import get_rates
from api.throttle import ADDRESS_TRIES
from dtbase import settings
from dtbase.domain.people.users import Role
from dtbase.proxies import HEADER, PURPOSE, proof_of
from tests.people import add_user, carry, log_in

FAR = "203.0.113.7"


@pytest.fixture
def proof(environment: None) -> str:
    """Return what the dashboard of the tests' twin sends."""
    known = settings.get_settings()
    return proof_of(known.proxy_secret, known.secret_key)


def try_log_in(web: TestClient, **headers: str) -> Response:
    given = {"email": "ann@example.org", "password": "wrong"}
    return web.post("/v1/auth/login", json=given, headers=headers)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/v1/twin", 200), ("/v1/auth/me", 401), ("/v1/nothing", 404), ("/openapi.json", 200)],
)
def test_every_answer_is_taken_for_what_it_says_and_runs_nothing(
    web: TestClient, path: str, status: int
) -> None:
    answer = web.get(path)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers.get("cache-control") == ("no-store" if "/v1/" in path else None)
    assert "strict-transport-security" not in answer.headers


def test_a_body_over_the_limit_is_answered_with_the_same_headers(web: TestClient) -> None:
    answer = web.post("/v1/auth/login", content=b" " * 20_000)
    assert (answer.status_code, answer.headers["cache-control"]) == (413, "no-store")


def test_only_tls_is_told_to_stay_tls_also_where_a_proxy_of_ours_ends_it(
    app: FastAPI, proof: str
) -> None:
    def told(base: str, **headers: str) -> bool:
        answer = TestClient(app, base_url=base).get("/v1/twin", headers=headers)
        return "strict-transport-security" in answer.headers

    proto = {"X-Forwarded-Proto": "https"}
    assert told("https://twin")
    assert told("http://twin", **proto, **{HEADER: proof})
    assert not told("http://twin", **proto, **{HEADER: "guessed"})
    assert not told("http://twin", **proto)


def test_the_page_of_the_api_runs_its_own_script_and_no_other(web: TestClient) -> None:
    answer = web.get("/docs")
    policy = answer.headers["content-security-policy"]
    assert policy == policy_of(answer.text)
    assert policy != policy_of(answer.text.replace("</script>", "//</script>"))
    assert "unsafe-inline" not in policy.split("style-src")[0]


def test_a_proxy_is_believed_by_its_proof_and_not_by_its_place(
    web: TestClient, proof: str, caplog: pytest.LogCaptureFixture
) -> None:
    def noted(**headers: str) -> str:
        caplog.clear()
        try_log_in(web, **{"X-Forwarded-For": f"10.0.0.1, {FAR}"}, **headers)
        (record,) = [each for each in caplog.records if each.name == "dtbase.security"]
        return record.getMessage()

    assert f"from {FAR}:" in noted(**{HEADER: proof})
    assert "from testclient:" in noted(**{HEADER: proof[:-1]})
    assert "from testclient:" in noted()


def test_a_secret_of_its_own_takes_the_place_of_the_derived_one(
    web: TestClient,
    proof: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("DTBASE_PROXY_SECRET", "a-proxy-in-front-of-the-api-0123456789")
    settings.get_settings.cache_clear()
    for given, place in ((proof, "testclient"), ("a-proxy-in-front-of-the-api-0123456789", FAR)):
        caplog.clear()
        try_log_in(web, **{"X-Forwarded-For": FAR, HEADER: given})
        assert f"from {place}:" in caplog.text


def test_a_derived_proof_tells_nothing_of_the_secret_key(environment: None) -> None:
    key = settings.get_settings().secret_key
    assert key.get_secret_value() not in proof_of(None, key)
    expected = hmac.digest(key.get_secret_value().encode(), PURPOSE, "sha256").hex()
    assert proof_of(None, key) == expected


def test_failed_log_ins_are_written_down_with_account_and_address_on_one_line(
    web: TestClient, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    add_user(session, "ann@example.org")
    with caplog.at_level(logging.WARNING, "dtbase.security"):
        assert try_log_in(web).status_code == 401
    (record,) = caplog.records
    told = "refused to log in as 'ann@example.org' from testclient: not-authenticated"
    assert record.getMessage() == told
    assert "wrong" not in caplog.text


def test_guesses_over_the_limit_are_written_down_too(
    web: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(ADDRESS_TRIES + 1):
        given = {"email": f"nobody{number}@example.org", "password": "wrong"}
        web.post("/v1/auth/login", json=given)
    assert caplog.records[-1].getMessage().endswith(": too-many")


def test_one_caller_may_not_ask_without_end_and_others_do_not_feel_it(
    web: TestClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DTBASE_REQUESTS_PER_MINUTE", "3")
    settings.get_settings.cache_clear()
    get_rates.cache_clear()
    for name in ("ann", "ben"):
        carry(web, log_in(session, add_user(session, f"{name}@example.org", Role.EDITOR)))
        answers = [web.get("/v1/sensors") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    pushed = web.post("/v1/readings", json={"readings": []})
    assert pushed.status_code == 429
