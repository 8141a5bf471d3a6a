"""The edge between what the machine refuses and what we say about it."""

from collections.abc import Iterator
from contextlib import contextmanager

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
