"""What is unusual about series: one judgement, for Overview and for a sensor's page alike."""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from dtbase.domain.glance.overview import UNSTEADY, Concern, habitual_pause, reports
from dtbase.domain.registry.measures import Datatype
from dtbase.storage import values
from dtbase.storage.glance import days
from dtbase.storage.glance.days import Day
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values import Expected, Lately


class Seen(NamedTuple):
    """What is known of the readings of one series."""

    lately: Lately | None
    day: Day | None
    expected: Expected | None
    moves: bool


class Unusual(NamedTuple):
    """What is unusual, and since when."""

    concern: Concern | None = None
    since: datetime | None = None


class Judged(NamedTuple):
    """A series as it is seen, when it would be silent, and what is unusual about it."""

    seen: Seen
    due: datetime | None
    unusual: Unusual


def judge(
    session: Session, known: Sequence[Resolved], now: datetime, *, all_of_them: bool = False
) -> Mapping[int, Judged]:
    """Judge series, by their ids.

    Where they are all that there are, `all_of_them` spares telling the database which.
    """
    span = days.hours_until(now)
    ids = None if all_of_them else [each.id for each in known]
    last = values.last_with_rhythm(session, now, ids)
    day = days.find(session, known, span)
    still = [id_ for id_, each in day.items() if each.still_since is not None]
    moves = values.moved_of_late(session, still, span)
    said = values.expected_of(session, last, now)
    due = due_of(session, known, last, now)
    found = {}
    for each in known:
        seen = Seen(last.get(each.id), day.get(each.id), said.get(each.id), each.id in moves)
        found[each.id] = Judged(seen, due.get(each.id), unusual_of(seen, due.get(each.id), now))
    return found


def due_of(
    session: Session, known: Sequence[Resolved], last: Mapping[int, Lately], now: datetime
) -> Mapping[int, datetime]:
    """Return when series are silent if nothing comes, by their ids.

    While its sensor reports it may pause as it does by habit; what comes only at times never is.
    """
    due = {each.id: at for each in known if (at := due_at(each.datatype, last.get(each.id)))}
    reporting = [each for each in known if each.id in due and due[each.id] >= now]
    reporting.sort(key=lambda each: every(last[each.id]), reverse=True)
    beside = {each.sensor: each.id for each in reporting}  # the one that reports most often
    doubtful = {
        each.id: beside[each.sensor]
        for each in known
        if each.id in due and due[each.id] < now and each.sensor in beside
    }
    hours = values.hours_of_late(session, {*doubtful, *doubtful.values()}, now)
    for id_, other in doubtful.items():
        until = last[id_].time
        others = bisect_right(hours.get(other, ()), until.timestamp())
        pause = habitual_pause(hours.get(id_, ()), others)
        if math.isinf(pause):
            del due[id_]
        else:
            due[id_] = max(due[id_], until + timedelta(seconds=UNSTEADY * pause))
    return due


def every(lately: Lately) -> float:
    return lately.rhythm.every if lately.rhythm is not None else math.inf


def due_at(datatype: Datatype, last: Lately | None) -> datetime | None:
    """Return when a series is silent if nothing comes; one without a rhythm never is."""
    if last is None or last.rhythm is None or not reports(datatype, last.rhythm):
        return None
    return last.time + timedelta(seconds=last.rhythm.patience)


def unusual_of(seen: Seen, due: datetime | None, now: datetime) -> Unusual:
    """Return the gravest thing that is unusual."""
    last = seen.lately
    if last is None:
        return Unusual()
    if due is not None and due < now:
        return Unusual(Concern.SILENT, last.time)
    if lies_outside(last.value, seen.expected):
        return Unusual(Concern.OUTSIDE, last.time)
    if seen.day is not None and seen.day.still_since is not None and seen.moves:
        return Unusual(
            Concern.STUCK, days.hours_until(now).start + timedelta(hours=seen.day.still_since)
        )
    return Unusual()


def lies_outside(value: float | None, said: Expected | None) -> bool:
    """Tell whether a value lies outside the widest interval that was foretold for it."""
    if value is None or said is None or said.lower is None or said.upper is None:
        return False
    return not said.lower <= value <= said.upper
