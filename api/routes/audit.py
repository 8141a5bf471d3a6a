"""The log of every change; for admins."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.dependencies import SessionDep
from api.paging import PAGED, linked
from api.security import Admin
from dtbase.domain.people.audit import AuditEntry, AuditQuery
from dtbase.storage.people import audit

router = APIRouter(prefix="/audit", tags=["audit"])


@router.get("", responses=PAGED, summary="List changes")
def list_changes(
    wanted: Annotated[AuditQuery, Query()],
    request: Request,
    response: Response,
    _admin: Admin,
    session: SessionDep,
) -> Sequence[AuditEntry]:
    """List who changed what and when, with the thing before and after, newest first."""
    return linked(request, response, audit.page(session, wanted))
