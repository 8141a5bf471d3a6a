"""Answers of any size on their way to a file."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import BinaryIO

import requests

from dtbase.client.transport import Parameters, Transport
from dtbase.domain.readings.answers import Format
from dtbase.errors import Invalid, Unavailable

CHUNK = 1024 * 1024
MEGABYTE = 1_000_000
PAUSE = 0.2
"""Seconds between two lines of progress."""

Progress = Callable[[int], object]
"""Called with the bytes that have come so far."""


def save(
    transport: Transport, params: Parameters, to: Path | BinaryIO, progress: Progress | None
) -> int:
    """Write an answer to a file as it comes, and return its size in bytes.

    A path is only there when everything has come.
    """
    with (
        transport.send(
            "GET", "/v1/readings", params=params, stream=True, repeatable=True
        ) as response,
        opened(to) as file,
    ):
        size = 0
        for chunk in chunks_of(response):
            size += file.write(chunk)
            if progress is not None:
                progress(size)
    return size


def chunks_of(response: requests.Response) -> Iterator[bytes]:
    """Return the body bit by bit; one that breaks off is Unavailable."""
    try:
        yield from response.iter_content(CHUNK)
    except requests.RequestException as error:
        raise Unavailable("the answer broke off before its end") from error


@contextmanager
def opened(to: Path | BinaryIO) -> Iterator[BinaryIO]:
    """Open a file beside the path, and put it in place at the end."""
    if not isinstance(to, Path):
        yield to
        return
    part = to.with_name(f"{to.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)


def format_of(to: Path | BinaryIO, given: str | Format | None) -> Format:
    """Return the format that is given, or that a file's name ends in."""
    name = given or (to.suffix.removeprefix(".") if isinstance(to, Path) else "")
    try:
        return Format(name)
    except ValueError as error:
        known = ", ".join(Format)
        raise Invalid(f"the format must be one of {known}, not {name!r}", field="format") from error


def told() -> Progress:
    """Return what tells the progress on standard error."""
    began = shown = monotonic()

    def tell(size: int) -> None:
        nonlocal shown
        now = monotonic()
        if now - shown >= PAUSE:
            shown = now
            rate = size / MEGABYTE / (now - began)
            sys.stderr.write(f"\r{size / MEGABYTE:.1f} MB, {rate:.1f} MB/s ")
            sys.stderr.flush()

    return tell
