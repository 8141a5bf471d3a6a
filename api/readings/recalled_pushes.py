"""Storing in one statement what devices send most: numbers of those who are remembered.

Who asks and which series are named is remembered (`api/remembered.py`); the statement that stores
the readings sees whether all of it is still so, and else stores nothing. Whatever is not plain, and
whatever would be refused, is left to those who look everything up.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from api.callers import Admission, Principal
from api.key_uses import Uses
from api.rates import get_rates
from api.readings.brought import AloneError, Push
from api.remembered import Remembered, recalled
from dtbase.domain.readings.judging import now
from dtbase.domain.readings.readings import IngestCounts
from dtbase.errors import DTBaseError
from dtbase.storage.database import single_statements
from dtbase.storage.people.bearers import used_lately
from dtbase.storage.readings.shared_writes import MOST_ROWS, Key, Single, write_recalled
from dtbase.storage.readings.sifting import stands_alone
from dtbase.storage.registry.series import Resolved

logger = logging.getLogger(__name__)

Outcomes = dict[int, IngestCounts | Exception]
"""What became of pushes, by their places among others."""


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


@dataclass(frozen=True)
class RecalledPushes:
    """Stores the pushes of those who are remembered."""

    remembered: Remembered
    uses: Uses

    def store(self, pushes: Sequence[Push]) -> Outcomes:
        """Store what can be stored so, and tell what became of it; the rest is left out."""
        ready = self.ready_among(pushes)
        outcomes: Outcomes = {}
        admitted: dict[int, Ready] = {}
        for place, one in ready.items():
            try:
                one.admission.admit_among({one.admission.token: one.asking})
                admitted[place] = one
            except DTBaseError as refusal:
                outcomes[place] = refusal
        return outcomes | self.write(admitted) if admitted else outcomes

    def ready_among(self, pushes: Sequence[Push]) -> Mapping[int, Ready]:
        """Return those that can be stored together; none brings the reading of another."""
        found: dict[int, Ready] = {}
        taken: set[Key] = set()
        at = now()
        for place, push in enumerate(pushes):
            one = self.ready(push, at)
            if one is None or len(taken) + len(one.singles) > MOST_ROWS:
                continue
            if taken.isdisjoint(one.singles):
                found[place] = one
                taken |= one.singles.keys()
        return found

    def ready(self, push: Push, at: np.datetime64) -> Ready | None:
        """Look at a push with what is remembered; None where anything is unknown or unusual."""
        asking = self.remembered.caller(push.admission)
        numbers = None if asking is None else push.numbers()
        if asking is None or not numbers:
            return None
        series = self.remembered.series((each.sensor, each.measure) for each in numbers)
        if series is None or not may(push.admission, asking, {each.sensor for each in numbers}):
            return None
        singles = {}
        for sensor, measure, time, value in numbers:
            resolved = series[sensor, measure]
            if not stands_alone(resolved, time, value, at):
                return None
            single = Single(resolved.id, time, value)
            singles[single.key] = single
        if len(singles) < len(numbers):
            return None
        return Ready(push.admission, asking, [*series.values()], singles)

    def write(self, admitted: Mapping[int, Ready]) -> Outcomes:
        """Store what several bring; where anything is not as remembered, look everything up."""
        series = [one for each in admitted.values() for one in each.series]
        callers = [each.asking for each in admitted.values()]
        singles = [one for each in admitted.values() for one in each.singles.values()]
        try:
            with single_statements() as driver:
                written = write_recalled(driver, recalled(callers, series), singles)
        except Exception as error:
            logger.info("%s requests are stored one by one: %s", len(admitted), error)
            return {place: AloneError() for place in admitted}
        if written is None:
            self.remembered.forget([each.admission.token for each in admitted.values()], series)
            for asking in callers:
                get_rates().take_back(asking.caller)
            return {}
        for each in admitted.values():
            self.note_use(each)
        return {place: each.counts(written) for place, each in admitted.items()}

    def note_use(self, one: Ready) -> None:
        """Note that a key was used, to the minute."""
        key, moment = one.asking.key, datetime.now(UTC)
        if key is not None and not used_lately(key, moment):
            self.uses.note(key.id)
            used = key.model_copy(update={"last_used_at": moment})
            known = {one.admission.token: one.asking.model_copy(update={"key": used})}
            self.remembered.keep_callers(known)


def may(admission: Admission, asking: Principal, sensors: set[str]) -> bool:
    """Tell whether somebody may push to sensors, going by what is remembered."""
    try:
        admission.check(asking)
        asking.check_push(sensors)
    except DTBaseError:
        return False
    return True
