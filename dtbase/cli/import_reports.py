"""What `dtbase import` says of a file: how far it is, what its rows break, what became of it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
import yaml
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from dtbase.cli.output import aligned, plain
from dtbase.domain.imports.profiles import NOTHING, Profile
from dtbase.domain.imports.reports import Broken, ImportAnswer, ImportReport, ShownReading
from dtbase.domain.readings.readings import NOTHING as NOTHING_STORED
from dtbase.errors import Violation
from dtbase.formats.csv_quotes import UNCLOSED
from dtbase.importing.guessing import Guess
from dtbase.importing.reading import Reader

UNENDED = "the last row has no line end: if the file is still being written, it may be cut off"


@contextmanager
def bar(path: Path) -> Iterator[Callable[[int], None]]:
    """Show how much of a file is done, where somebody can see it."""
    console = Console(stderr=True)
    columns = TextColumn(path.name), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, disable=not console.is_terminal) as shown:
        task = shown.add_task(path.name, total=path.stat().st_size)
        yield lambda position: shown.update(task, completed=position)


def imported(path: Path, report: ImportReport) -> Iterator[str]:
    """Say what became of a file."""
    counts, rows = report.readings, report.rows
    names = {
        "inserted": counts.inserted,
        "replaced": counts.replaced,
        "unchanged": counts.unchanged,
        "kept": counts.kept,
        "put together": counts.merged,
        "set aside": counts.set_aside,
        "skipped": counts.skipped,
    }
    told = ", ".join(f"{count:,} {name}" for name, count in names.items() if count)
    done = counts.read - counts.skipped
    verb = "would be imported" if report.dry_run else "imported"
    yield f"{path}: {done:,} readings {verb}" + (f" ({told})" if told else "")
    beside = {**rows.passed_over, "rows that cannot be read": rows.skipped}
    parts = [f"{count:,} {name}" for name, count in beside.items() if count]
    if counts.nothing:
        parts.append(f"{counts.nothing:,} cells without a value")
    if parts:
        yield f"  {rows.read:,} rows; {', '.join(parts)}"
    if rows.unended:
        yield f"  {UNENDED}"
    if report.import_id is not None and counts.inserted + counts.replaced:
        yield f"  `dtbase imports undo {report.import_id}` takes it back"
    if report.skipped_file:
        yield f"  what was skipped, and why, stands in {report.skipped_file}"


def lines(violations: Sequence[Violation], more: str) -> list[str]:
    """Write broken rules, and that there are more."""
    return [*map(line, violations), *(f"  {last}" for last in [more] if last)]


def line(violation: Violation) -> str:
    """Write one broken rule."""
    row = f"row {violation['row']}: " if "row" in violation else ""
    series = f"{violation['series']}: " if "series" in violation else ""
    value = f"{violation['value']!r} " if "value" in violation else ""
    runs_on = "\n" in violation.get("value", "") and UNCLOSED not in violation["rule"]
    return f"  {row}{series}{value}{violation['rule']}" + f"; {UNCLOSED}" * runs_on


def document(profile: Profile) -> str:
    """Write a profile as YAML, without what would hold by default."""
    found: dict[str, Any] = profile.model_dump(mode="json", exclude_defaults=True)
    if profile.nothing == NOTHING:
        found.pop("nothing", None)
    return yaml.safe_dump(found, allow_unicode=True, sort_keys=False, width=100)


def guessed(path: Path, guess: Guess, first: Sequence[tuple[object, ...]]) -> Iterator[str]:
    """Say how a file would be read, as comments above and below its profile."""
    yield f"# {path.name} looks like {guess.kind}."
    if guess.doubts:
        yield "# Not sure:"
        yield from (f"#   {doubt}" for doubt in guess.doubts)
    if guess.left_out:
        yield f"# Left out, since they hold no values: {', '.join(guess.left_out)}"
    yield document(guess.profile).rstrip()
    if first:
        yield "# The first readings, as they would be stored:"
        rows = [
            [plain(str(cell)) for cell in row]
            for row in [("row", "series", "time", "value"), *first]
        ]
        yield from ("#   " + "  ".join(row).rstrip() for row in aligned(rows))


def answered(
    path: Path, guess: Guess, first: Sequence[tuple[int, str, str, object]], reader: Reader
) -> ImportAnswer:
    """Say how a file would be read as the API answers it."""
    report = ImportReport(
        file=str(path),
        kind=guess.kind,
        dry_run=True,
        rows=reader.tally.row_counts(),
        readings=reader.tally.reading_counts(NOTHING_STORED, dry_run=True),
    )
    shown = [
        ShownReading.model_validate({"row": row, "series": series, "time": time, "value": value})
        for row, series, time, value in first
    ]
    return ImportAnswer(
        report=report,
        profile=guess.profile,
        doubts=guess.doubts,
        left_out=guess.left_out,
        first=tuple(shown),
        broken=tuple(Broken.model_validate(dict(each)) for each in reader.found.shown),
    )


def tell(lines_: Iterator[str]) -> None:
    """Print lines."""
    for each in lines_:
        typer.echo(each)
