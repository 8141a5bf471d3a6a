"""Answers of any size, streamed from a snapshot of the database."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from itertools import chain
from typing import Annotated

from anyio import CancelScope
from fastapi import Depends
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session
from starlette.types import Receive, Scope, Send
from starlette_compress import add_compress_type

from dtbase.domain.readings.answers import Format
from dtbase.storage.database import snapshot

PIECE = 256 * 1024
"""Bytes that are compressed at once, while no other request is served."""

for media_type in (Format.CSV.media_type, Format.ARROW.media_type):
    add_compress_type(media_type)  # Parquet is compressed inside already

Snapshot = Callable[[], AbstractContextManager[Session]]


async def get_snapshot() -> Snapshot:
    """Return what opens a session for reading that may outlive the request's."""
    return snapshot


SnapshotDep = Annotated[Snapshot, Depends(get_snapshot)]


class Download(StreamingResponse):
    """A file that is written while it is sent; its snapshot is closed however that ends."""

    def __init__(
        self,
        open_: Snapshot,
        write: Callable[[Session], Iterator[bytes]],
        format_: Format,
        name: str,
        about: Mapping[str, str],
    ) -> None:
        """Open the snapshot and write the first piece, so that errors can still be answered."""
        with ExitStack() as stack:
            chunks = write(stack.enter_context(open_()))
            first = next(chunks)
            self._snapshot = stack.pop_all()
        headers = {
            "Content-Disposition": f'attachment; filename="{name}.{format_}"',
            "Vary": "Accept",
            **about,
        }
        super().__init__(pieces(chain([first], chunks)), 200, headers, format_.media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            with CancelScope(shield=True):
                await run_in_threadpool(self._snapshot.close)


def pieces(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Cut chunks into pieces of bounded size."""
    for chunk in chunks:
        for start in range(0, len(chunk), PIECE):
            yield chunk[start : start + PIECE]


def file_name(*parts: str) -> str:
    """Return a name for a file that every system can keep."""
    plain = (re.sub(r"[^A-Za-z0-9.-]+", "-", part).strip("-.") for part in parts)
    return "_".join(part for part in plain if part)[:150] or "readings"
