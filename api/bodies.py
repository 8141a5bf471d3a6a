"""Reading bodies: small ones at once, large ones in memory that is reserved, off the event loop."""

import json
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers

from api.memory import Share
from dtbase.errors import TooLarge
from dtbase.formats import bodies, weights

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


async def receive(request: Request, limit: int, share: Share) -> bytes:
    """Receive a body, or refuse it as soon as it is known to be over the limit."""
    refuse_larger(announced(request.headers) or 0, limit)
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        refuse_larger(size, limit)
        await share.grow_to(-(-size // STEP) * STEP)
        pieces.append(piece)
    return b"".join(pieces)


def refuse_larger(size: int, limit: int) -> None:
    """Refuse a body over a limit."""
    if size > limit:
        raise TooLarge(f"the body may have at most {limit} bytes")


def weigh(body: bytes, headers: Headers, limit: int) -> int:
    """Return what reading a body may take."""
    kind = bodies.kind_of(headers.get("content-type", ""))
    return weights.weigh(body, headers.get("content-encoding", ""), kind, limit)


def parse(body: bytes) -> Any:
    """Read JSON, or refuse what is none in the framework's words."""
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        raise no_json(error.msg, error.pos) from error
    except ValueError as error:  # no UTF-8, or a number of more digits than Python reads
        raise no_json(str(error)) from error


def no_json(rule: str, *place: int) -> RequestValidationError:
    """Return the framework's refusal of what is no JSON."""
    finding = {
        "type": "json_invalid",
        "loc": ("body", *place),
        "msg": "JSON decode error",
        "input": {},
        "ctx": {"error": rule},
    }
    return RequestValidationError([finding])
