"""Notes: seen by everybody, changed by their authors and by admins."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.dependencies import SessionDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.security import ReadsRegistry, WritesRegistry
from api.versions import ADDED, SHOWN, IfMatch, tagged
from dtbase.domain.registry.notes import NewNote, Note, NoteChange, NoteQuery
from dtbase.errors import Conflict, NotFound, Stale
from dtbase.storage.registry import notes

router = APIRouter(prefix="/notes", tags=["notes"])

LARGEST_ID = 2**31 - 1
NoteId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("", responses=PAGED, summary="List notes")
def list_notes(
    wanted: Annotated[NoteQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRegistry,
    session: SessionDep,
) -> Sequence[Note]:
    """List those notes that fit, a page at a time, the newest first.

    With `series` they are all that concern these: notes on them, on their sensors, and on the
    locations where these were at the time.
    """
    return linked(request, response, notes.page(session, wanted))


@router.post("", status_code=201, responses=ADDED | answers(Conflict), summary="Write a note")
def add_note(author: WritesRegistry, new: NewNote, response: Response, session: SessionDep) -> Note:
    """Write a note on a series, a sensor or a location, at a time or over a range."""
    added = notes.add(session, new, author)
    response.headers["Location"] = f"/v1/notes/{added.id}"
    return tagged(response, added)


@router.get("/{note_id}", responses=SHOWN | answers(NotFound), summary="Show a note")
def get_note(
    note_id: NoteId, response: Response, _reads: ReadsRegistry, session: SessionDep
) -> Note:
    """Show a note and who wrote it."""
    return tagged(response, notes.get(session, note_id))


@router.patch("/{note_id}", responses=SHOWN | answers(NotFound, Stale), summary="Change a note")
def update_note(
    person: WritesRegistry,
    note_id: NoteId,
    change: NoteChange,
    expected: IfMatch,
    response: Response,
    session: SessionDep,
) -> Note:
    """Change what one's own note says or when it is about; admins change everybody's."""
    return tagged(response, notes.update(session, note_id, change, person, expected))


@router.delete(
    "/{note_id}", status_code=204, responses=answers(NotFound, Stale), summary="Delete a note"
)
def delete_note(
    person: WritesRegistry, note_id: NoteId, expected: IfMatch, session: SessionDep
) -> None:
    """Delete one's own note; admins delete everybody's. The log of changes keeps it."""
    notes.delete(session, note_id, person, expected)
