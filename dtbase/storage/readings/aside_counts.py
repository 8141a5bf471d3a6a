"""How many readings are set aside: by rule, by series, and how many can no longer be taken in."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dtbase.domain.readings.set_aside import (
    MOST_SERIES,
    AsideCounts,
    AsideFilter,
    Choice,
    RuleCount,
    SeriesCount,
)
from dtbase.storage.readings.taking_in import KNOWN, chosen
from dtbase.storage.tables.hypertables import HORIZON


def counts(session: Session, wanted: AsideFilter) -> AsideCounts:
    """Count what is set aside by rule and by series, the most first."""
    meant = Choice(**wanted.model_dump(), all=True)
    number = func.count().label("readings")
    edges = (func.min(KNOWN.c.time).label("first"), func.max(KNOWN.c.time).label("last"))
    by_rule = chosen(select(KNOWN.c.rule, number, *edges), meant).group_by(KNOWN.c.rule)
    names = (KNOWN.c.sensor, KNOWN.c.measure)
    by_series = chosen(select(*names, number), meant).group_by(*names).limit(MOST_SERIES)
    rules = session.execute(by_rule.order_by(number.desc(), KNOWN.c.rule))
    found = tuple(RuleCount(**row._mapping) for row in rules)  # noqa: SLF001 - the columns
    listed = session.execute(by_series.order_by(number.desc(), *names))
    return AsideCounts(
        readings=sum(each.readings for each in found),
        out_of_reach=out_of_reach(session, meant),
        rules=found,
        series=tuple(SeriesCount(**row._mapping) for row in listed),  # noqa: SLF001
    )


def out_of_reach(session: Session, meant: Choice) -> int:
    """Count what cannot be taken in any more: retention has dropped the readings of its time."""
    early = select(func.count()).join_from(
        KNOWN,
        HORIZON,
        (HORIZON.c.series_id == KNOWN.c.series_id) & (KNOWN.c.time < HORIZON.c.raw_from),
    )
    return session.scalar(chosen(early, meant)) or 0
