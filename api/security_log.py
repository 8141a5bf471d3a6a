"""What whoever watches the log is told of refused tries to come in."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from dtbase.errors import NotAllowed, NotAuthenticated, NotFound, TooMany

security_log = logging.getLogger("dtbase.security")


@contextmanager
def noting_refusals(what: str, who: str, address: str) -> Iterator[None]:
    """Write down who was refused as whom and from where."""
    try:
        yield
    except (NotAllowed, NotAuthenticated, NotFound, TooMany) as refusal:
        security_log.warning("refused to %s as %r from %s: %s", what, who, address, refusal.code)
        raise
