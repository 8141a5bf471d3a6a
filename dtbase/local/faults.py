"""What the machine's own errors mean for whoever typed the command; standard library only."""

import errno

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
FULL_DISK = "the disk is full"


class Cannot(Exception):
    """What stops an installation, in a sentence: before it, there is nothing but Python."""


def explain(error: OSError) -> str:
    """Say in one sentence what happened and what to do."""
    match error.errno:
        case number if number in FULL:
            return f"{FULL_DISK}: free some space and run this again"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return (
                f"{error.filename or 'a file'} is not ours to change: run this as the user "
                "who ran it first, or in a clone of your own"
            )
        case _:
            return f"the system refused: {error}"
