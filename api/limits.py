"""How large a request may be."""

from fastapi import Request
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import refused
from dtbase.errors import TooLarge

LOG_IN_PATH = "/v1/auth/"
LOG_IN_BYTES = 16 * 1024


class BodyLimit:
    """Refuse a body over the limit, whether its length is announced or not."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        """Wrap an application; the limit counts bytes."""
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on unless its body is too large."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.limit_of(scope["path"])
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > limit:
            error = TooLarge(f"the body may have at most {limit} bytes")
            await refused(Request(scope), error)(scope, receive, send)
        else:
            await self.app(scope, counted(receive, limit), send)

    def limit_of(self, path: str) -> int:
        """Return the limit of a path; those that need no log-in read little."""
        return min(LOG_IN_BYTES, self.limit) if path.startswith(LOG_IN_PATH) else self.limit


def counted(receive: Receive, limit: int) -> Receive:
    """Count the bytes as they come, and stop at the limit."""
    total = 0

    async def receive_within() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > limit:
            raise HTTPException(413, f"the body may have at most {limit} bytes")
        return message

    return receive_within
