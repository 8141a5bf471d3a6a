"""The statements that a piece of code sends, so that a test can count them."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

READ_ONLY = "SET LOCAL transaction_read_only = on"
"""By this the tests hold requests that only read to it; their own connections need no statement."""


@contextmanager
def counting(engine: Engine) -> Iterator[list[str]]:
    """Note the statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement != READ_ONLY:
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
