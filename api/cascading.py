"""Deleting a thing together with what depends on it, which only admins may."""

from typing import Annotated

from fastapi import Depends, Query

from api.deferred import Deferred
from api.dependencies import SessionDep
from api.security import DeferredPrincipal
from dtbase.domain.people.users import Role
from dtbase.errors import NotAllowed
from dtbase.storage.database import take_long


async def check_cascade(
    asking: DeferredPrincipal,
    session: SessionDep,
    cascade: Annotated[
        bool, Query(description="Delete what stands in the way too; for admins.")
    ] = False,
) -> Deferred[bool]:
    """Tell whether to delete what stands in the way; only an admin may ask for it."""

    def allowed() -> bool:
        role = asking.get().user.role
        if cascade and not role.includes(Role.ADMIN):
            raise NotAllowed(f"cascade=true needs the role admin; yours is {role}")
        if cascade:
            take_long(session)
        return cascade

    return Deferred(allowed)


Cascade = Annotated[bool, Depends(check_cascade)]
