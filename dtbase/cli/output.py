"""What the command prints: columns for people, tabs for pipes, JSON for programs."""

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import typer

from dtbase.domain.frozen import Frozen

T = TypeVar("T", bound=Frozen)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Columns = Mapping[str, Callable[[T], object]]
"""The heads of columns, and what stands in them."""


def tell(things: Sequence[T], columns: Columns[T], *, as_json: bool = False) -> None:
    """Print things: as a JSON list, aligned where somebody looks, or else separated by tabs."""
    if as_json:
        typer.echo("[" + ",\n ".join(thing.model_dump_json() for thing in things) + "]")
        return
    rows = [[cell(show(thing)) for show in columns.values()] for thing in things]
    if sys.stdout.isatty():
        rows = aligned([[name.upper() for name in columns], *rows])
        typer.echo("\n".join("  ".join(row).rstrip() for row in rows))
    else:
        for row in rows:
            typer.echo("\t".join(row))


def tell_one(thing: Frozen, sentence: str, *, as_json: bool) -> None:
    """Print one thing as a sentence, or as JSON."""
    typer.echo(thing.model_dump_json() if as_json else plain(sentence))


def cell(value: object) -> str:
    """Write a value into a column."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
    return plain(str(value))


def plain(text: str) -> str:
    """Return a text on one line, without what would steer a terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def aligned(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Fill the cells so that each column has one width."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [[part.ljust(width) for part, width in zip(row, widths, strict=True)] for row in rows]


def say_more(found: Any, limit: int) -> None:
    """Say on stderr that a list was cut."""
    if found.more:
        typer.echo(f"and more than these {limit}: say --limit", err=True)
