"""Reading bodies: small ones at once, large ones in memory that is reserved, off the event loop."""

import json
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers

from api.memory import Share
from dtbase.errors import TooLarge
from dtbase.formats import bodies, weights
from dtbase.formats.weights import READINGS, JsonScales, Most

SMALL = 16 * 1024
"""Bytes that anybody may send before it is looked at who that is."""

DOCUMENT = 256 * 1024
"""Bytes of a body that brings one thing."""

BULK = 16 * 1024 * 1024
"""Bytes of a body that brings many things."""

STEP = 1024 * 1024
"""Bytes by which the memory of a body grows while it comes in."""


def announced(headers: Headers) -> int | None:
    """Return how long a body says it is; nothing of one that comes in chunks."""
    length = headers.get("content-length", "")
    if length.isdecimal():
        return int(length)
    return None if "transfer-encoding" in headers else 0


def is_small(headers: Headers) -> bool:
    """Tell whether a body is announced to be small."""
    length = announced(headers)
    return length is not None and length <= SMALL


class Received(NamedTuple):
    """A body that has come in, and what reading it may take."""

    content: bytes
    weight: int


async def receive(
    request: Request, limit: int, share: Share, kind: str, most: Most = READINGS
) -> Received:
    """Receive a body; refuse it as soon as it is known to be over the limit or to cost too much.

    JSON is weighed while it comes, the rest when it is there; nobody reads what is of no kind.
    """
    refuse_larger(announced(request.headers) or 0, limit)
    encoding = request.headers.get("content-encoding", "")
    scales = JsonScales(most) if kind == bodies.JSON and bodies.is_plain(encoding) else None
    pieces: list[bytes] = []
    size = 0
    await share.grow_to(STEP)
    async for step in steps(request):
        size += len(step)
        refuse_larger(size, limit)
        await share.grow_to((size // STEP + 1) * STEP)
        if scales is not None:
            await run_in_threadpool(scales.add, step)
        pieces.append(step)
    content = pieces[0] if len(pieces) == 1 else await run_in_threadpool(b"".join, pieces)
    if scales is not None or not kind:
        return Received(content, scales.weight if scales is not None else 0)
    weight = await run_in_threadpool(weights.weigh, content, encoding, kind, limit)
    return Received(content, weight)


async def steps(request: Request) -> AsyncIterator[bytes]:
    """Receive a body in pieces large enough to be worth a thread."""
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        pieces.append(piece)
        size += len(piece)
        if size >= STEP:
            yield b"".join(pieces)
            pieces, size = [], 0
    yield b"".join(pieces)


def refuse_larger(size: int, limit: int) -> None:
    if size > limit:
        raise TooLarge(f"the body may have at most {limit} bytes")


def parse(body: bytes) -> Any:
    """Read JSON, or refuse the body in the framework's words."""
    try:
        return json.loads(body.decode("utf-8-sig"))  # of no other encoding: it was weighed as that
    except json.JSONDecodeError as error:
        raise no_json(error.msg, error.pos) from error
    except ValueError as error:  # no UTF-8, or a number of more digits than Python reads
        raise no_json(str(error)) from error


def no_json(rule: str, *place: int) -> RequestValidationError:
    """Return the framework's refusal of a body that is not JSON."""
    finding = {
        "type": "json_invalid",
        "loc": ("body", *place),
        "msg": "JSON decode error",
        "input": {},
        "ctx": {"error": rule},
    }
    return RequestValidationError([finding])
