"""The edge between what the machine refuses and what we say about it."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from dtbase.errors import Unavailable
from dtbase.local.faults import Cannot, explain


@contextmanager
def explained() -> Iterator[None]:
    """Turn what the machine refuses into a refusal with a sentence."""
    try:
        yield
    except Cannot as error:
        raise Unavailable(str(error)) from error
    except OSError as error:
        raise Unavailable(explain(error)) from error
    except psycopg.Error as error:
        reason = str(error).partition("\n")[0]
        raise Unavailable(f"the database refused: {reason}; its log may tell more") from error
