"""`dtbase import`: files of readings of any size, through the API."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from dtbase.cli import import_checks, import_progress, import_reports, session
from dtbase.cli.import_checks import FEWER_ROWS
from dtbase.cli.import_reports import bar
from dtbase.client import Client
from dtbase.client.readings import add_up
from dtbase.domain.readings.readings import IngestCounts
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import Conflict, DTBaseError, Invalid, TooLarge
from dtbase.formats.file_layouts import Ambiguous, Layout
from dtbase.formats.files import Body, pieces

app = typer.Typer()

SHOWN = 20
MORE = (
    "and more; --dry-run goes through the whole file and lists its first hundred,"
    " but does not look at what is stored"
)
Push = Callable[[Body], IngestCounts]


def read_column(given: str) -> tuple[str, SeriesKey]:
    """Read `COLUMN=SENSOR/MEASURE`."""
    name, equals, series = given.rpartition("=")
    if not (name and equals):
        raise typer.BadParameter(f"{given!r} is not of the form COLUMN=SENSOR/MEASURE")
    try:
        return name, SeriesKey.parse(series)
    except Invalid as error:
        raise typer.BadParameter(error.detail) from error


def read_zone(given: str) -> ZoneInfo:
    """Read the name of a time zone."""
    try:
        return ZoneInfo(given)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise typer.BadParameter(f"{given!r} is not an IANA time zone") from error


Files = Annotated[
    list[Path], typer.Argument(exists=True, dir_okay=False, help="CSV (.gz, .zst) or Parquet.")
]
Time = Annotated[str, typer.Option("--time", metavar="COLUMN", help="The column of times.")]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column", metavar="COLUMN=SENSOR/MEASURE", help="One column of a wide file; repeat it."
    ),
]
Zone = Annotated[
    ZoneInfo | None,
    typer.Option(
        "--timezone", parser=read_zone, metavar="ZONE", help="The zone of times without an offset."
    ),
]
Twice = Annotated[
    Ambiguous, typer.Option("--ambiguous", help="Local times that come twice when clocks go back.")
]
OnConflict = Annotated[
    Literal["replace", "keep", "refuse"],
    typer.Option("--on-conflict", help="Readings that are stored with another value."),
]
Rows = Annotated[int, typer.Option("--rows", min=1, max=500_000, help="Readings in one request.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Check every row of every file, store nothing.")
]
Restart = Annotated[bool, typer.Option("--restart", help="Begin anew, whatever was done before.")]


@app.command("import")
def import_files(  # noqa: PLR0913 - one parameter for each option
    files: Files,
    *,
    time: Time = "time",
    column: Columns = None,
    timezone: Zone = None,
    ambiguous: Twice = "refuse",
    on_conflict: OnConflict = "replace",
    rows: Rows = 50_000,
    dry_run: DryRun = False,
    restart: Restart = False,
) -> None:
    """Import readings from files of any size.

    A file has the columns sensor, measure, time and value, or one column for each series, each
    named by --column. How far an import has come is kept beside the file, in
    FILE.dtbase-progress: after a crash the same command goes on from there.

    --dry-run goes through the whole of each file and lists the first hundred rules that its rows
    break. It does not look at what is stored already.
    """
    layout = Layout(time, dict(map(read_column, column or [])), timezone, ambiguous)
    with session.open_client() as client:
        if dry_run:
            check_files(files, layout, rows, client)
            return
        for path in files:
            if restart:
                import_progress.forget(path)
            begun = import_progress.Progress.at_start(path, layout, on_conflict, session.url())

            def push(body: Body) -> IngestCounts:
                return client.readings.push_body(body.content, body.content_type, on_conflict)

            import_reports.imported(path, import_file(path, layout, rows, begun, push))


def import_file(
    path: Path, layout: Layout, rows: int, begun: import_progress.Progress, push: Push
) -> IngestCounts:
    """Push a file from where an earlier import stopped, noting each acknowledged piece."""
    progress = import_progress.load(path, begun)
    if progress.rows:
        typer.echo(f"{path}: going on after {progress.rows:,} rows", err=True)
    with naming(path, layout), bar(path) as advance:
        for piece in pieces(path, layout, progress.rows, rows):
            pushed = [push_part(body, push) for body in piece.bodies]
            progress = progress.after(piece.end, add_up([progress.counts, *pushed]))
            import_progress.save(path, progress)
            advance(piece.position)
    import_progress.forget(path)
    return progress.counts


def check_files(files: list[Path], layout: Layout, rows: int, client: Client) -> None:
    """Check all files to their ends, and refuse them if any would be."""
    known = import_checks.datatypes(client)
    wrong = 0
    for path in files:
        with bar(path) as advance:
            report = import_checks.check_file(path, layout, rows, known, advance)
        import_reports.checked(path, report, layout)
        wrong += not report.is_clean
    if wrong:
        which = f"{wrong} of {len(files)} files" if len(files) > 1 else "the file"
        raise Invalid(f"{which} cannot be imported like this; nothing was stored")


def push_part(body: Body, push: Push) -> IngestCounts:
    """Push a body; what is refused is named by the file's rows."""
    try:
        return push(body)
    except (Invalid, Conflict) as error:
        violations = [
            violation | {"row": body.row_of(violation["row"])} if "row" in violation else violation
            for violation in error.violations
        ]
        raise type(error)(detail_of(error, body), violations=violations) from error


def detail_of(error: DTBaseError, body: Body) -> str:
    """Say what was refused without the rows that the API counted; they are listed by the file's."""
    refused = f"nothing of rows {body.rows.min():,} to {body.rows.max():,} was stored"
    return error.detail.partition("; the first:")[0].replace("nothing was stored", refused)


@contextmanager
def naming(path: Path, layout: Layout) -> Iterator[None]:
    """Say which file an error is about, and list what its rows break."""
    try:
        yield
    except (Invalid, Conflict) as error:
        listed = [broken for broken in error.violations if broken["rule"] != error.detail]
        listed.sort(key=lambda broken: broken.get("row", 0))
        more = MORE if len(listed) > SHOWN else ""
        lines = import_reports.lines(listed[:SHOWN], more, layout)
        detail = "\n".join([f"{path}: {error.detail}", *lines])
        raise type(error)(detail, violations=error.violations) from error
    except TooLarge as error:
        detail = f"{path}: {error.detail}: {FEWER_ROWS}, and it goes on from where it stopped"
        raise TooLarge(detail) from error
    except DTBaseError as error:
        detail = f"{path}: {error.detail}; the same command goes on from where it stopped"
        raise type(error)(detail) from error
