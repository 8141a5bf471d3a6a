"""With which numbers the command ends, so that scripts can tell why."""

from collections.abc import Mapping

from dtbase import errors
from dtbase.errors import DTBaseError

REFUSED = 1
USAGE = 2
"""Typer's own: an option or a command that there is not."""

CODES: Mapping[type[DTBaseError], int] = {
    errors.NotAuthenticated: 3,
    errors.NotAllowed: 3,
    errors.NotFound: 4,
    errors.AlreadyExists: 5,
    errors.InUse: 5,
    errors.Conflict: 5,
    errors.Stale: 5,
    errors.Unavailable: 6,
    errors.TooMany: 6,
}


class RunFailed(Exception):
    """A run that the command waited for did not succeed."""

    code = 7


class Incomplete(Exception):
    """All is done but for what was skipped, as one has asked for."""

    code = 8


def code_of(error: DTBaseError) -> int:
    """Return with which number a refusal ends the command."""
    return CODES.get(type(error), REFUSED)
