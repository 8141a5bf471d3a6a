"""The API below a path, such as /twin: routes know nothing of it, and answers lead below it."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Mounted:
    """Tells the application where it is mounted, and leads answers' Location below it."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._lead(MutableHeaders(scope=message))
            await send(message)

        if scope["type"] == "http":
            await self._app(self._mounted(scope), receive, answer)
        else:
            await self._app(scope, receive, send)

    def _mounted(self, scope: Scope) -> Scope:
        """Return a request as ASGI has it, be it that a proxy has taken the prefix off already."""
        path = str(scope["path"])
        whole = path if path.startswith(f"{self._prefix}/") else self._prefix + path
        return {**scope, "root_path": self._prefix, "path": whole}

    def _lead(self, headers: MutableHeaders) -> None:
        location = headers.get("location", "")
        if location.startswith("/") and not location.startswith(f"{self._prefix}/"):
            headers["location"] = self._prefix + location


def path_of(scope: Scope) -> str:
    """Return the path of a request below where the application is mounted."""
    return str(scope["path"]).removeprefix(scope.get("root_path", ""))
