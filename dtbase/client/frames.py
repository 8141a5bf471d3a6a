"""Frames in and out."""

from collections.abc import Iterator
from io import BytesIO

import pandas as pd
import pyarrow as pa
from pyarrow import ipc

from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.registry.stamps import SAYING
from dtbase.errors import Invalid

LONG = ["sensor", "measure", "time", "value"]
ROWS_A_BODY = 100_000
EPOCH = pd.Timestamp(0, tz="UTC")
END_OF_EARLY = EPOCH + pd.Timedelta(days=31)


def from_arrow(body: bytes) -> pd.DataFrame:
    """Return a wide Arrow stream as a frame: times as index in its zone, series as columns."""
    with ipc.open_stream(body) as stream:
        table = stream.read_all()
    frame: pd.DataFrame = table.to_pandas(split_blocks=True).set_index("time")
    about = table.schema.metadata
    names = [str(name) for name in frame.columns]
    if about[b"dtbase.columns"].count(b","):
        pairs = [tuple(name.rsplit("/", 1)) for name in names]
        frame.columns = pd.MultiIndex.from_tuples(pairs, names=["series", "aggregate"])
    else:
        frame.columns = pd.Index(names, name="series")
    return frame


def to_bodies(frame: pd.DataFrame) -> Iterator[bytes]:
    """Return the readings of a frame as Arrow streams of bounded size."""
    long = frame if set(LONG) <= set(frame.columns) else to_long(frame)
    long = long[[*LONG, *(name for name in SAYING if name in long.columns)]]
    long = long.dropna(subset=["value"])
    if not isinstance(long["time"].dtype, pd.DatetimeTZDtype):
        raise Invalid("the times of a frame must carry a time zone", field="time")
    refuse_early(long["time"])
    for start in range(0, len(long), ROWS_A_BODY):
        yield to_arrow(long.iloc[start : start + ROWS_A_BODY])


def refuse_early(times: "pd.Series[pd.Timestamp]") -> None:
    """Refuse a frame of January 1970 alone: so come seconds that pandas takes for nanoseconds."""
    if len(times) and times.min() >= EPOCH and times.max() < END_OF_EARLY:
        raise Invalid(
            "all times of the frame lie in January 1970, as numbers do that are taken for a smaller"
            " unit: say pd.to_datetime(numbers, unit='s', utc=True)",
            field="time",
        )


def to_long(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a wide frame, aware times as index and columns sensor/measure, as a long one."""
    if not isinstance(frame.index, pd.DatetimeIndex):
        raise Invalid(
            "a frame needs times as index, or the columns sensor, measure, time and value",
            field="frame",
        )
    parts = []
    for name in frame.columns:
        key = SeriesKey.parse(str(name))
        values = frame[name].to_numpy()
        columns = {"sensor": key.sensor, "measure": key.measure, "time": frame.index}
        parts.append(pd.DataFrame({**columns, "value": values}))
    return pd.concat(parts, ignore_index=True)


def to_arrow(long: pd.DataFrame) -> bytes:
    """Write a long frame as an Arrow stream."""
    try:
        table = pa.Table.from_pandas(long, preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise Invalid(
            f"values of different kinds need a push each: {error}", field="value"
        ) from error
    sink = BytesIO()
    with ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue()
