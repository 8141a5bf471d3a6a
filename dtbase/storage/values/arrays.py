"""PostgreSQL's arrays as columns of numpy: the quickest way to read many values (measured)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar
from weakref import WeakSet

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format
from sqlalchemy.orm import Session

from dtbase.errors import Unavailable
from dtbase.storage.database import driver_of
from dtbase.storage.readings.rows import POSTGRES_EPOCH

HEADER = 20
"""Bytes before the elements of an array of one dimension."""


def sized(kind: str) -> np.dtype[Any]:
    """Return what PostgreSQL sends of an element: its size comes before it."""
    return np.dtype([("size", ">i4"), ("value", kind)])


class ColumnLoader(Loader):
    """Reads an array of one dimension without NULLs from PostgreSQL's binary format."""

    format = Format.BINARY
    sent: ClassVar[np.dtype[Any]]
    read: ClassVar[str]

    def load(self, data: Buffer) -> NDArray[Any]:
        """Return the elements."""
        return np.frombuffer(data, self.sent, offset=HEADER)["value"].astype(self.read)


class Floats(ColumnLoader):
    """Reads float8[]."""

    sent, read = sized(">f8"), "f8"


class Integers(ColumnLoader):
    """Reads int8[]."""

    sent, read = sized(">i8"), "i8"


class Booleans(ColumnLoader):
    """Reads boolean[]."""

    sent, read = sized("?"), "?"


class Times(ColumnLoader):
    """Reads timestamptz[] as UTC in microseconds."""

    sent, read = sized(">i8"), "i8"

    def load(self, data: Buffer) -> NDArray[Any]:
        """Return the times; they are counted from PostgreSQL's epoch."""
        return POSTGRES_EPOCH + super().load(data).view("m8[us]")


class Texts(Loader):
    """Reads text[] as a column of objects."""

    format = Format.BINARY

    def load(self, data: Buffer) -> NDArray[Any]:
        sent, at, found = bytes(data), HEADER, []
        while at < len(sent):
            size = int.from_bytes(sent[at : at + 4])
            found.append(sent[at + 4 : at + 4 + size].decode())
            at += 4 + size
        column = np.empty(len(found), dtype=object)
        column[:] = found
        return column


LOADERS: dict[str, type[Loader]] = {
    "float8": Floats,
    "int8": Integers,
    "bool": Booleans,
    "timestamptz": Times,
    "text": Texts,
}


TAUGHT: WeakSet[psycopg.Connection[Any]] = WeakSet()
"""The connections whose binary cursors read arrays so: each cursor would else be taught anew."""


@contextmanager
def column_cursor(session: Session) -> Iterator[psycopg.Cursor[Any]]:
    """Open a cursor in the session's transaction that reads arrays as numpy columns."""
    driver = driver_of(session)
    if driver not in TAUGHT:
        teach(driver)
    try:
        with driver.cursor(binary=True) as cursor:
            yield cursor
    except psycopg.OperationalError as error:
        raise Unavailable("the database went away while reading") from error


def teach(driver: psycopg.Connection[Any]) -> None:
    for name, loader in LOADERS.items():
        driver.adapters.register_loader(driver.adapters.types[name].array_oid, loader)
    TAUGHT.add(driver)
