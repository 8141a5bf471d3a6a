"""Bodies that come too slowly, and bodies that nobody reads: both end their connection."""

import asyncio
from time import monotonic

from fastapi import Request
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.bodies import SMALL, announced, refuse_larger
from api.errors import refused
from api.mounting import path_of
from dtbase.errors import TooLarge

LOG_IN_PATH = "/v1/auth/"

PATIENCE = 30.0
"""Seconds that a body may take however short it is."""

SLOWEST = 16 * 1024
"""Bytes a second that a longer one must bring."""

LINGER = 2.0
LINGER_BYTES = 1024 * 1024
"""So much of an unread body is thrown away, because who still sends would miss the answer.

Who sends more is left to wait so many seconds, unread: that costs us nothing, and them their time.
"""

CLOSE = (b"connection", b"close")


class BodyLimit:
    """Refuse a body over the limit, and close the connection of one that was not read."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        """Wrap an application; the limit counts bytes."""
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on unless its body is too large."""
        length = announced(Headers(scope=scope)) if scope["type"] == "http" else 0
        if length == 0:
            await self.app(scope, receive, send)
            return
        limit = self.limit_of(path_of(scope))
        body = Incoming(receive, send, limit, length)
        if length is not None and length > limit:
            error = TooLarge(f"the body may have at most {limit} bytes")
            await refused(Request(scope), error)(scope, receive, body.answer)
        else:
            await self.app(scope, body.next, body.answer)

    def limit_of(self, path: str) -> int:
        """Return the limit of a path; those that need no log-in read little."""
        return min(SMALL, self.limit) if path.startswith(LOG_IN_PATH) else self.limit


class Incoming:
    """A body on its way in, and the answer to it."""

    def __init__(self, receive: Receive, send: Send, limit: int, length: int | None) -> None:
        self._receive = receive
        self._send = send
        self._limit = limit
        self._length = length
        self._began = monotonic()
        self._size = 0
        self._whole = False

    async def next(self) -> Message:
        """Receive what comes next, unless that is too much or takes too long."""
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout(self._left()):
                message = await self._receive()
        except TimeoutError as error:
            raise HTTPException(408, "the body did not come in time") from error
        self._note(message)
        try:
            refuse_larger(self._size, self._limit)
        except TooLarge as error:
            raise HTTPException(413, error.detail) from error
        return message

    async def answer(self, message: Message) -> None:
        """Pass an answer on; where the body was not read whole, the connection ends with it."""
        if self._whole:
            await self._send(message)
        elif message["type"] == "http.response.start":
            await self._send({**message, "headers": [*message.get("headers", []), CLOSE]})
        elif message.get("more_body"):
            await self._send(message)
        else:
            await self._send({**message, "more_body": True})
            await self._linger()
            await self._send({"type": "http.response.body", "body": b""})

    def _left(self) -> float:
        """Return the seconds that are left for the next piece."""
        return self._began + PATIENCE + self._size / SLOWEST - monotonic()

    def _note(self, message: Message) -> None:
        self._size += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)

    async def _linger(self) -> None:
        """Throw away a little of what still comes, and let who sends more wait."""
        most = self._size + LINGER_BYTES
        try:
            async with asyncio.timeout(LINGER):
                while not self._whole and self._size < most and not self._is_long(most):
                    self._note(await self._receive())
                if not self._whole:
                    await asyncio.Event().wait()
        except TimeoutError:
            pass

    def _is_long(self, most: int) -> bool:
        """Tell whether more is announced than is thrown away."""
        return self._length is not None and self._length > most
