"""How the API is served: by uvicorn, which waits for nobody's request for ever."""

import asyncio
from asyncio import TimerHandle
from collections.abc import Callable
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 20.0
"""So long may a request take until its headers are there, and a new connection until it begins."""

HEAD_BYTES = 64 * 1024
"""So much may the line and the headers of a request be."""

TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n\r\n"


class Protocol(HttpToolsProtocol):
    """Closes connections whose request does not come; bodies have limits of their own."""

    head_seconds = HEAD_SECONDS

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._in_head = True
        self._head_bytes = 0
        self._impatience: TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._in_head = False
        self._watch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, as long as headers do not grow without end."""
        super().data_received(data)
        self._head_bytes = self._head_bytes + len(data) if self._in_head else 0
        if self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
            self.transport.write(TOO_LONG)
            self.transport.close()
        self._watch()

    def on_message_begin(self) -> None:
        """Wait for the headers of one more request."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Wait for headers no longer."""
        self._in_head = False
        super().on_headers_complete()

    def _watch(self) -> None:
        """Keep a timer while headers are waited for, and none otherwise."""
        if self._in_head and self._impatience is None:
            self._impatience = self.loop.call_later(self.head_seconds, self._give_up)
        elif not self._in_head and self._impatience is not None:
            self._impatience.cancel()
            self._impatience = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


def config_of(app: FastAPI | str | Callable[..., Any], **options: Any) -> uvicorn.Config:
    """Return how uvicorn serves an application of ours, in production and in tests."""
    return uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # api/proxies.py believes those that prove themselves
        timeout_graceful_shutdown=5,
        **options,
    )
