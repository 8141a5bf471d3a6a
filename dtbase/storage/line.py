"""One statement that an event loop asks again and again, on a connection of its own.

To hand a statement to a thread, wait there, and hand its answer back took the processor more than
half as long again as to ask it from the loop itself (docs/decisions/one-thread-a-request.md).
"""

import logging
import re
from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

import psycopg
from psycopg import pq
from sqlalchemy import PoolProxiedConnection
from sqlalchemy.exc import SQLAlchemyError

from dtbase.errors import Unavailable
from dtbase.storage.database import get_single_engine, reaching_database

logger = logging.getLogger(__name__)

NAME = b"line"
ONE_PLAN = b"SET plan_cache_mode = force_generic_plan"
"""To plan a statement anew for each length of its arrays takes longer than to carry it out."""

PARAMETER = re.compile(rb"%\((\w+)\)s")

OUTDATED = {b"0A", b"26", b"42", b"XX"}
"""Kinds of errors after which it is prepared anew.

A migration may have changed the tables, or what stands before PostgreSQL has forgotten it.
"""

Row = tuple[bytes | None, ...]
"""Columns as PostgreSQL writes them."""

Hear = Callable[[Sequence[Row] | None], None]
"""Hears an answer; None: nobody knows what became of the statement."""


class Numbered(NamedTuple):
    """A statement whose parameters have numbers, as PostgreSQL wants them, and their names."""

    text: bytes
    names: Sequence[str]

    @classmethod
    def of(cls, statement: bytes) -> "Numbered":
        """Number the parameters of a statement for the driver."""
        names = list(dict.fromkeys(PARAMETER.findall(statement)))
        text = PARAMETER.sub(lambda found: b"$%d" % (names.index(found[1]) + 1), statement)
        return cls(text, [name.decode() for name in names])


class Line:
    """A connection on which one statement is asked, one question after another."""

    def __init__(self, lent: PoolProxiedConnection, statement: bytes) -> None:
        """Prepare the statement; this waits, so a thread does it."""
        self._lent = lent
        driver = lent.driver_connection
        assert isinstance(driver, psycopg.Connection)
        self._pg = driver.pgconn
        self._pg.exec_(ONE_PLAN)
        text, self._names = Numbered.of(statement)
        if (prepared := self._pg.prepare(NAME, text)).status != pq.ExecStatus.COMMAND_OK:
            raise Unavailable(prepared.get_error_message())
        self._pg.nonblocking = 1
        self._hear: Hear | None = None
        self._answer: pq.abc.PGresult | None = None
        self.lost = False

    @classmethod
    def open(cls, statement: bytes) -> "Line":
        """Connect."""
        with reaching_database():
            lent = get_single_engine().raw_connection()
            try:
                return cls(lent, statement)
            except BaseException:
                lent.invalidate()
                raise

    def watch(self, loop: AbstractEventLoop) -> None:
        """Let a loop read what comes."""
        self._loop = loop
        self._socket = self._pg.socket
        loop.add_reader(self._socket, self._read)

    def ask(self, parameters: Mapping[str, str], hear: Hear) -> None:
        """Ask the statement; whoever hears is told once."""
        self._hear = hear
        try:
            self._pg.send_query_prepared(NAME, [parameters[name].encode() for name in self._names])
            if self._pg.flush():
                self._loop.add_writer(self._socket, self._write)
        except psycopg.Error as error:
            self._lose(error)

    def close(self) -> None:
        """End the connection; who still waits hears nothing."""
        if not self.lost:
            self.lost = True
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            with suppress(psycopg.Error, SQLAlchemyError):
                self._lent.invalidate()

    def _write(self) -> None:
        try:
            if not self._pg.flush():
                self._loop.remove_writer(self._socket)
        except psycopg.Error as error:
            self._lose(error)

    def _read(self) -> None:
        try:
            self._pg.consume_input()
            while not self._pg.is_busy():
                answer = self._pg.get_result()
                if answer is None:
                    self._tell()
                    return
                self._answer = answer
        except psycopg.Error as error:
            self._lose(error)

    def _tell(self) -> None:
        answer, self._answer = self._answer, None
        hear, self._hear = self._hear, None
        if answer is None or hear is None:
            return  # PostgreSQL has said something that nobody asked
        if answer.status != pq.ExecStatus.TUPLES_OK:
            logger.info("a statement failed: %s", answer.get_error_message())
            if (answer.error_field(pq.DiagnosticField.SQLSTATE) or b"")[:2] in OUTDATED:
                self.close()
            hear(None)
            return
        columns = range(answer.nfields)
        hear(
            [
                tuple(answer.get_value(row, column) for column in columns)
                for row in range(answer.ntuples)
            ]
        )

    def _lose(self, error: psycopg.Error) -> None:
        logger.info("a connection is lost: %s", error)
        self.close()
        hear, self._hear = self._hear, None
        if hear is not None:
            hear(None)
