"""What a failure means: whether another try may do better, and what to say."""

import traceback

from dtbase.errors import DTBaseError, TooMany, Unavailable
from dtbase.storage.database import said_by
from jobs.services.timeouts import TookTooLong

LONGEST_REASON = 1_000
MOST_TRACED = 100
"""Lines that tell where an error comes from, the last ones."""


def may_pass(error: Exception) -> bool:
    """Tell whether another try might do better: a refusal stays one."""
    return not isinstance(error, DTBaseError) or isinstance(error, Unavailable | TooMany)


def reason_of(error: Exception) -> str:
    """Say in one sentence what went wrong."""
    if isinstance(error, DTBaseError):
        reason = error.detail
    elif isinstance(error, TookTooLong):
        reason = str(error)
    else:
        reason = said_by(error)
    return reason.replace("\0", "")[:LONGEST_REASON]


def traceback_of(error: Exception) -> list[str]:
    """Return where an error comes from, line by line; a refusal says all by itself."""
    if isinstance(error, DTBaseError):
        return []
    trace = "".join(traceback.format_tb(error.__traceback__)).splitlines()[-MOST_TRACED:]
    return ["Traceback (most recent call last):", *trace, *said_by(error).splitlines()]
