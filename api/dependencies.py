"""What a request needs beside its parameters."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends
from sqlalchemy.orm import Session

from dtbase.storage.database import transaction


def get_session() -> Iterator[Session]:
    """Open the transaction of one request; an error rolls it back."""
    with transaction() as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session, scope="function")]
"""The request's session, committed before the answer leaves, so a failed commit is no 200."""
