"""Who has pushed before is believed while a document comes in, and no longer than that."""

from collections.abc import Callable, Iterator

import orjson
import pytest
import requests
from sqlalchemy import text

from api.app import create_app
from api.bodies import DOCUMENT, SMALL
from dtbase.storage.database import transaction
from tests.integration.api.test_hostile_bodies import connected
from tests.integration.readings.remembering import DAY, Device, stored
from tests.integration.readings.test_recalled_pushes import (
    Change,
    key_limited,
    key_revoked,
    logged_out,
    role_taken,
)
from tests.live import serving

TIMES = [f"{DAY:%Y-%m-%dT}{minute // 60:02d}:{minute % 60:02d}:00Z" for minute in range(1_000)]
DEEP = b"[" * (2 * SMALL)


def document(value: float = 1.0, **more: object) -> bytes:
    """Write a thousand readings, which are more than is stored together with others."""
    column = {"sensor": "roof", "measure": "temperature", "times": TIMES}
    content = orjson.dumps({"series": [column | {"values": [value] * len(TIMES)} | more]})
    assert SMALL < len(content) < DOCUMENT
    return content


@pytest.fixture
def url(device: Device) -> Iterator[str]:
    """Serve the device's twin."""
    with serving(create_app()) as address:
        yield address


def post(url: str, token: str, content: bytes) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return requests.post(f"{url}/v1/readings", content, headers=headers, timeout=60)


def status_before_body(url: str, token: str, promised: int) -> bytes:
    """Promise a body, send none of it, and read what is answered."""
    with connected(url) as spoken:
        head = f"POST /v1/readings HTTP/1.1\r\nHost: twin\r\nContent-Length: {promised}\r\n"
        spoken.sendall(f"{head}Authorization: Bearer {token}\r\n\r\n".encode())
        return spoken.recv(12).removeprefix(b"HTTP/1.1 ")


def test_documents_of_one_device_are_stored_one_after_another(url: str, device: Device) -> None:
    counted = [post(url, device.key, document(value)).json() for value in (1.0, 2.0, 2.0)]
    assert [(each["inserted"], each["replaced"], each["unchanged"]) for each in counted] == [
        (1_000, 0, 0),
        (0, 1_000, 0),
        (0, 0, 1_000),
    ]
    assert post(url, device.key, document(times=TIMES[1:])).status_code == 422
    assert post(url, device.key, DEEP).status_code == 422


@pytest.mark.parametrize("content", [document(2.0), document(times=TIMES[1:]), DEEP])
@pytest.mark.parametrize(
    ("by_key", "change", "status"),
    [(False, logged_out, 401), (False, role_taken, 403), (True, key_revoked, 401)],
)
def test_who_may_no_longer_push_is_told_that_and_not_what_is_wrong_with_the_body(
    url: str,
    device: Device,
    by_key: bool,
    change: Callable[[Device], Change],
    status: int,
    content: bytes,
) -> None:
    token = device.key if by_key else device.session
    assert post(url, token, document()).status_code == 200
    with transaction() as session:
        session.execute(text("DELETE FROM reading"))
        change(device)(session)
    assert [post(url, token, content).status_code for _ in range(2)] == [status] * 2
    assert stored() == 0


def test_a_key_that_is_limited_to_other_sensors_stores_nothing(url: str, device: Device) -> None:
    assert post(url, device.key, document()).status_code == 200
    with transaction() as session:
        session.execute(text("DELETE FROM reading"))
        key_limited(device)(session)
    assert [post(url, device.key, document()).status_code for _ in range(2)] == [403] * 2
    assert stored() == 0


def test_a_key_that_was_revoked_is_believed_for_one_more_document_at_most(
    url: str, device: Device
) -> None:
    assert post(url, device.key, document()).status_code == 200
    with transaction() as session:
        key_revoked(device)(session)
    assert status_before_body(url, device.key, DOCUMENT + 1) == b"401"
    assert post(url, device.key, document()).status_code == 401
    assert status_before_body(url, device.key, DOCUMENT) == b"401"
