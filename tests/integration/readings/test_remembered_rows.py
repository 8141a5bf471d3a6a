"""What is remembered is held against the rows by which it was looked at, on any connection."""

import asyncio
from collections.abc import Callable, Sequence

import pytest
from psycopg import Connection
from sqlalchemy import text

from api.key_uses import Uses
from api.readings import lines
from api.readings.brought import Push
from api.readings.recalled_pushes import RecalledPushes
from dtbase.storage import database
from dtbase.storage.database import transaction
from dtbase.storage.line import Line
from dtbase.storage.registry import series
from tests.integration.readings.remembering import Device, Pushes, body, stored
from tests.threads import play

RAIN_HELD = text("""
SELECT FROM series WHERE measure_id IN (SELECT id FROM measure WHERE name = 'rain') FOR UPDATE
""")
NOTHING_ABOVE_0 = text("""
UPDATE series SET rules = :rules
 WHERE measure_id IN (SELECT id FROM measure WHERE name = 'temperature')
""")
SETTINGS = ("timezone = 'Asia/Tokyo'", "datestyle = 'SQL, DMY'", "bytea_output = 'escape'")


async def store_around(
    pushes: Pushes, change: Callable[[], object], other: Push, brought: Sequence[Push]
) -> Sequence[object]:
    """Bring a push before a change and others after it, while another one waits for a lock."""
    recalled = RecalledPushes(pushes.remembered, Uses())
    await recalled.connect()
    try:
        with transaction() as holding:
            holding.execute(RAIN_HELD)
            first = recalled.take(other)
            await asyncio.sleep(0)  # it is asked in the next turn, with what has come by then
            taken = [recalled.take(brought[0])]
            change()
            taken += [recalled.take(push) for push in brought[1:]]
        assert first is not None
        assert await first is not None
        return [None if each is None else await each for each in taken]
    finally:
        await recalled.close()


def remember_both(pushes: Pushes) -> None:
    with transaction() as session:
        found = series.find(session, [("roof", "temperature"), ("roof", "rain")])
    pushes.remembered.keep_series(found.values())


def test_what_was_looked_at_before_a_change_is_not_stored_by_what_is_known_after_it(
    device: Device, pushes: Pushes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MOST", 1)

    def change() -> None:
        with transaction() as session:
            session.execute(NOTHING_ABOVE_0, {"rules": '{"fail": {"maximum": 0}}'})
        remember_both(pushes)

    remember_both(pushes)
    brought = [device.push(body(1.0)), device.push(body(-1.0, 1))]
    other = device.push(body(measure="rain"))
    assert play(store_around(pushes, change, other, brought)) == [None, None]
    assert stored() == 1


def test_those_who_come_in_one_turn_are_stored_by_one_statement(
    device: Device, pushes: Pushes
) -> None:
    pushes.store([device.push(body(1.0, minute)) for minute in range(5)])
    with transaction() as session:
        query = text("SELECT count(*), count(DISTINCT xmin::text) FROM reading")
        assert tuple(session.execute(query).one()) == (5, 1)


async def answered_beside(pushes: Pushes, held: Push, other: Push) -> bool:
    """Bring a push while another one waits for a lock, and tell whether that one still does."""
    recalled = RecalledPushes(pushes.remembered, Uses())
    await recalled.connect()
    try:
        with transaction() as holding:
            holding.execute(RAIN_HELD)
            waits = recalled.take(held)
            await asyncio.sleep(0)
            answer = recalled.take(other)
            assert waits is not None
            assert answer is not None
            assert await answer is not None
            waiting = not waits.done()
        assert await waits is not None
    finally:
        await recalled.close()
    return waiting


def test_who_waits_for_a_lock_keeps_nobody_waiting(
    device: Device, pushes: Pushes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "hurry", be_patient)
    remember_both(pushes)
    assert play(answered_beside(pushes, device.push(body(measure="rain")), device.push(body())))


def be_patient(connection: Connection, _: object) -> None:
    """Let statements wait for locks so long that nothing gets through because they give up."""
    connection.execute("SET lock_timeout = '20s'")
    connection.commit()


def test_who_is_remembered_by_a_connection_is_known_to_one_with_other_settings(
    device: Device, pushes: Pushes
) -> None:
    with transaction() as session:
        name = session.scalar(text("SELECT current_database()"))
        for setting in SETTINGS:
            session.execute(text(f'ALTER DATABASE "{name}" SET {setting}'))
    outcomes = pushes.store([device.push(body(), token) for token in (device.session, device.key)])
    assert len(outcomes) == 2


async def forget_and_ask_again() -> bool:
    """Ask a statement that forgets itself twice, and tell whether its connection is given up."""
    loop = asyncio.get_running_loop()
    line = await loop.run_in_executor(None, Line.open, b"DEALLOCATE ALL")
    line.watch(loop)
    for _ in range(2):
        answer = loop.create_future()
        line.ask({}, answer.set_result)
        assert await answer is None
    lost = line.lost
    line.close()
    return lost


def test_a_connection_that_has_forgotten_its_statement_is_made_again(own_environment: str) -> None:
    assert play(forget_and_ask_again())
