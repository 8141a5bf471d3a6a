"""`dtbase storage`: how readings are stored, and how long raw ones are kept."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from dtbase.cli.output import AsJson
from dtbase.domain.readings.retention import Retention, RetentionClass
from dtbase.domain.readings.storage import StorageStatus, StoredTable
from dtbase.settings import get_settings
from dtbase.storage.database import get_engine, transaction
from dtbase.storage.readings import lifecycle, retention

app = typer.Typer(help="How readings are stored, and how long.", no_args_is_help=True)
retention_app = typer.Typer(help="How long raw readings are kept.", no_args_is_help=True)
app.add_typer(retention_app, name="retention")

KILO = 1000
FOREVER = "forever"
DAYS = {"d": 1, "w": 7, "y": 365}


def read_keep(given: str) -> str:
    """Check a span such as 730d, 104w or 2y, or `forever`."""
    if given != FOREVER and not re.fullmatch(r"[1-9][0-9]{0,4}[dwy]", given):
        raise typer.BadParameter("say a number of d, w or y, such as 730d, or forever")
    return given


def days_of(keep: str) -> int | None:
    """Return a span in days, or None for one without end."""
    return None if keep == FOREVER else int(keep[:-1]) * DAYS[keep[-1]]


Keep = Annotated[
    str,
    typer.Option(
        "--keep", parser=read_keep, metavar="SPAN", help="730d, 104w, 2y (365 days each), forever."
    ),
]


@app.command("status")
def show_status(as_json: AsJson = False) -> None:
    """Show edition, chunks, sizes, compression, what is pending, and what is kept."""
    with transaction() as session:
        status = lifecycle.status(session)
    if as_json:
        typer.echo(status.model_dump_json(indent=2))
    else:
        Console().print(*describe(status), sep="\n\n")


@app.command("maintain")
def maintain() -> None:
    """Do now what happens every night: drop what is no longer kept, compress what is old."""
    after = timedelta(days=get_settings().compress_after_days)
    left = lifecycle.maintain(get_engine(), datetime.now(UTC), after)
    typer.echo("dropped what is no longer kept; compressed what is old, where the edition can")
    if left:
        typer.echo(f"{left} chunks are written to all the time; they are left for next time")


@retention_app.command("list")
def list_classes(as_json: AsJson = False) -> None:
    """List the classes, their measures, and from when on raw readings are there."""
    with transaction() as session:
        found = retention.list(session)
    if as_json:
        typer.echo("[" + ",\n ".join(each.model_dump_json() for each in found) + "]")
    else:
        Console().print(classes_table(found))


@retention_app.command("set")
def set_class(name: Annotated[str, typer.Argument(metavar="CLASS")], keep: Keep) -> None:
    """Add a class, or change how long it keeps raw readings; aggregates always stay."""
    with transaction() as session:
        retention.set(session, RetentionClass(name=name, keep_days=days_of(keep)))
    typer.echo(f"class {name} keeps raw readings {'for ' * (keep != FOREVER)}{keep}")


@retention_app.command("assign")
def assign_measure(measure: str, name: Annotated[str, typer.Argument(metavar="CLASS")]) -> None:
    """Put a measure into a class."""
    with transaction() as session:
        retention.assign(session, measure, name)
    typer.echo(f"{measure} is in class {name} now")


def describe(status: StorageStatus) -> tuple[str, Table, str, Table]:
    """Return the parts of a readable status."""
    head = (
        f"TimescaleDB {status.timescaledb} ({status.edition}) on PostgreSQL {status.postgresql}, "
        f"{size(status.database_bytes)}; aggregates in {status.aggregates}"
    )
    age = status.pending.oldest_seconds
    oldest = f", the oldest for {age:,.0f} s" if age is not None else ""
    backlog = f"{status.pending.pending:,} changed hours wait to be stored as aggregates{oldest}"
    return head, tables_table(status.tables), backlog, classes_table(status.retention)


def tables_table(tables: tuple[StoredTable, ...]) -> Table:
    """Lay out sizes."""
    out = Table("table", "", box=box.SIMPLE)
    for title in ("chunks", "rows", "size", "bytes/row"):
        out.add_column(title, justify="right")
    for table in tables:
        per_row = table.bytes_per_row
        out.add_row(
            table.name,
            "compressed" if table.compressed else "",
            "" if table.chunks is None else f"{table.chunks:,}",
            "?" if table.rows is None else f"{table.rows:,}",
            size(table.bytes),
            "" if per_row is None else f"{per_row:,.1f}",
        )
    return out


def classes_table(classes: Sequence[Retention]) -> Table:
    """Lay out retention classes."""
    out = Table("class", "raw readings kept", "dropped before", "measures", box=box.SIMPLE)
    for each in classes:
        kept = FOREVER if each.keep_days is None else f"{each.keep_days:,} days"
        dropped = "" if each.raw_from is None else f"{each.raw_from.astimezone(UTC):%Y-%m-%d}"
        out.add_row(each.name, kept, dropped, ", ".join(each.measures))
    return out


def size(count: int) -> str:
    """Write a number of bytes for people."""
    if count < KILO:
        return f"{count} B"
    amount, units = count / KILO, iter(("kB", "MB", "GB", "TB"))
    unit = next(units)
    while amount >= KILO and unit != "TB":
        amount, unit = amount / KILO, next(units)
    return f"{amount:,.1f} {unit}"
