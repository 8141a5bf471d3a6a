"""A device that pushes, and what stores its pushes by what is remembered of it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import text

from api.callers import Admission, identify
from api.key_uses import Uses
from api.readings.brought import Push
from api.readings.recalled_pushes import RecalledPushes
from api.remembered import Remembered
from api.security import Need
from dtbase.domain.people.keys import Scope
from dtbase.domain.people.users import Role, User
from dtbase.domain.readings.readings import IngestCounts
from dtbase.storage.database import transaction
from tests.threads import play

DAY = datetime(2026, 5, 1, tzinfo=UTC)
NEED = Need(role=Role.EDITOR, scope=Scope.READINGS_WRITE)
STORED = text("SELECT count(*) FROM reading")


def body(value: object = 1.0, minute: int = 0, **more: object) -> bytes:
    """Write one reading as a device sends it."""
    time = (DAY + timedelta(minutes=minute)).isoformat()
    reading = {"sensor": "roof", "measure": "temperature", "time": time, "value": value}
    return orjson.dumps({"readings": [reading | more]})


class Device(NamedTuple):
    """Somebody who pushes, by a log-in and by a key."""

    user: User
    session: str
    key: str

    def push(self, content: bytes, token: str | None = None) -> Push:
        """Bring readings."""
        admission = Admission(token or self.session, NEED.check, identify)
        return Push(admission, content, "application/json", "", 1_000_000)


class Pushes(NamedTuple):
    """Stores what those bring who are remembered."""

    remembered: Remembered

    def store(self, brought: Sequence[Push]) -> dict[int, object]:
        """Tell what became of pushes that come together, without those that are to be looked up."""
        return play(self._store(brought))

    async def _store(self, brought: Sequence[Push]) -> dict[int, object]:
        recalled = RecalledPushes(self.remembered, Uses())
        try:
            await recalled.connect()
            outcomes = await asyncio.gather(
                *(outcome(recalled, push) for push in brought), return_exceptions=True
            )
        finally:
            await recalled.close()
        return {place: each for place, each in enumerate(outcomes) if each is not None}


async def outcome(recalled: RecalledPushes, push: Push) -> IngestCounts | None:
    taken = recalled.take(push)
    return None if taken is None else await taken


def counts(**known: int) -> IngestCounts:
    names = ("received", "inserted", "replaced", "unchanged", "kept")
    return IngestCounts(**{name: known.get(name, 0) for name in names})


def stored() -> Any:
    with transaction() as session:
        return session.scalar(STORED)
