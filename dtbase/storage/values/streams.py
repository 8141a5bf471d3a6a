"""Reading values of any number piece by piece, so that they can be streamed in constant memory."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dtbase.domain.readings.buckets import Bucket, edge_before, to_utc
from dtbase.domain.readings.columns import Columns
from dtbase.domain.readings.queries import Bucketing, Fill
from dtbase.domain.timeranges import TimeRange
from dtbase.storage.values import reads
from dtbase.storage.values.arrays import column_cursor
from dtbase.storage.values.plans import Plan

MOST_AT_ONCE = 1_000_000
"""How many values a wide table reads at once, over all its series."""

LONGEST_TO_MEAN = 1.1
"""No bucket is longer than this times its mean length, such as a month of 31 days."""


Piece = tuple[int, Columns]
"""Some values of one series, and the place of that series in the plan."""


def stream_long(session: Session, plan: Plan) -> Iterator[Piece]:
    """Read series after series, each in order of time."""
    if plan.bucketing is not None:
        yield from long_buckets(session, plan, plan.bucketing)
        return
    with column_cursor(session) as cursor:
        for place, series in enumerate(plan.series):
            for page in reads.pages(cursor, series, plan, reads.PAGE):
                yield place, page


def long_buckets(session: Session, plan: Plan, how: Bucketing) -> Iterator[Piece]:
    """Read buckets of many series at once where they are few, else of one."""
    buckets = int(plan.span.seconds / how.bucket.seconds) + 1
    together = max(1, reads.PAGE // buckets)
    for first in range(0, len(plan.series), together):
        for span in slices_of(plan.span, how, reads.PAGE):
            section = plan.section(first, first + together, span)
            yield from enumerate(reads.bucketed(session, section, how), first)


def stream_wide(session: Session, plan: Plan) -> Iterator[Sequence[Columns]]:
    """Read windows of time, each with the values that every series has in it."""
    if not plan.series:
        return
    share = min(reads.PAGE, MOST_AT_ONCE // len(plan.series))
    if plan.bucketing is not None:
        for span in slices_of(plan.span, plan.bucketing, share):
            yield reads.bucketed(session, replace(plan, span=span), plan.bucketing)
        return
    with column_cursor(session) as cursor:
        yield from windows([reads.pages(cursor, one, plan, share) for one in plan.series])


def windows(readers: Sequence[Iterator[Columns]]) -> Iterator[Sequence[Columns]]:
    """Cut what several readers bring into windows of time that no reader can add to."""
    held = [next(reader) for reader in readers]
    ended = [False] * len(readers)
    while True:
        for place, reader in enumerate(readers):
            if not len(held[place]) and not ended[place]:
                page = next(reader, None)
                ended[place] = page is None
                held[place] = held[place] if page is None else page
        if not any(map(len, held)):
            return
        reached = [
            columns.times[-1]
            for columns, end in zip(held, ended, strict=True)
            if not end and len(columns)
        ]
        cuts = [
            int(columns.times.searchsorted(min(reached), side="right")) if reached else len(columns)
            for columns in held
        ]
        yield [columns.part(0, cut) for columns, cut in zip(held, cuts, strict=True)]
        held = [columns.part(cut) for columns, cut in zip(held, cuts, strict=True)]


def slices_of(span: TimeRange, how: Bucketing, most: int) -> Iterator[TimeRange]:
    """Cut a range at edges of buckets; not at all where gaps are filled from known values."""
    start, length = span.start, how.bucket.seconds * (most + 1)
    while start < span.end:
        end = span.end
        if how.fill in {Fill.NONE, Fill.NULL} and (end - start).total_seconds() > length:
            cut = cut_after(how.bucket, start + timedelta(seconds=length), how.zone)
            end = min(cut, end)
        yield TimeRange.of(start, end)
        start = end


def cut_after(bucket: Bucket, time: datetime, zone: ZoneInfo) -> datetime:
    """Return the edge before a time, or the next one that the clocks pass exactly once."""
    edge = edge_before(bucket, time, zone)
    if bucket.fixed:
        return edge
    beyond = timedelta(seconds=bucket.seconds * LONGEST_TO_MEAN)
    while not passed_once(edge, zone):
        edge = edge_before(bucket, to_utc(edge, zone) + beyond, zone)
    return to_utc(edge, zone)


def passed_once(local: datetime, zone: ZoneInfo) -> bool:
    """Tell whether clocks show a time exactly once, neither twice nor never."""
    first, second = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return first == second
