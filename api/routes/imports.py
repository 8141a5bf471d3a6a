"""Files of readings, sent as they are."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Path, Query, Request, Response

from api.dependencies import RefresherDep, SessionDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.readings.imports import ImportingDep, ImportOptions
from api.security import PrincipalDep, PushesReadings, ReadsRegistry, WritesReadings
from dtbase.domain.imports.imports import Import, ImportQuery, NewImport, Undone
from dtbase.domain.imports.reports import ImportAnswer, ImportReport
from dtbase.errors import Conflict, NotFound, TooLarge, Unavailable
from dtbase.storage.database import take_long
from dtbase.storage.imports import imports

router = APIRouter(prefix="/imports", tags=["imports"])

ImportId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Behind = Annotated[
    int | None,
    Query(ge=1, le=2**63 - 1, description="The `next` of the request before, to undo the rest."),
]

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


@router.get("", responses=PAGED, summary="List imports")
def list_imports(
    wanted: Annotated[ImportQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRegistry,
    session: SessionDep,
) -> Sequence[Import]:
    """List what was imported, by whom, and what became of it, the newest first."""
    return linked(request, response, imports.page(session, wanted))


@router.post("/begin", summary="Begin an import piece by piece")
def begin_import(_writes: WritesReadings, new: NewImport, session: SessionDep) -> Import:
    """Begin an import of a file that its sender reads; `POST /v1/readings` takes its `import_id`.

    With `resumes` one that stopped goes on, if it is the caller's own and was not undone.
    """
    return imports.begin(session, new)


@router.get("/{import_id}", responses=answers(NotFound), summary="Show an import")
def get_import(import_id: ImportId, _reads: ReadsRegistry, session: SessionDep) -> Import:
    """Show who imported a file, how it was read, and what became of it."""
    return imports.get(session, import_id)


@router.post("/{import_id}/end", responses=answers(NotFound, Conflict), summary="End an import")
def end_import(
    _writes: WritesReadings, import_id: ImportId, report: ImportReport, session: SessionDep
) -> Import:
    """Say what became of a file that was pushed piece by piece."""
    return imports.end(session, import_id, report)


@router.post("/{import_id}/undo", responses=answers(NotFound, Conflict), summary="Undo an import")
def undo_import(
    _writes: WritesReadings,
    asking: PrincipalDep,
    refresher: RefresherDep,
    after: BackgroundTasks,
    session: SessionDep,
    import_id: ImportId,
    before: Behind = None,
) -> Undone:
    """Take back what an import stored, wherever it still stands as the import stored it.

    What it replaced is put back; what was changed, corrected or deleted since is left as it is and
    counted. A long import takes several requests: ask again with `before` while there is a `next`.
    Sensors that were made on the way stay.
    """
    asking.check_push(imports.sensors_of(session, import_id))
    take_long(session)
    undone = imports.undo(session, import_id, before)
    after.add_task(refresher.note)
    return undone
