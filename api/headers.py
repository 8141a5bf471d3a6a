"""Headers that every answer carries."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.mounting import path_of
from api.proxies import is_secure

ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
]
NOTHING = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
"""An answer of the API shows and runs nothing; a page says itself what it needs."""

PERSONAL = (b"cache-control", b"no-store")
YEAR_OF_TLS = (b"strict-transport-security", b"max-age=31536000")


class SafeHeaders:
    """Adds headers that keep answers from being guessed at, framed, cached, or downgraded."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        """Wrap an application; what lies below the prefix is for whoever asked and nobody else."""
        self.app = app
        self.prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": self.added(scope, message.get("headers", []))}
            await send(message)

        await self.app(scope, receive, send_safely)

    def added(self, scope: Scope, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Return the headers of an answer with ours; what it says itself stays."""
        said = {name for name, _ in headers}
        more = [*ALWAYS, NOTHING]
        if path_of(scope).startswith(self.prefix):
            more.append(PERSONAL)
        if is_secure(scope, Headers(scope=scope)):
            more.append(YEAR_OF_TLS)
        return [*headers, *(header for header in more if header[0] not in said)]
