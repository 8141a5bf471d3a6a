"""An HTTP server that answers as a test says, and remembers what it was asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import NamedTuple


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Reply(NamedTuple):
    """What to answer."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = {}


@dataclass
class Far:
    """Where the server is, what it answers by path, and what it was asked."""

    port: int
    replies: dict[str, Callable[[], Reply]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    closing: Event = field(default_factory=Event)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """Return an address of the server."""
        return f"http://{host}:{self.port}{path}"

    def answer(self, path: str, reply: Reply) -> None:
        """Answer a path so."""
        self.replies[path] = lambda: reply

    def hang(self) -> Reply:
        """Answer nothing until the test is over."""
        self.closing.wait(60)
        return Reply()


@contextmanager
def serving() -> Iterator[Far]:
    """Serve on a free port until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def reply(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            asked = Asked(self.command, self.path, dict(self.headers), self.rfile.read(length))
            far.asked.append(asked)
            said = far.replies[self.path.partition("?")[0]]()
            try:
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said.body)))
                self.end_headers()
                self.wfile.write(said.body)
            except (BrokenPipeError, ConnectionResetError):
                return

        do_GET = do_POST = do_PUT = reply  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    far = Far(server.server_address[1])
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield far
    finally:
        far.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
