"""What was corrected, as it is listed: each correction, and each reading that it changed."""

from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from dtbase.domain.paging import Listed
from dtbase.domain.readings.corrections import (
    CorrectedQuery,
    CorrectedReading,
    Correction,
    CorrectionQuery,
)
from dtbase.domain.registry.series import SeriesKey, value_of
from dtbase.errors import NotFound
from dtbase.storage import paging, tables
from dtbase.storage.registry import series
from dtbase.storage.tables.hypertables import CORRECTED, CORRECTION

NAME = (tables.Sensor.identifier + "/" + tables.Measure.name).label("series")
PLAIN = ("kind", "asked", "reason", "readings", "made_by", "made_at", "undone_by", "undone_at")
SELECTED = (
    select(
        CORRECTION.c.id,
        NAME,
        func.lower(CORRECTION.c.span).label("start"),
        func.upper(CORRECTION.c.span).label("end"),
        *(CORRECTION.c[name] for name in PLAIN),
    )
    .select_from(CORRECTION)
    .join(tables.Series, tables.Series.id == CORRECTION.c.series_id)
    .join(tables.Sensor, tables.Sensor.id == tables.Series.sensor_id)
    .join(tables.Measure, tables.Measure.id == tables.Series.measure_id)
)
ORDER = paging.Order(columns={"id": CORRECTION.c.id}, key=("id",))


def to_domain(row: Row[*tuple[Any, ...]]) -> Correction:
    return Correction(**row._mapping)  # noqa: SLF001 - the columns by their names


def get(session: Session, id_: int) -> Correction:
    """Return a correction, or raise NotFound."""
    row = session.execute(SELECTED.where(CORRECTION.c.id == id_)).one_or_none()
    if row is None:
        raise NotFound(f"no correction {id_}", field="id")
    return to_domain(row)


def page(session: Session, wanted: CorrectionQuery) -> Listed[Correction]:
    """Return one page of what was corrected, newest first unless asked otherwise."""
    query = SELECTED
    if wanted.series is not None:
        key = SeriesKey.parse(wanted.series)
        query = query.where(
            tables.Sensor.identifier == key.sensor, tables.Measure.name == key.measure
        )
    if wanted.sensor is not None:
        query = query.where(tables.Sensor.identifier == wanted.sensor)
    if wanted.measure is not None:
        query = query.where(tables.Measure.name == wanted.measure)
    return paging.page(session, query, wanted, ORDER, to_domain)


WHEN = ("", "after_", "sent_")
READINGS_ORDER = paging.Order(columns={"time": CORRECTED.c.time}, key=("time",))


def readings_of(session: Session, id_: int, wanted: CorrectedQuery) -> Listed[CorrectedReading]:
    """Return one page of what a correction has changed; retention may have taken some."""
    (resolved,) = series.resolve(session, [SeriesKey.parse(get(session, id_).series)])
    names = ("time", "after_time", "sent_time", "live")
    query = select(
        *(CORRECTED.c[name] for name in names),
        *(CORRECTED.c[f"{when}{part}"] for when in WHEN for part in ("value", "whole", "text")),
    ).where(CORRECTED.c.correction_id == id_)

    def corrected(row: Row[*tuple[Any, ...]]) -> CorrectedReading:
        times = dict(zip(names, row[:4], strict=True))
        values = {
            f"{when}value": value_of(resolved.datatype, *row[4 + 3 * place : 7 + 3 * place])
            for place, when in enumerate(WHEN)
        }
        return CorrectedReading(**times, **values)

    return paging.page(session, query, wanted, READINGS_ORDER, corrected)
