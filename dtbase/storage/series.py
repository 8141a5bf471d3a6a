"""Finding series, and the last value of each."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Select, String, bindparam, column, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from dtbase.domain.measures import Datatype, Statistic
from dtbase.domain.series import Labels, LatestReading, Series, SeriesKey, Value
from dtbase.errors import NotFound
from dtbase.storage import tables
from dtbase.storage.sensors import LATEST_INSTALLATION


class Resolved(NamedTuple):
    """A series that exists, with what reading and writing it takes."""

    id: int
    sensor: str
    measure: str
    unit: str | None
    datatype: Datatype
    statistic: Statistic

    @property
    def key(self) -> SeriesKey:
        """Return the name of the series."""
        return SeriesKey(sensor=self.sensor, measure=self.measure)

    @property
    def labels(self) -> Labels:
        """Return what an answer says of the series."""
        return Labels(
            sensor=self.sensor,
            measure=self.measure,
            unit=self.unit,
            datatype=self.datatype,
            statistic=self.statistic,
        )


def select_resolved() -> Select[int, str, str, str | None, str, str]:
    """Select series with the columns of Resolved."""
    return (
        select(
            tables.Series.id,
            tables.Sensor.identifier,
            tables.Measure.name,
            tables.Measure.unit,
            tables.Measure.datatype,
            tables.Measure.statistic,
        )
        .join(tables.Sensor, tables.Sensor.id == tables.Series.sensor_id)
        .join(tables.Measure, tables.Measure.id == tables.Series.measure_id)
    )


WANTED = (
    func.unnest(
        bindparam("sensors", type_=ARRAY(String)), bindparam("measures", type_=ARRAY(String))
    )
    .table_valued(column("sensor", String), column("measure", String))
    .render_derived(name="wanted")
)
FOUND = select_resolved().join(
    WANTED,
    (WANTED.c.sensor == tables.Sensor.identifier) & (WANTED.c.measure == tables.Measure.name),
)
HELD = FOUND.order_by(tables.Series.id).with_for_update(
    of=(tables.Series, tables.Measure), read=True, key_share=True
)
"""Written once, because building a statement takes longer than running it; run past the ORM.

Held in one order, series before measures, as by those who delete them, so that nobody deadlocks.
"""


def find(
    session: Session, keys: Sequence[tuple[str, str]], *, hold: bool = False
) -> dict[tuple[str, str], Resolved]:
    """Return the series that exist among (sensor, measure) names.

    Held ones can neither be deleted nor change their datatype before the transaction ends.
    """
    names = {
        "sensors": [sensor for sensor, _ in keys],
        "measures": [measure for _, measure in keys],
    }
    session.flush()
    rows = session.connection().execute(HELD if hold else FOUND, names)
    found = [
        Resolved(id_, sensor, measure, unit, Datatype(datatype), Statistic(statistic))
        for id_, sensor, measure, unit, datatype, statistic in rows
    ]
    return {(series.sensor, series.measure): series for series in found}


def resolve(session: Session, keys: Sequence[SeriesKey]) -> Sequence[Resolved]:
    """Return the series of these names in their order, or raise NotFound naming the missing."""
    found = find(session, [(key.sensor, key.measure) for key in keys])
    missing = [str(key) for key in keys if (key.sensor, key.measure) not in found]
    if missing:
        raise NotFound(f"no series {', '.join(missing)}", field="series")
    return [found[key.sensor, key.measure] for key in keys]


def list(session: Session) -> Sequence[Series]:
    """Return every series by sensor and measure."""
    rows = session.execute(
        select_resolved()
        .add_columns(tables.Sensor.name, tables.SensorType.name, LATEST_INSTALLATION.c.identifier)
        .join(tables.SensorType, tables.SensorType.id == tables.Sensor.sensor_type_id)
        .join(
            tables.SensorTypeMeasure,
            (tables.SensorTypeMeasure.sensor_type_id == tables.SensorType.id)
            & (tables.SensorTypeMeasure.measure_id == tables.Measure.id),
            isouter=True,
        )
        .outerjoin(LATEST_INSTALLATION, LATEST_INSTALLATION.c.sensor_id == tables.Sensor.id)
        .order_by(tables.Sensor.identifier, tables.SensorTypeMeasure.position)
    )
    return [
        Series(
            sensor=sensor,
            sensor_name=sensor_name,
            sensor_type=sensor_type,
            location=location,
            measure=measure,
            unit=unit,
            datatype=Datatype(datatype),
            statistic=Statistic(statistic),
        )
        for (
            _,
            sensor,
            measure,
            unit,
            datatype,
            statistic,
            sensor_name,
            sensor_type,
            location,
        ) in rows
    ]


LATEST = text("""
SELECT sensor.identifier, measure.name, measure.datatype,
       last.time, last.value, last.whole, last.text
  FROM series
  JOIN sensor ON sensor.id = series.sensor_id
  JOIN measure ON measure.id = series.measure_id
  LEFT JOIN LATERAL (
    SELECT time, value, whole, text FROM reading
     WHERE series_id = series.id ORDER BY time DESC LIMIT 1) last ON true
 ORDER BY sensor.identifier, measure.name
""")


def latest(session: Session) -> Sequence[LatestReading]:
    """Return the last value of every series, by sensor and measure."""
    return [
        LatestReading(
            sensor=sensor,
            measure=measure,
            time=time,
            value=value_of(Datatype(datatype), value, whole, string),
        )
        for sensor, measure, datatype, time, value, whole, string in session.execute(LATEST)
    ]


def value_of(
    datatype: Datatype, value: float | None, whole: int | None, string: str | None
) -> Value | None:
    """Return a stored value as its datatype says."""
    if datatype is Datatype.STRING or value is None:
        return string
    if datatype is Datatype.BOOLEAN:
        return value != 0
    if datatype is Datatype.INTEGER:
        return int(value) if whole is None else whole
    return value
