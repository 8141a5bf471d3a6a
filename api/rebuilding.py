"""What numbers mean changes over stored data: a run stores them anew, and the answer names it."""

from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends, Response
from sqlalchemy.orm import Session

from api.delivering import hand_over
from api.dependencies import SessionDep
from api.versions import ETAG, T, tagged
from dtbase.storage.services import asking

HEADER = "Rebuild-Run"
TOLD = {
    HEADER: {
        "description": "The run of the service `rebuild` that stores aggregates anew, if one is"
        " needed: numbers mean something else now. Reads are exact meanwhile.",
        "schema": {"type": "integer"},
    }
}
CHANGED: dict[int | str, dict[str, Any]] = {200: {"headers": {**ETAG, **TOLD}}}
APPLIED: dict[int | str, dict[str, Any]] = {200: {"headers": TOLD}}
"""What the document says of answers to changes."""


class Rebuilding:
    """Asks for a run where a request has changed what stored numbers mean."""

    def __init__(self, session: Session, response: Response, background: BackgroundTasks) -> None:
        """Tell of it in the request's answer."""
        self._session, self._response, self._background = session, response, background

    def told(self, thing: T) -> T:
        """Return what was changed, its version in the answer's header, and name the run."""
        self.ask()
        return tagged(self._response, thing)

    def ask(self) -> None:
        """Queue a run where one is needed, and name it in the answer."""
        run = asking.rebuild(self._session)
        if run is not None:
            hand_over(self._session, run, self._background)
            self._response.headers[HEADER] = str(run)


async def rebuilding(
    session: SessionDep, response: Response, background: BackgroundTasks
) -> Rebuilding:
    """Return what asks for a run if one is needed."""
    return Rebuilding(session, response, background)


RebuildingDep = Annotated[Rebuilding, Depends(rebuilding)]
