"""Files of readings, sent as they are."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.openapi import answers
from api.readings.imports import ImportingDep, ImportOptions
from api.security import PushesReadings
from dtbase.domain.imports.reports import ImportAnswer
from dtbase.errors import Conflict, TooLarge, Unavailable

router = APIRouter(prefix="/imports", tags=["imports"])

FILE = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@router.post(
    "",
    summary="Import a file",
    openapi_extra=FILE,
    responses=answers(Conflict, TooLarge, Unavailable),
)
async def import_file(
    admission: PushesReadings,
    importing: ImportingDep,
    options: Annotated[ImportOptions, Query()],
) -> ImportAnswer:
    """Import a file whole or not at all: CSV of any dialect, a spreadsheet, Parquet, packed or not.

    It is read by a profile, or as it looks; what that is not sure of is refused. A dry run stores
    nothing, and answers the profile, what is not sure of it, the first readings as they would be
    stored, and the first hundred rules that rows break. `register_new` needs the scope
    `registry:write` of a key.
    """
    return await importing.take(admission, options)
