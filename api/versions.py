"""Versions over HTTP: what is read carries an ETag, what is written may name it in If-Match."""

from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Response

from dtbase.domain.frozen import Frozen
from dtbase.domain.versions import WHATEVER, Expected, version_of

T = TypeVar("T", bound=Frozen)

TAGS = r'^(\*|(W/)?"[^",]*"(, ?(W/)?"[^",]*")*)$'

ETAG = {
    "ETag": {
        "description": "The version of the thing, for If-Match.",
        "schema": {"type": "string"},
    }
}
SHOWN: dict[int | str, dict[str, Any]] = {200: {"headers": ETAG}}
ADDED: dict[int | str, dict[str, Any]] = {
    201: {
        "headers": {
            **ETAG,
            "Location": {"description": "Where the thing is.", "schema": {"type": "string"}},
        }
    }
}
"""What the document says of answers that show one thing, or a new one."""


async def expected(
    if_match: Annotated[
        str | None,
        Header(
            max_length=1_000,
            json_schema_extra={"pattern": TAGS, "example": "*"},  # refused in our own words
            description="Change only the version with this ETag; else the answer is 412.",
        ),
    ] = None,
) -> Expected:
    """Return the versions that a request may change."""
    return WHATEVER if if_match is None else Expected.parse(if_match)


IfMatch = Annotated[Expected, Depends(expected)]


def tagged(response: Response, thing: T) -> T:
    """Return a thing, its version in the answer's header."""
    response.headers["ETag"] = f'"{version_of(thing)}"'
    return thing
