"""Who asks and which series are remembered, and what changes counts for the next chart."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
import requests
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.app import create_app
from dtbase.domain.people.keys import NewKey, Scope
from dtbase.domain.people.users import Role, UserChange
from dtbase.domain.registry.measures import MeasureChange, MeasureKey
from dtbase.domain.registry.sensors import SensorChange
from dtbase.storage.database import transaction
from dtbase.storage.people import keys, tokens, users
from dtbase.storage.readings import readings
from dtbase.storage.registry import measures, sensors
from tests.factories import add_sensor, batch_of
from tests.live import serving
from tests.people import HASHER, add_user, log_in

DAY = datetime(2026, 5, 1, tzinfo=UTC)
Change = Callable[[Session, int], object]


class Reader(NamedTuple):
    """Somebody who asks for charts, by a log-in and by a key."""

    url: str
    user_id: int
    session: str
    key: str

    def ask(self, *series: str, by_key: bool = False) -> requests.Response:
        asked: dict[str, Any] = {
            "series": series or ("roof/temperature",),
            "start": DAY.isoformat(),
            "end": (DAY + timedelta(days=1)).isoformat(),
            "bucket": "1h",
        }
        headers = {"Authorization": f"Bearer {self.key if by_key else self.session}"}
        return requests.get(f"{self.url}/v1/readings", asked, headers=headers, timeout=60)


@pytest.fixture
def reader(own_environment: str) -> Iterator[Reader]:
    """Serve a twin with two sensors and an hour of readings."""
    with transaction() as session:
        roof, cellar = (add_sensor(session, name)["temperature"] for name in ("roof", "cellar"))
        times = [DAY + timedelta(minutes=10 * place) for place in range(6)]
        readings.write(session, batch_of(roof, times, [1.0] * 6))
        readings.write(session, batch_of(cellar, times, [2.0] * 6))
        add_user(session, "admin@example.org")
        user = add_user(session, "vi@example.org", Role.EDITOR)
        new = NewKey(name="chart", scopes=(Scope.READINGS_READ,))
        key = keys.add(session, new, user, datetime.now(UTC)).secret
        token = log_in(session, user).access_token
    with serving(create_app()) as url:
        yield Reader(url, user.id, token, key)


@pytest.mark.parametrize("by_key", [False, True])
def test_a_chart_is_the_same_each_time(reader: Reader, by_key: bool) -> None:
    answers = [reader.ask(by_key=by_key) for _ in range(3)]
    assert answers[0].json()["series"][0]["values"] == {"mean": [1.0]}
    assert len({answer.content for answer in answers}) == 1
    both = [reader.ask("cellar/temperature", "roof/temperature", by_key=by_key) for _ in range(3)]
    means = [one["values"]["mean"] for one in both[0].json()["series"]]
    assert means == [[2.0], [1.0]]
    assert len({answer.content for answer in both}) == 1


def logged_out(session: Session, user_id: int) -> None:
    tokens.revoke_user(session, user_id)


def key_revoked(session: Session, user_id: int) -> None:
    keys.revoke_user(session, user_id)


def key_of_less(session: Session, _user_id: int) -> None:
    session.execute(text("UPDATE api_key SET scopes = '{registry:read}'"))


def deactivated(session: Session, user_id: int) -> None:
    users.update(session, user_id, UserChange(active=False), HASHER)


def renamed(session: Session, _user_id: int) -> None:
    sensors.update(session, "roof", SensorChange(identifier="attic"))


def unit_told(session: Session, _user_id: int) -> None:
    key = MeasureKey(name="temperature", unit="degC")
    measures.update(session, key, MeasureChange(unit="K"), relabel=True)


@pytest.mark.parametrize(
    ("by_key", "change", "status"),
    [
        (False, logged_out, 401),
        (False, deactivated, 401),
        (True, key_revoked, 401),
        (True, deactivated, 401),
        (True, key_of_less, 403),
        (True, renamed, 404),
        (False, renamed, 404),
    ],
)
def test_what_is_taken_away_is_taken_from_the_next_chart(
    reader: Reader, by_key: bool, change: Change, status: int
) -> None:
    assert [reader.ask(by_key=by_key).status_code for _ in range(3)] == [200] * 3
    with transaction() as session:
        change(session, reader.user_id)
    assert [reader.ask(by_key=by_key).status_code for _ in range(3)] == [status] * 3


def test_what_is_said_of_a_series_anew_is_in_the_next_chart(reader: Reader) -> None:
    assert [reader.ask().json()["series"][0]["unit"] for _ in range(3)] == ["degC"] * 3
    with transaction() as session:
        unit_told(session, reader.user_id)
    assert reader.ask().json()["series"][0]["unit"] == "K"


@pytest.mark.parametrize("by_key", [False, True])
@pytest.mark.parametrize(
    "series", [["roof/temperature"], ["roof/temperature", "cellar/temperature"]]
)
def test_a_chart_of_tables_that_are_not_this_versions_is_unavailable(
    reader: Reader, by_key: bool, series: list[str]
) -> None:
    def ask() -> int:
        return reader.ask(*series, by_key=by_key).status_code

    assert [ask() for _ in range(3)] == [200] * 3
    with transaction() as session:
        session.execute(text("ALTER TABLE series RENAME COLUMN corrected TO corrected_by"))
    assert [ask() for _ in range(3)] == [503] * 3
    with transaction() as session:
        session.execute(text("ALTER TABLE series RENAME COLUMN corrected_by TO corrected"))
    assert ask() == 200
