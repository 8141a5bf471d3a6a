"""Devices are remembered, and nobody notices: what changes counts for the next reading."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial

import orjson
import pytest
import requests
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.app import create_app
from api.rates import Rates, get_rates
from api.readings.brought import AloneError
from dtbase import settings
from dtbase.domain.people.users import Role, UserChange
from dtbase.domain.registry.measures import MeasureChange, MeasureKey
from dtbase.domain.registry.rules import MeasureRules, Range
from dtbase.domain.registry.sensors import SensorChange
from dtbase.errors import TooMany
from dtbase.storage.database import transaction
from dtbase.storage.people import keys, tokens, users
from dtbase.storage.registry import measures, sensors
from tests.integration.readings.remembering import Device, Pushes, body, counts, stored
from tests.live import serving
from tests.people import HASHER

Change = Callable[[Session], object]


def test_who_is_remembered_stores_and_is_told_what_became_of_it(
    device: Device, pushes: Pushes
) -> None:
    bodies = [body(1.0), body(2, 1), body(3.0, 2)]
    first = pushes.store([device.push(each) for each in bodies])
    assert first == {place: counts(received=1, inserted=1) for place in range(3)}
    again = [body(1.0), body(2.5, 1), body(4.0, 3)]
    second = pushes.store([device.push(each, device.key) for each in again])
    outcomes = (
        counts(received=1, unchanged=1),
        counts(received=1, replaced=1),
        counts(received=1, inserted=1),
    )
    assert second == dict(enumerate(outcomes))


def test_of_two_that_bring_the_same_reading_the_second_comes_after_the_first(
    device: Device, pushes: Pushes
) -> None:
    outcomes = pushes.store([device.push(body(1.0)), device.push(body(1.0))])
    first, second = counts(received=1, inserted=1), counts(received=1, unchanged=1)
    assert list(outcomes.values()) in ([first, second], [second, first])


@pytest.mark.parametrize(
    "content",
    [
        body("warm"),
        body(True),
        body(2**53 + 1),
        body(1e200),
        body(-999.0),
        body(time="2026-05-01"),
        body(time="2250-01-01T00:00:00Z"),
        body(unit="K"),
        body(sensor="cellar"),
        body(measure="energy"),
        b'{"readings": []}',
        b'{"readings": [1]}',
        b'{"readings": [], "series": []}',
        b"{",
        orjson.dumps({"readings": [orjson.loads(body())["readings"][0]] * 2}),
    ],
)
def test_what_is_not_plain_is_left_to_those_who_look(
    device: Device, pushes: Pushes, content: bytes
) -> None:
    assert pushes.store([device.push(content)]) == {}
    assert stored() == 0


def test_what_is_brought_in_another_way_is_left_to_those_who_look(
    device: Device, pushes: Pushes
) -> None:
    push = device.push(body())
    others = [push._replace(content_type="text/csv"), push._replace(encoding="gzip")]
    assert pushes.store(others) == {}


def user_changed(device: Device, **change: object) -> Change:
    wanted = UserChange.model_validate(change)
    return lambda session: users.update(session, device.user.id, wanted, HASHER)


def logged_out(device: Device) -> Change:
    return lambda session: tokens.revoke_user(session, device.user.id)


def key_revoked(device: Device) -> Change:
    return lambda session: keys.revoke_user(session, device.user.id)


def key_run_out(_device: Device) -> Change:
    query = text("UPDATE api_key SET expires_at = now()")
    return lambda session: session.execute(query)


def key_limited(_device: Device) -> Change:
    return lambda session: session.execute(text("DELETE FROM api_key_sensor"))


def role_taken(device: Device) -> Change:
    return user_changed(device, role=Role.VIEWER)


def deactivated(device: Device) -> Change:
    return user_changed(device, active=False)


def deleted(device: Device) -> Change:
    return lambda session: users.delete(session, device.user.id)


BY_SESSION = [role_taken, deactivated, deleted, logged_out]
BY_KEY = [role_taken, deactivated, deleted, key_revoked, key_run_out, key_limited]


@pytest.mark.parametrize(
    ("by_key", "change"),
    [(False, each) for each in BY_SESSION] + [(True, each) for each in BY_KEY],
)
def test_who_may_no_longer_push_is_believed_no_longer(
    device: Device, pushes: Pushes, by_key: bool, change: Callable[[Device], Change]
) -> None:
    token = device.key if by_key else device.session
    assert pushes.store([device.push(body(), token)]) == {0: counts(received=1, inserted=1)}
    with transaction() as session:
        change(device)(session)
    assert pushes.store([device.push(body(2.0, 1), token)]) == {}
    assert pushes.remembered.caller(device.push(b"", token).admission) is None
    assert stored() == 1


def renamed(session: Session) -> object:
    return sensors.update(session, "roof", SensorChange(identifier="attic"))


def sensor_deleted(session: Session) -> None:
    sensors.delete(session, "roof")


def judged_otherwise(session: Session) -> object:
    rules = {"temperature": MeasureRules(fail=Range(maximum=0))}
    return sensors.update(session, "roof", SensorChange(rules=rules))


def measure_renamed(session: Session) -> object:
    key = MeasureKey(name="temperature", unit="degC")
    return measures.update(session, key, MeasureChange(name="warmth"))


def corrected(session: Session) -> object:
    return session.execute(text("UPDATE series SET corrected = true"))


@pytest.mark.parametrize(
    "change", [renamed, sensor_deleted, judged_otherwise, measure_renamed, corrected]
)
def test_a_series_that_has_changed_is_looked_up(
    device: Device, pushes: Pushes, change: Change
) -> None:
    with transaction() as session:
        change(session)
    assert pushes.store([device.push(body())]) == {}
    assert pushes.remembered.series([("roof", "temperature")]) is None
    assert stored() == 0


def test_one_of_whom_something_has_changed_takes_nobodys_reading_with_it(
    device: Device, pushes: Pushes
) -> None:
    with transaction() as session:
        keys.revoke_user(session, device.user.id)
    tokens_ = [device.session, device.key] * 3
    brought = [device.push(body(1.0, minute), token) for minute, token in enumerate(tokens_)]
    outcomes = pushes.store(brought)
    assert all(place % 2 == 0 for place in outcomes)  # the others are looked up, and refused
    assert stored() == len(outcomes)


@pytest.fixture
def few_requests(device: Device, monkeypatch: pytest.MonkeyPatch) -> Rates:
    """Allow sixty requests a minute."""
    monkeypatch.setenv("DTBASE_REQUESTS_PER_MINUTE", "60")
    settings.get_settings.cache_clear()
    get_rates.cache_clear()
    return get_rates()


def test_requests_are_counted_once_and_refused_when_they_are_too_many(
    device: Device, pushes: Pushes, few_requests: Rates
) -> None:
    pushes.store([device.push(body(1.0, minute)) for minute in range(60)])
    (refused,) = pushes.store([device.push(body(1.0, 60))]).values()
    assert isinstance(refused, TooMany)
    assert stored() == 60


def test_requests_that_have_to_try_by_themselves_are_counted_there(
    device: Device, pushes: Pushes, few_requests: Rates
) -> None:
    with transaction() as session:
        session.execute(text("SELECT FROM series FOR UPDATE"))
        outcomes = pushes.store([device.push(body(1.0, minute)) for minute in range(60)])
    assert {type(each) for each in outcomes.values()} == {AloneError}
    for _ in outcomes:
        few_requests.count(f"user:{device.user.id}")


@pytest.fixture
def url(device: Device) -> Iterator[str]:
    """Serve the device's twin."""
    with serving(create_app()) as address:
        yield address


def posted(url: str, token: str, minute: int) -> int:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    sent = body(float(minute), minute)
    return requests.post(f"{url}/v1/readings", sent, headers=headers, timeout=60).status_code


@pytest.mark.parametrize(
    ("by_key", "change", "status"),
    [
        (False, logged_out, 401),
        (False, role_taken, 403),
        (True, key_revoked, 401),
        (True, key_limited, 403),
        (False, lambda _device: sensor_deleted, 422),
    ],
)
def test_a_device_is_refused_as_soon_as_something_is_taken_from_it(
    url: str, device: Device, by_key: bool, change: Callable[[Device], Change], status: int
) -> None:
    post = partial(posted, url, device.key if by_key else device.session)
    assert [post(minute) for minute in range(4)] == [200] * 4
    with transaction() as session:
        session.execute(text("DELETE FROM reading"))
        change(device)(session)
    assert [post(minute) for minute in range(4, 7)] == [status] * 3


def test_a_connection_that_is_lost_stores_nothing_twice_and_is_made_again(
    url: str, device: Device
) -> None:
    post = partial(posted, url, device.session)
    ended = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND query LIKE '%said (sure)%'"
        " AND pid <> pg_backend_pid()"
    )
    lost = 0
    for minute in range(20):
        assert post(minute) == 200
        if minute % 3 == 2:
            with transaction() as session:
                lost += session.scalar(ended) or 0
    assert lost
    assert stored() == 20


def test_those_who_wait_for_a_lock_get_through_when_it_is_gone(device: Device, url: str) -> None:
    post = partial(posted, url, device.session)
    assert [post(minute) for minute in range(3)] == [200] * 3
    held = text("SELECT FROM series FOR UPDATE")
    with ThreadPoolExecutor(2) as pool:
        with transaction() as session:
            session.execute(held)
            waiting = [pool.submit(post, minute) for minute in (4, 5)]
            assert not wait(waiting, timeout=1).done
        assert [each.result() for each in waiting] == [200] * 2
