"""Bodies that are not JSON documents of one shape: readings in any of their formats."""

from typing import Annotated

from fastapi import Depends, Request

from dtbase.domain.batches import Batch
from dtbase.formats import bodies
from dtbase.settings import get_settings


async def raw_body(request: Request) -> bytes:
    """Read the body as it came."""
    return await request.body()


def read_batch(request: Request, body: Annotated[bytes, Depends(raw_body)]) -> Batch:
    """Unpack and decode the readings of a request."""
    limit = get_settings().max_body_bytes
    unpacked = bodies.unpack(body, request.headers.get("content-encoding", ""), limit)
    return bodies.decode(unpacked, request.headers.get("content-type", ""))


BatchDep = Annotated[Batch, Depends(read_batch)]
"""The readings that a request brings, decoded but not checked."""
