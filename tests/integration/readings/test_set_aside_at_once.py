"""Several people choose among what is set aside at the same moment: each reading has one fate."""

from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text

from dtbase.domain.readings.set_aside import Choice, Dropped, TakenIn
from dtbase.errors import NotAllowed
from dtbase.storage.database import transaction
from dtbase.storage.readings import taking_in
from tests.factories import add_sensor

pytestmark = pytest.mark.usefixtures("own_environment")

ROUNDS = 5
MANY = 2_000
ALL = Choice(all=True)
ASIDE = """
INSERT INTO reading_aside (series_id, sensor, measure, time, raw, rule)
SELECT :id, :sensor, 'temperature', '2026-05-01Z'::timestamptz + number * interval '1 second',
       number::text, 'fail'
  FROM generate_series(1, :many) number
"""

Fate = TakenIn | Dropped


def set_aside(sensor: str, many: int) -> None:
    """Set readings of a new sensor aside."""
    with transaction() as session:
        series_id = add_sensor(session, sensor)["temperature"].id
        session.execute(text(ASIDE), {"id": series_id, "sensor": sensor, "many": many})


def anybody(_: Collection[str]) -> None:
    """Refuse nobody."""


def take_in() -> Fate:
    with transaction() as session:
        return taking_in.take_in(session, ALL, anybody)


def drop() -> Fate:
    with transaction() as session:
        return taking_in.drop(session, ALL, anybody)


def stored() -> int:
    with transaction() as session:
        return session.scalar(text("SELECT count(*) FROM reading")) or 0


def aside() -> int:
    with transaction() as session:
        return session.scalar(text("SELECT count(*) FROM reading_aside")) or 0


def at_once(tasks: Collection[Callable[[], Fate]]) -> list[Fate]:
    barrier = Barrier(len(tasks))

    def begin(task: Callable[[], Fate]) -> Fate:
        barrier.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return [*pool.map(begin, tasks)]


@pytest.mark.parametrize(
    "tasks",
    [(take_in, take_in), (take_in, drop), (drop, drop), (take_in, drop, take_in, drop)],
    ids=["two take in", "one takes in and one drops", "two drop", "four"],
)
def test_each_reading_is_taken_in_or_dropped_once(tasks: Collection[Callable[[], Fate]]) -> None:
    taken = 0
    for number in range(ROUNDS):
        set_aside(f"pole-{number}", MANY)
        fates: Counter[str] = Counter()
        for fate in at_once(tasks):
            fates.update(fate.model_dump())
        assert (fates["taken_in"] + fates["dropped"], fates["clashing"]) == (MANY, 0)
        taken += fates["taken_in"]
    assert (aside(), stored()) == (0, taken)


def test_what_is_dropped_while_it_is_being_taken_in_stays_dropped() -> None:
    set_aside("pole", 3)
    with transaction() as session:
        found = taking_in.take_in(session, ALL, lambda _: (drop(), None)[1])
    assert (found.taken_in, found.clashing, stored()) == (0, 0, 0)


def test_what_is_set_aside_of_another_sensor_meanwhile_is_not_meant() -> None:
    set_aside("mine", 3)

    def checked(sensors: Collection[str]) -> None:
        assert {*sensors} == {"mine"}
        set_aside("theirs", 2)

    with transaction() as session:
        assert taking_in.take_in(session, ALL, checked).taken_in == 3
    assert aside() == 2


def test_who_may_not_touch_a_sensor_changes_nothing() -> None:
    set_aside("theirs", 3)

    def refuse(sensors: Collection[str]) -> None:
        raise NotAllowed(f"the key may not push to {', '.join(sensors)}")

    for choose in (taking_in.take_in, taking_in.drop):
        with pytest.raises(NotAllowed, match="theirs"), transaction() as session:
            choose(session, ALL, refuse)
    assert (aside(), stored()) == (3, 0)
