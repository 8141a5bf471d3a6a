"""Storing in one statement what devices send most: numbers of those who are remembered.

Who asks and which series are named is remembered (`api/remembered.py`); the statement that stores
the readings sees whether all of it is still so, and else stores nothing. Whatever is not plain, and
whatever would be refused, is left to those who look everything up.
"""

from asyncio import Future, Handle, get_running_loop
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from api.callers import Admission, Principal
from api.key_uses import Uses
from api.rates import get_rates
from api.readings.brought import AloneError, Push
from api.readings.lines import Lines
from api.remembered import Remembered, recalled
from dtbase.domain.readings.readings import IngestCounts
from dtbase.errors import DTBaseError
from dtbase.storage.line import Line, Row
from dtbase.storage.readings.shared_writes import (
    MOST_ROWS,
    REPLACE_RECALLED,
    Key,
    Single,
    recalled_parameters,
    written_of,
)
from dtbase.storage.readings.sifting import stands_alone
from dtbase.storage.registry.series import Resolved


class Ready(NamedTuple):
    """A push of which all is remembered, and whose readings can be stored as they are."""

    admission: Admission
    asking: Principal
    series: Sequence[Resolved]
    singles: Mapping[Key, Single]

    def counts(self, written: Mapping[Key, bool]) -> IngestCounts:
        """Count what became of its readings; `written` tells which were new."""
        own = [written[key] for key in self.singles if key in written]
        received, inserted = len(self.singles), sum(own)
        return IngestCounts(
            received=received,
            inserted=inserted,
            replaced=len(own) - inserted,
            unchanged=received - len(own),
            kept=0,
        )


class Waiting(NamedTuple):
    """A push that is ready, and the request that waits for what becomes of it."""

    ready: Ready
    answer: Future[IngestCounts | None]

    def tell(self, outcome: IngestCounts | Exception | None) -> None:
        """Let the request go on, unless it has gone."""
        if self.answer.done():
            return
        if isinstance(outcome, Exception):
            self.answer.set_exception(outcome)
        else:
            self.answer.set_result(outcome)


class RecalledPushes:
    """Stores the pushes of those who are remembered, from the event loop itself."""

    def __init__(self, remembered: Remembered, uses: Uses) -> None:
        """Wait for the first one."""
        self._remembered = remembered
        self._uses = uses
        self._waiting: deque[Waiting] = deque()
        self._lines = Lines(REPLACE_RECALLED, self._serve)
        self._serving: Handle | None = None

    def take(self, push: Push) -> Future[IngestCounts | None] | None:
        """Take a push that can be stored so; others, and those of None, are to be looked up."""
        if not self._lines.open:
            return None
        ready = self.ready(push)
        if ready is None:
            return None
        ready.admission.admit_among({ready.admission.token: ready.asking})
        waiting = Waiting(ready, get_running_loop().create_future())
        self._waiting.append(waiting)
        self._serve_soon()
        return waiting.answer

    async def connect(self) -> None:
        """Wait until there is a connection, if there can be one."""
        await self._lines.connect()

    async def close(self) -> None:
        """End the connections."""
        await self._lines.close()

    def ready(self, push: Push) -> Ready | None:
        """Look at a push with what is remembered; None where anything is unknown or unusual."""
        asking = self._remembered.caller(push.admission)
        numbers = None if asking is None else push.numbers()
        if asking is None or not numbers:
            return None
        series = self._remembered.series((each.sensor, each.measure) for each in numbers)
        if series is None or not may(push.admission, asking, {each.sensor for each in numbers}):
            return None
        singles, now = {}, datetime.now(UTC)
        for sensor, measure, time, value in numbers:
            resolved = series[sensor, measure]
            if not stands_alone(resolved, time, value, now):
                return None
            single = Single(resolved.id, time, value)
            singles[single.key] = single
        if len(singles) < len(numbers):
            return None
        return Ready(push.admission, asking, [*series.values()], singles)

    def _serve_soon(self) -> None:
        """Send what waits once the loop has read what else has come meanwhile."""
        if self._serving is None and self._waiting:
            self._serving = get_running_loop().call_soon(self._serve)

    def _serve(self) -> None:
        """Send what waits, as long as a connection is idle."""
        self._serving = None
        while self._waiting and (line := self._lines.idle()) is not None:
            group = self._group()
            all_ready = [each.ready for each in group]
            asked = recalled(
                (each.asking for each in all_ready),
                (one for each in all_ready for one in each.series),
            )
            singles = [one for each in all_ready for one in each.singles.values()]
            line.ask(recalled_parameters(asked, singles), partial(self._heard, line, group))
        if not self._lines.hopeful:
            while self._waiting:
                self._pass_on(self._waiting.popleft())

    def _group(self) -> Sequence[Waiting]:
        """Take those who have come, of whom none brings the reading of another."""
        group: list[Waiting] = []
        taken: set[Key] = set()
        while self._waiting:
            singles = self._waiting[0].ready.singles
            full = group and len(taken) + len(singles) > MOST_ROWS
            if full or not taken.isdisjoint(singles):
                break
            taken |= singles.keys()
            group.append(self._waiting.popleft())
        return group

    def _heard(self, line: Line, group: Sequence[Waiting], rows: Sequence[Row] | None) -> None:
        """Tell each of a group what became of it."""
        self._lines.release(line)
        if rows is None:
            for each in group:
                self._pass_on(each, AloneError())
        elif (written := written_of(rows)) is None:
            for each in group:
                self._remembered.forget([each.ready.admission.token], each.ready.series)
                self._pass_on(each)
        else:
            for each in group:
                each.tell(each.ready.counts(written))
                self._remembered.note_use(each.ready.admission, each.ready.asking, self._uses)
        self._serve_soon()

    @staticmethod
    def _pass_on(waiting: Waiting, why: AloneError | None = None) -> None:
        """Leave a push to those who look everything up, where it is counted again."""
        get_rates().take_back(waiting.ready.asking.caller)
        waiting.tell(why)


def may(admission: Admission, asking: Principal, sensors: set[str]) -> bool:
    """Tell whether somebody may push to sensors, going by what is remembered."""
    try:
        admission.check(asking)
        asking.check_push(sensors)
    except DTBaseError:
        return False
    return True
