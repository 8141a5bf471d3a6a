"""Readings: pushing many series in one call, and asking for them raw or in buckets."""

from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Header, Query, Response

from api.dependencies import RefresherDep, SessionDep
from api.openapi import answers
from api.readings.answering import QueryingDep
from api.readings.pushes import Handling, PushingDep, push_shortly
from api.readings.queries import ReadingsQuery, SeriesName
from api.route import shortened
from api.security import AsksReadings, PrincipalDep, PushesReadings, WritesReadings
from dtbase.domain.readings.answers import MEDIA_TYPES, Format, accepted
from dtbase.domain.readings.queries import Grain
from dtbase.domain.readings.readings import Deleted, IngestCounts, ReadingsAnswer
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.timeranges import AwareTime, TimeRange
from dtbase.errors import Conflict, TooLarge, Unavailable
from dtbase.storage.database import take_long
from dtbase.storage.readings import deletions
from dtbase.storage.readings.readings import OnConflict, OnInvalid
from dtbase.storage.registry import series as series_storage

router = APIRouter(prefix="/readings", tags=["readings"])

NAME = {"type": "string"}
TIME = {"type": "string", "format": "date-time"}
VALUE = {"type": ["number", "boolean", "string"]}
COLUMNS: dict[str, dict[str, Any]] = {
    "sensor": NAME,
    "measure": NAME,
    "times": {"type": "array", "items": TIME},
    "values": {"type": "array", "items": VALUE},
}
SINGLE: dict[str, dict[str, Any]] = {"sensor": NAME, "measure": NAME, "time": TIME, "value": VALUE}
SAID: dict[str, dict[str, Any]] = {
    "unit": {"type": "string", "maxLength": 100, "examples": ["Wh"]},
    "stamps": {"type": "string", "enum": ["instant", "start", "end"]},
    "interval": {"type": "string", "examples": ["1h"]},
    "timezone": {"type": "string", "examples": ["Europe/Berlin"]},
}
"""What may be said of readings beside them."""

EXAMPLES = {
    "series": {
        "sensor": "EWR",
        "measure": "temperature",
        "times": ["2026-01-31T12:00:00Z", "2026-01-31T13:00:00Z"],
        "values": [3.4, 3.9],
    },
    "readings": {
        "sensor": "EWR",
        "measure": "temperature",
        "time": "2026-01-31T12:00:00Z",
        "value": 3.4,
    },
}


def list_of(name: str, properties: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Describe a body that is a list of such objects under this name."""
    each = {"type": "object", "required": [*properties], "properties": properties | SAID}
    listed = {name: {"type": "array", "items": each}}
    return {"type": "object", "title": name, "required": [name], "properties": listed}


BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"anyOf": [list_of("series", COLUMNS), list_of("readings", SINGLE)]},
                "examples": {name: {"value": {name: [one]}} for name, one in EXAMPLES.items()},
            },
            "text/csv": {
                "schema": {"type": "string"},
                "example": "sensor,measure,time,value\nEWR,temperature,2026-01-31T12:00:00Z,3.4\n",
            },
            "application/vnd.apache.arrow.stream": {
                "schema": {"type": "string", "format": "binary"}
            },
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@router.post(
    "",
    summary="Push readings",
    openapi_extra=BODY,
    responses=answers(Conflict, TooLarge, Unavailable),
)
@shortened(push_shortly)
async def push_readings(
    admission: PushesReadings,
    pushing: PushingDep,
    on_conflict: OnConflict = OnConflict.REPLACE,
    on_invalid: OnInvalid = OnInvalid.REFUSE,
) -> IngestCounts:
    """Store readings of many series, all or none.

    What the rules of its series do not believe, such as a placeholder, is set aside and counted;
    it refuses nothing. `on_invalid=set_aside` does so with errors of form too, a row at a time.

    JSON as columns or as single readings, CSV, an Arrow stream or Parquet; gzip or zstd. `unit`,
    `stamps` and `interval` say of all readings, in JSON of one series or reading, and in columns of
    a table of each row, in which unit they are and where in their intervals their times lie.
    """
    return await pushing.take(admission, Handling(on_conflict, on_invalid))


TABLES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            media_type: {"schema": {"type": "string", "format": "binary"}}
            for format_, media_type in MEDIA_TYPES.items()
            if format_ is not Format.JSON
        },
        "headers": {
            "DTBase-Bucket": {
                "description": "The bucket that was used, such as 1h, or raw.",
                "schema": {"type": "string"},
            },
            "DTBase-Source": {
                "description": "What the values were read from: raw, hour or day.",
                "schema": {"type": "string", "enum": list(Grain)},
            },
        },
    }
}


@router.get("", summary="Ask for readings", response_model=ReadingsAnswer, responses=TABLES)
async def query_readings(
    query: Annotated[ReadingsQuery, Query()],
    admission: AsksReadings,
    querying: QueryingDep,
    accept: Annotated[str, Header()] = "",
) -> Response:
    """Answer readings of many series, raw or in buckets.

    The answer and its headers name the bucket that was used and the source it was read from.
    Tables (CSV, Parquet, Arrow) may be of any size: they are streamed from one snapshot. With
    `run` or `model` predictions are answered in the same way; raw ones with the bounds of their
    intervals. With `location` the readings are those of the sensors that were there or anywhere
    in it, each only while it was there.
    """
    return await querying.answer(admission, query, query.format or accepted(accept))


@router.delete("", summary="Delete readings")
def delete_readings(  # noqa: PLR0913, PLR0917 - each is a parameter or a dependency of the route
    _writes: WritesReadings,
    asking: PrincipalDep,
    refresher: RefresherDep,
    after: BackgroundTasks,
    session: SessionDep,
    series: Annotated[SeriesName, Query(description="sensor/measure")],
    start: AwareTime,
    end: AwareTime,
) -> Deleted:
    """Delete the readings of one series in [start, end), and answer how many there were."""
    key = SeriesKey.parse(series)
    asking.check_push({key.sensor})
    (found,) = series_storage.resolve(session, [key])
    take_long(session)
    deleted = deletions.delete(session, found, TimeRange.of(start, end))
    after.add_task(refresher.note)
    return Deleted(deleted=deleted)
