"""Deleting a thing together with what depends on it, which only admins may."""

from typing import Annotated

from fastapi import Depends, Query

from api.dependencies import SessionDep
from api.security import PrincipalDep
from dtbase.domain.people.users import Role
from dtbase.errors import NotAllowed
from dtbase.storage.database import take_long


def check_cascade(
    asking: PrincipalDep,
    session: SessionDep,
    cascade: Annotated[
        bool, Query(description="Delete what stands in the way too; for admins.")
    ] = False,
) -> bool:
    """Tell whether to take along what stands in the way; only an admin may ask for it."""
    if cascade and not asking.user.role.includes(Role.ADMIN):
        raise NotAllowed(f"cascade=true needs the role admin; yours is {asking.user.role}")
    if cascade:
        take_long(session)
    return cascade


Cascade = Annotated[bool, Depends(check_cascade)]
