"""Bodies that want to cost more than they may: on a real socket, by strangers and by editors."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
import requests

from api import limits
from api.app import create_app
from api.bodies import DOCUMENT, SMALL
from api.serving import HEAD_BYTES, Protocol
from dtbase import settings
from dtbase.domain.people.users import Role
from dtbase.storage.database import transaction
from tests.factories import add_sensor
from tests.live import serving
from tests.people import add_user, log_in

EMPTY_LISTS = b"[" + b"[]," * 3_000_000 + b"[]]"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def url(own_environment: str) -> Iterator[str]:
    """Serve a twin with one sensor."""
    with transaction() as session:
        add_sensor(session, "roof")
    with serving(create_app()) as address:
        yield address


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nobody, which is felt only by those who never end what they send."""
    monkeypatch.setattr(Protocol, "head_seconds", 0.1)
    monkeypatch.setattr(limits, "PATIENCE", 0.1)


@pytest.fixture
def editor(url: str) -> dict[str, str]:
    """Log an editor in."""
    with transaction() as session:
        token = log_in(session, add_user(session, "ann@example.org", Role.EDITOR)).access_token
    return {"Authorization": f"Bearer {token}", **JSON}


@contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    """Speak HTTP by hand."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as spoken:
        yield spoken


def everything(spoken: socket.socket) -> bytes:
    """Read until the other side closes."""
    read = b""
    while piece := spoken.recv(65_536):
        read += piece
    return read


@pytest.mark.parametrize("path", ["/v1/sensors", "/v1/sensors/bulk", "/v1/readings", "/v1/runs"])
@pytest.mark.parametrize("token", ["", "Bearer dtb_1_nonsense"])
def test_a_strangers_body_is_refused_before_it_is_read(url: str, path: str, token: str) -> None:
    with connected(url) as spoken:
        head = f"POST {path} HTTP/1.1\r\nHost: twin\r\nContent-Type: application/json\r\n"
        asking = f"Authorization: {token}\r\n" if token else ""
        spoken.sendall(f"{head}{asking}Content-Length: 60000000\r\n\r\n[".encode())
        answer = everything(spoken)  # although 60 MB were promised and one byte was sent
    assert answer.startswith(b"HTTP/1.1 401")
    assert b"connection: close" in answer.lower()


def test_a_strangers_small_body_is_not_told_what_is_wrong_with_it(url: str) -> None:
    for body in (b"{", b"{}", b"[" * 5_000):
        answer = requests.post(f"{url}/v1/sensors", body, headers=JSON, timeout=60)
        assert answer.status_code == 401


@pytest.mark.parametrize("token", ["", "Bearer dtb_1_nonsense", "Bearer ey.ey.ey"])
def test_a_strangers_body_is_not_waited_for_however_small(url: str, token: str) -> None:
    with connected(url) as spoken:
        head = "POST /v1/sensors HTTP/1.1\r\nHost: twin\r\nContent-Type: application/json\r\n"
        asking = f"Authorization: {token}\r\n" if token else ""
        spoken.sendall(f"{head}{asking}Content-Length: 100\r\n\r\n".encode())
        assert spoken.recv(12) == b"HTTP/1.1 401"


def test_an_editor_is_refused_while_what_costs_too_much_still_comes(
    url: str, editor: dict[str, str]
) -> None:
    for path in ("/v1/readings", "/v1/readings?on_conflict=keep"):
        with connected(url) as spoken:
            head = f"POST {path} HTTP/1.1\r\nHost: twin\r\nContent-Length: 60000000\r\n"
            asking = f"Authorization: {editor['Authorization']}\r\n\r\n"
            spoken.sendall(head.encode() + asking.encode())
            spoken.sendall(EMPTY_LISTS)  # which are nine of the sixty megabytes
            assert spoken.recv(12) == b"HTTP/1.1 413"


def test_json_of_any_name_is_refused_for_its_depth(url: str, editor: dict[str, str]) -> None:
    for kind in ("application/json", "application/merge-patch+json"):
        headers = editor | {"Content-Type": kind}
        answer = requests.post(
            f"{url}/v1/sensors/bulk", b"[" * (2 * SMALL), headers=headers, timeout=60
        )
        assert answer.status_code == 422, kind


def test_what_brings_one_thing_may_not_be_as_large_as_what_brings_many(
    url: str, editor: dict[str, str]
) -> None:
    large = json.dumps({"name": "x" * DOCUMENT})
    one = requests.post(f"{url}/v1/sensors", large, headers=editor, timeout=60)
    assert (one.status_code, one.json()["type"]) == (413, "too-large")
    many = requests.post(f"{url}/v1/sensors/bulk", f"[{large}]", headers=editor, timeout=60)
    assert many.status_code == 422


@pytest.mark.parametrize("path", ["/v1/sensors/bulk", "/v1/readings"])
def test_an_editor_is_refused_what_holds_more_lists_than_it_should(
    url: str, editor: dict[str, str], path: str
) -> None:
    answer = requests.post(f"{url}{path}", EMPTY_LISTS, headers=editor, timeout=60)
    assert (answer.status_code, answer.json()["type"]) == (413, "too-large")


def test_a_large_body_is_held_against_its_model_as_a_small_one_is(
    url: str, editor: dict[str, str]
) -> None:
    def refusal(count: int, body: bytes | None = None) -> dict[str, object]:
        things = [{"identifier": f"s{number}", "type": "nothing"} for number in range(count)]
        sent = body or json.dumps([*things, {"identifier": "a b"}]).encode()
        answer = requests.post(f"{url}/v1/sensors/bulk", sent, headers=editor, timeout=60)
        assert answer.status_code == 422, answer.text
        found: dict[str, object] = answer.json()["errors"][0]
        found.pop("row", None)
        return found

    assert refusal(1) == refusal(900)  # 900 are over 16 kB
    torn = b'[{"identifier": "' + b"a" * SMALL
    assert refusal(0, torn) == refusal(0, torn[:100]) | {"field": refusal(0, torn)["field"]}


@pytest.mark.parametrize("padding", [0, SMALL], ids=["small", "large"])
@pytest.mark.parametrize("path", ["/v1/measures", "/v1/readings"])
def test_a_number_of_more_digits_than_python_reads_is_no_json_of_ours(
    url: str, editor: dict[str, str], path: str, padding: int
) -> None:
    body = b'{"name": ' + b"1" * 5000 + b" " * padding + b"}"
    assert requests.post(url + path, body, headers=editor, timeout=30).status_code in {400, 422}


def test_large_bodies_still_add_many_things(url: str, editor: dict[str, str]) -> None:
    things = [{"name": f"measure_{number}", "unit": "degC"} for number in range(600)]
    answer = requests.post(f"{url}/v1/measures/bulk", json=things, headers=editor, timeout=60)
    assert (answer.status_code, len(answer.json())) == (201, 600)


def test_a_refused_chunked_body_is_not_read_to_its_end(url: str) -> None:
    with connected(url) as spoken:
        head = "POST /v1/auth/login HTTP/1.1\r\nHost: twin\r\nContent-Type: application/json\r\n"
        spoken.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        spoken.sendall(b"8000\r\n" + b" " * 0x8000 + b"\r\n")
        answer = everything(spoken)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /v1/twin HTT",
        b"GET /v1/twin HTTP/1.1\r\nHost: twin\r\n",
        b"GET /v1/twin HTTP/1.1\r\nHost: twin\r\n\r\nGET /v1/tw",
    ],
    ids=["nothing", "a line", "headers", "a second one"],
)
@pytest.mark.usefixtures("impatient")
def test_half_a_request_is_not_waited_for(url: str, sent: bytes) -> None:
    with connected(url) as spoken:
        spoken.sendall(sent)
        everything(spoken)


@pytest.mark.usefixtures("impatient")
def test_half_a_body_is_not_waited_for(url: str, editor: dict[str, str]) -> None:
    with connected(url) as spoken:
        head = "POST /v1/readings HTTP/1.1\r\nHost: twin\r\nContent-Length: 10"
        asking = f"Authorization: {editor['Authorization']}"
        spoken.sendall(f"{head}\r\n{asking}\r\n\r\n{{".encode())
        answer = everything(spoken)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"application/problem+json" in answer


def test_headers_do_not_grow_without_end(url: str) -> None:
    with connected(url) as spoken:
        spoken.sendall(b"GET /v1/twin HTTP/1.1\r\n" + b"X-More: and more\r\n" * (HEAD_BYTES // 10))
        assert everything(spoken).startswith(b"HTTP/1.1 431")


def test_who_does_not_fit_into_the_memory_of_all_is_told_to_come_again(
    url: str, editor: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DTBASE_BODY_MEMORY_BYTES", "4")
    settings.get_settings.cache_clear()
    app = create_app()
    shared = app.state.shared
    for budget in (shared.memory.received, shared.memory.read):
        budget.free = 0
        monkeypatch.setattr(budget, "_wait", 0.1)
    with serving(app) as full:
        body = {"series": [{"sensor": "roof" + " " * SMALL}]}
        answer = requests.post(f"{full}/v1/readings", json=body, headers=editor, timeout=60)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
