"""What `dtbase import` says of a file: how far it is, what its rows break, what became of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from dtbase.cli.import_checks import Report
from dtbase.domain.readings.readings import IngestCounts
from dtbase.errors import Violation
from dtbase.formats import times
from dtbase.formats.csv_quotes import UNCLOSED
from dtbase.formats.file_layouts import SAY_ZONE, Layout, local_time


@contextmanager
def bar(path: Path) -> Iterator[Callable[[int], None]]:
    """Show how much of a file is done, where somebody can see it."""
    console = Console(stderr=True)
    columns = TextColumn(path.name), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, disable=not console.is_terminal) as shown:
        task = shown.add_task(path.name, total=path.stat().st_size)
        yield lambda position: shown.update(task, completed=position)


def imported(path: Path, counts: IngestCounts) -> None:
    """Say what became of a file."""
    parts = [
        f"{count:,} {name}"
        for name, count in counts.model_dump().items()
        if count and name != "received"
    ]
    told = f" ({', '.join(parts)})" * bool(parts)
    typer.echo(f"{path}: {counts.received:,} readings imported{told}")


def checked(path: Path, report: Report, layout: Layout) -> None:
    """Say what a dry run found in a file."""
    if report.is_clean:
        typer.echo(f"{path}: {report.readings:,} readings would be imported")
        return
    more = report.found.count - len(report.found.shown)
    and_more = f"and {more:,} more" if more else ""
    listed = lines(report.found.shown, and_more, layout)
    typer.echo("\n".join([f"{path}: {summary(report)}", *listed]))


def summary(report: Report) -> str:
    """Say how many rules a file breaks, and after which row it cannot be read."""
    count = report.found.count
    broken = f"{count:,} broken rule{'s' * (count != 1)}"
    if not report.stopped:
        return broken
    if not (count or report.rows):
        return report.stopped
    return f"{broken}; after {report.rows:,} rows {report.stopped}"


def lines(violations: list[Violation], more: str, layout: Layout) -> list[str]:
    """Write broken rules, that there are more, and what would mend times without an offset."""
    naive = layout.timezone is None and any(
        violation["rule"] == times.RULE and local_time(violation["value"])
        for violation in violations
    )
    advice = f"for times without an offset {SAY_ZONE}" if naive else ""
    return [*map(line, violations), *(f"  {last}" for last in (more, advice) if last)]


def line(violation: Violation) -> str:
    """Write one broken rule."""
    row = f"row {violation['row']}: " if "row" in violation else ""
    series = f"{violation['series']}: " if "series" in violation else ""
    value = f"{violation['value']!r} " if "value" in violation else ""
    runs_on = "\n" in violation.get("value", "") and UNCLOSED not in violation["rule"]
    return f"  {row}{series}{value}{violation['rule']}" + f"; {UNCLOSED}" * runs_on
