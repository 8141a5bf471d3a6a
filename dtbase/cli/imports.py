"""`dtbase import`: files of tables of any size and kind, through the API."""

import csv
import glob
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import typer

from dtbase.cli import import_options as options
from dtbase.cli import import_progress, import_reports, session
from dtbase.cli.exits import Incomplete
from dtbase.cli.import_reports import bar
from dtbase.cli.output import AsJson
from dtbase.client import Client
from dtbase.domain.imports.imports import NewImport, title_of
from dtbase.domain.imports.profiles import Profile
from dtbase.domain.imports.progress import Progress
from dtbase.domain.imports.reports import ImportReport
from dtbase.errors import Conflict, DTBaseError, Invalid, TooLarge, Violation
from dtbase.importing import findings
from dtbase.importing.choosing import choose, refuse_undecided
from dtbase.importing.findings import Kept
from dtbase.importing.guessing import Guess
from dtbase.importing.naming import Known
from dtbase.importing.reading import FileSeries, Reader
from dtbase.importing.registering import datatype_of
from dtbase.importing.running import Done, How, Import, preview
from dtbase.importing.sources import Source
from dtbase.importing.twins import RemoteTwin

app = typer.Typer()

SHOWN = 20
FEWER_ROWS = "say fewer --rows"
SKIPPED = ".skipped.csv"
FIRST = 12
MORE = (
    "and more; --dry-run goes through the whole file and lists its first hundred,"
    " but does not look at what is stored"
)


@app.command("import")
def import_files(  # noqa: PLR0913 - one parameter for each option
    files: options.Files,
    *,
    profile: options.ProfileOf = None,
    guess: options.Guessing = False,
    time: options.Time = None,
    time_form: options.TimeForm = None,
    time_unit: options.TimeUnit = None,
    timezone: options.Zone = None,
    ambiguous: options.Twice = None,
    skipped: options.SkippedHour = None,
    encoding: options.Encoding = None,
    delimiter: options.Delimiter = None,
    decimal: options.Decimal = None,
    thousands: options.Thousands = None,
    header_line: options.HeaderLine = None,
    units_line: options.UnitsLine = None,
    first_line: options.FirstLine = None,
    sheet: options.Sheet = None,
    nothing: options.Nothing = None,
    column: options.Columns = None,
    unit: options.Units = None,
    key: options.Keys = None,
    series: options.Series = None,
    sensor: options.Sensor = None,
    register: options.Register = False,
    duplicates: options.Twins = None,
    skip_bad: options.SkipBad = False,
    set_aside: options.SetAside = False,
    on_conflict: options.OnConflict = "replace",
    rows: options.Rows = 50_000,
    dry_run: options.DryRun = False,
    growing: options.Growing = False,
    restart: options.Restart = False,
    as_json: AsJson = False,
) -> None:
    """Import readings from files of any size: logs of any kind, spreadsheets, Parquet.

    How a file is read is said by a profile, by options, or guessed from the file; what a guess is
    not sure of is asked for. --guess shows the guess and writes it as a profile. How far an import
    has come is kept beside the file, in FILE.dtbase-progress: after a crash the same command goes
    on from there.

    --dry-run goes through the whole of each file and lists the first hundred rules that its rows
    break. It does not look at what is stored already. The command ends with 8 where anything was
    skipped.
    """
    said = options.said(locals())
    how = How(register, skip_bad, dry_run, on_conflict, rows, set_aside)
    paths = expanded(files)
    if guess:
        tell_guess(paths[0], said, as_json)
        return
    with session.open_client() as client:
        work = Work(client, said, kept_profile(client, profile), how, growing, restart, as_json)
        reports = [work.file(path) for path in paths]
    conclude(reports, work.refused, len(paths), how, as_json)


def expanded(files: Sequence[Path]) -> list[Path]:
    """Return the files that are named, also by globs, in the order of their names."""
    found: list[Path] = []
    for given in files:
        matches = [given] if given.exists() else map(Path, sorted(glob.glob(str(given))))  # noqa: PTH207
        named = [
            path for path in matches if not path.name.endswith((import_progress.SUFFIX, SKIPPED))
        ]
        if not named:
            raise typer.BadParameter(f"there is no file {str(given)!r}")
        folder = next((path for path in named if path.is_dir()), None)
        if folder is not None:
            raise typer.BadParameter(
                f"{str(folder)!r} is a folder; name its files: '{folder}/*.csv'"
            )
        found += named
    return list(dict.fromkeys(found))


def kept_profile(client: Client, given: str | None) -> Profile | None:
    """Return the profile of a file, or the one that the twin keeps by a name."""
    if given is None:
        return None
    if Path(given).exists() or given.endswith((".yaml", ".yml", ".json")):
        return options.load(given)
    return client.import_profiles.get(given).profile


def conclude(
    reports: Sequence[ImportReport], refused: int, count: int, how: How, as_json: bool
) -> None:
    """Print what is left to say, and end with the number that tells it."""
    if as_json:
        typer.echo("[" + ",\n ".join(each.model_dump_json() for each in reports) + "]")
    if refused:
        which = f"{refused} of {count} files" if count > 1 else "the file"
        raise Invalid(f"{which} cannot be imported like this; nothing was stored")
    left_out = sum(each.skipped for each in reports)
    if left_out and not how.dry_run:
        raise Incomplete(f"{left_out:,} skipped; all else is imported")


class Work:
    """What one command does with each of its files."""

    def __init__(  # noqa: PLR0913, PLR0917 - one for each thing that is said
        self,
        client: Client,
        said: dict[str, Any],
        profile: Profile | None,
        how: How,
        growing: bool,
        restart: bool,
        as_json: bool,
    ) -> None:
        """Take what the command line says."""
        self.client, self.said, self.profile, self.how = client, said, profile, how
        self.growing, self.restart, self.as_json = growing, restart, as_json
        self.refused = 0

    def file(self, path: Path) -> ImportReport:
        """Import a file, or check it."""
        source = Source.of(path, whole_lines=self.growing)
        if self.how.dry_run:
            return self.check(path, source)
        with naming(path):
            chosen = self.choose(source)
        if self.restart:
            import_progress.forget(path)
        settings = (chosen.profile.model_dump_json(), self.how.on_conflict, session.url())
        begun = Progress.at_start(path, settings, growing=self.growing)
        return self.store(path, source, chosen, import_progress.load(path, begun))

    def choose(self, source: Source) -> Guess:
        """Return how a file is read, or refuse to bet on it."""
        chosen = choose(source, self.said, self.profile)
        if chosen.undecided:
            refuse_undecided(chosen, self.client.twin().timezone)
        return chosen

    def store(self, path: Path, source: Source, chosen: Guess, progress: Progress) -> ImportReport:
        """Import a file from where an earlier import stopped, noting each acknowledged piece."""
        if progress.rows:
            typer.echo(f"{path}: going on after row {progress.rows:,}", err=True)
        elif chosen.doubts:
            typer.echo(f"{path}: not sure {'; '.join(chosen.doubts)}", err=True)
        skips = SkipFile(path, anew=not progress.rows)
        begun = NewImport(
            file=title_of(path.name),
            kind=chosen.kind,
            profile=chosen.profile,
            resumes=progress.import_id,
        )
        twin = RemoteTwin(self.client, begun)
        with naming(path), bar(path) as advance:
            work = Import(
                source,
                chosen.profile,
                twin,
                self.how,
                chosen.kind,
                Done(progress.rows, progress.counts, progress.refused),
                tell=partial(typer.echo, err=self.as_json),
                advance=advance,
                save=lambda done: import_progress.save(
                    path, progress.after(done.rows, done.counts, done.refused, twin.import_id)
                ),
                skipped=skips.add,
            )
            report = work.run()
            if twin.import_id is not None:
                report = self.client.imports.end(twin.import_id, report).report
        if not self.growing:
            import_progress.forget(path)
        report = report.model_copy(update={"file": str(path), "skipped_file": skips.name})
        if not self.as_json:
            import_reports.tell(import_reports.imported(path, report))
        return report

    def check(self, path: Path, source: Source) -> ImportReport:
        """Check a file to its end, or to where it can be read no further."""
        try:
            chosen = self.choose(source)
        except Invalid as error:
            self.refused += 1
            typer.echo(f"{path}: {error.detail}", err=self.as_json)
            return ImportReport(file=str(path), kind="", dry_run=True)
        work = Import(
            source, chosen.profile, RemoteTwin(self.client), self.how, chosen.kind,
            tell=partial(typer.echo, err=self.as_json),
        )  # fmt: skip
        stopped = ""
        with bar(path) as advance:
            work.advance = advance
            try:
                work.run()
            except Invalid as error:
                stopped = error.detail
        report = work.report().model_copy(update={"file": str(path)})
        found = work.found
        if not (found.count or stopped):
            if not self.as_json:
                import_reports.tell(import_reports.imported(path, report))
            return report
        self.refused += not self.how.skip_bad or bool(stopped)
        more = found.count - len(found.shown)
        listed = import_reports.lines(found.shown, f"and {more:,} more" if more else "")
        said = summary(found.count, work.tally.rows, stopped)
        typer.echo("\n".join([f"{path}: {said}", *listed]), err=self.as_json)
        return report


def summary(count: int, rows: int, stopped: str) -> str:
    """Say how many rules a file breaks, and after which row it cannot be read."""
    broken = f"{count:,} broken rule{'s' * (count != 1)}"
    if not stopped:
        return broken
    return stopped if not (count or rows) else f"{broken}; after {rows:,} rows {stopped}"


class SkipFile:
    """The file beside a file that says what was skipped, and why; made when there is something."""

    def __init__(self, path: Path, *, anew: bool) -> None:
        """Begin anew, or go on."""
        self.path = path.with_name(path.name + SKIPPED)
        if anew:
            self.path.unlink(missing_ok=True)

    @property
    def name(self) -> str | None:
        return str(self.path) if self.path.exists() else None

    def add(self, violations: Sequence[Violation]) -> None:
        """Write down what was skipped."""
        if not violations:
            return
        new = not self.path.exists()
        with self.path.open("a", newline="", encoding="utf-8") as file:
            if new:
                csv.writer(file).writerow(findings.HEADS)
            findings.write(file, list(violations))


def tell_guess(path: Path, said: dict[str, Any], as_json: bool) -> None:
    """Print the profile that a file seems to have, with its first readings and what is not sure."""
    with naming(path):
        source = Source.of(path)
        chosen = choose(source, said)
        profile = chosen.profile.for_a_look()

        def known(wanted: list[FileSeries]) -> dict[str, Known]:
            return {
                each.name: Known(each.plan.datatype or datatype_of(each, profile))
                for each in wanted
            }

        reader = Reader(source, profile, known, Kept(), size=5_000)
        first = list(preview(reader, FIRST))
    if as_json:
        typer.echo(import_reports.answered(path, chosen, first, reader).model_dump_json())
        return
    import_reports.tell(import_reports.guessed(path, chosen, first))
    for broken in import_reports.lines(reader.found.shown[:SHOWN], ""):
        typer.echo(f"# {broken.strip()}")


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Say which file an error is about, and list what its rows break."""
    try:
        yield
    except (Invalid, Conflict) as error:
        listed = [broken for broken in error.violations if broken["rule"] != error.detail]
        listed.sort(key=lambda broken: broken.get("row", 0))
        more = MORE if len(listed) > SHOWN else ""
        shown = import_reports.lines(listed[:SHOWN], more)
        detail = "\n".join([f"{path}: {error.detail}", *shown])
        raise type(error)(detail, violations=error.violations) from error
    except TooLarge as error:
        detail = f"{path}: {error.detail}: {FEWER_ROWS}, and it goes on from where it stopped"
        raise TooLarge(detail) from error
    except DTBaseError as error:
        detail = f"{path}: {error.detail}; the same command goes on from where it stopped"
        raise type(error)(detail) from error
