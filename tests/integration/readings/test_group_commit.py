"""Small requests that come at once are stored together, and none notices the others."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.app import create_app
from api.callers import Admission, identify
from api.key_uses import Uses
from api.readings.group_commit import look_up
from api.security import Need
from dtbase.domain.people.keys import NewKey, Scope
from dtbase.domain.people.users import Role
from dtbase.domain.readings.batches import Batch
from dtbase.domain.readings.readings import IngestCounts
from dtbase.errors import DTBaseError, Invalid, NotAllowed, NotAuthenticated
from dtbase.formats import json_batches
from dtbase.storage.database import transaction
from dtbase.storage.people import keys
from dtbase.storage.readings import readings, shared_writes
from tests.factories import add_sensor
from tests.live import serving
from tests.people import add_user, log_in

DAY = datetime(2026, 5, 1, tzinfo=UTC)
CLIENTS = 8
EACH = 40
ROOF = text("""SELECT series.id FROM series JOIN sensor ON sensor.id = sensor_id
 WHERE identifier = 'roof' FOR UPDATE OF series""")


def batch(*values: float | str, sensor: str = "roof", first: int = 0) -> Batch:
    """Return minutely temperatures as a request brings them."""
    times = [(DAY + timedelta(minutes=first + place)).isoformat() for place in range(len(values))]
    part = {"sensor": sensor, "measure": "temperature", "times": times, "values": list(values)}
    return json_batches.from_columns([part])


@pytest.fixture
def roof(session: Session) -> Session:
    """Register two sensors."""
    add_sensor(session, "roof")
    add_sensor(session, "cellar")
    return session


def test_batches_that_are_written_together_are_counted_apart(roof: Session) -> None:
    readings.write(roof, batch(1.0, 2.0))
    together = [batch(1.0), batch(3.0, first=1), batch(4.0, 5.0, sensor="cellar"), batch()]
    assert shared_writes.write(roof, together) == [
        IngestCounts(received=1, inserted=0, replaced=0, unchanged=1, kept=0),
        IngestCounts(received=1, inserted=0, replaced=1, unchanged=0, kept=0),
        IngestCounts(received=2, inserted=2, replaced=0, unchanged=0, kept=0),
        IngestCounts(received=0, inserted=0, replaced=0, unchanged=0, kept=0),
    ]


def test_a_batch_that_repeats_itself_counts_as_it_would_alone(roof: Session) -> None:
    twice = {"sensor": "roof", "measure": "temperature", "times": [DAY.isoformat()] * 2}
    (shared,) = shared_writes.write(roof, [json_batches.from_columns([twice | {"values": [1, 2]}])])
    alone = readings.write(roof, json_batches.from_columns([twice | {"values": [3, 4]}]))
    assert isinstance(shared, IngestCounts)
    assert (shared.inserted, shared.replaced) == (1, 1)
    assert (alone.inserted, alone.replaced) == (0, 2)


def test_one_that_breaks_a_rule_is_refused_and_the_others_are_stored(roof: Session) -> None:
    bad, unknown = batch("warm"), batch(1.0, sensor="attic")
    outcomes = shared_writes.write(roof, [bad, batch(2.0, first=5), unknown])
    assert isinstance(outcomes[0], Invalid)
    assert "must be a finite number" in outcomes[0].detail
    assert isinstance(outcomes[2], Invalid)
    assert outcomes[1] == IngestCounts(received=1, inserted=1, replaced=0, unchanged=0, kept=0)


def test_one_that_brings_the_same_reading_as_another_is_left_to_itself(roof: Session) -> None:
    first, second = shared_writes.write(roof, [batch(1.0), batch(2.0)])
    assert isinstance(first, IngestCounts)
    assert second is None


@pytest.fixture
def url(own_environment: str) -> Iterator[str]:
    """Serve a twin with two sensors."""
    with transaction() as session:
        add_sensor(session, "roof")
        add_sensor(session, "cellar")
    with serving(create_app()) as address:
        yield address


def token_as(role: Role) -> str:
    """Log somebody in."""
    with transaction() as session:
        user = add_user(session, f"{role}@example.org", role)
        return log_in(session, user).access_token


def reading(minute: int, value: object) -> dict[str, Any]:
    """Return one reading as a device sends it."""
    time = (DAY + timedelta(minutes=minute)).isoformat()
    return {"sensor": "roof", "measure": "temperature", "time": time, "value": value}


def test_many_clients_at_once_each_get_their_own_answer(url: str) -> None:
    tokens_ = {role: token_as(role) for role in (Role.EDITOR, Role.VIEWER)}

    def post(turn: int) -> tuple[int, Any]:
        role = Role.VIEWER if turn % 5 == 3 else Role.EDITOR
        value = "warm" if turn % 5 == 4 else float(turn)
        answer = requests.post(
            f"{url}/v1/readings",
            json={"readings": [reading(turn // 2 * 2, value)]},  # two at a time bring one minute
            headers={"Authorization": f"Bearer {tokens_[role]}"},
            timeout=60,
        )
        return answer.status_code, answer.json()

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(post, range(CLIENTS * EACH)))
    for turn, (status, body) in enumerate(answers):
        assert status == {3: 403, 4: 422}.get(turn % 5, 200), body
    accepted = [body for status, body in answers if status == 200]
    minutes = {turn // 2 for turn in range(CLIENTS * EACH) if turn % 5 < 3}
    assert sum(body["inserted"] for body in accepted) == len(minutes)
    assert all(body["received"] == 1 for body in accepted)
    asked = {
        "series": "roof/temperature",
        "bucket": "raw",
        "start": DAY.isoformat(),
        "end": (DAY + timedelta(days=1)).isoformat(),
    }
    headers = {"Authorization": f"Bearer {tokens_[Role.EDITOR]}"}
    shown = requests.get(f"{url}/v1/readings", params=asked, headers=headers, timeout=60).json()
    assert len(shown["series"][0]["values"]["value"]) == len(minutes)


def test_one_that_must_wait_for_a_lock_does_not_keep_the_others_waiting(url: str) -> None:
    headers = {"Authorization": f"Bearer {token_as(Role.EDITOR)}"}

    def post(sensor: str) -> int:
        body = {"readings": [reading(0, 1.0) | {"sensor": sensor}]}
        return requests.post(
            f"{url}/v1/readings", json=body, headers=headers, timeout=60
        ).status_code

    with ThreadPoolExecutor(4) as pool:
        with transaction() as session:
            session.execute(ROOF)
            held = [pool.submit(post, "roof") for _ in range(3)]
            assert post("cellar") == 200
            assert not any(each.done() for each in held)
        assert [each.result() for each in held] == [200] * 3


def test_those_who_come_together_are_told_apart(session: Session) -> None:
    editor = add_user(session, "editor@example.org", Role.EDITOR)
    now = datetime.now(UTC)
    scopes = (Scope.READINGS_WRITE, Scope.READINGS_READ)
    writes, reads = [
        keys.add(session, NewKey(name=scope, scopes=(scope,)), editor, now).secret
        for scope in scopes
    ]
    tokens = [log_in(session, editor).access_token, writes, reads, writes[:-1] + "?", "eyJh", ""]
    need = Need(role=Role.EDITOR, scope=Scope.READINGS_WRITE)
    coming = [Admission(token, need.check, identify) for token in tokens * 2]
    known = look_up(session, Uses(), coming)

    def verdict(admission: Admission) -> str | type[DTBaseError]:
        try:
            return admission.admit_among(known).name
        except DTBaseError as refusal:
            return type(refusal)

    by_key = f"{editor.email} by key {Scope.READINGS_WRITE}"
    verdicts = [editor.email, by_key, NotAllowed, *[NotAuthenticated] * 3]
    assert [verdict(each) for each in coming] == verdicts * 2
