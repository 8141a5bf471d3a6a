"""Importing files of readings as a service, from the folder that the settings name."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import Field

from dtbase.domain.imports.imports import ImportedBatch, NewImport, title_of
from dtbase.domain.imports.profiles import Ambiguous, Duplicates, Profile
from dtbase.domain.imports.progress import Progress
from dtbase.domain.names import Identifier
from dtbase.domain.readings.batches import Batch
from dtbase.domain.readings.readings import NOTHING
from dtbase.domain.registry.stamps import NOTHING_SAID, Said
from dtbase.domain.services.schedules import ZoneName
from dtbase.errors import Invalid, NotFound, Violation
from dtbase.importing import doubted, repeats
from dtbase.importing.choosing import choose, refuse_undecided
from dtbase.importing.findings import Kept, Skips
from dtbase.importing.naming import Registry
from dtbase.importing.reading import FileSeries, Piece, Reader
from dtbase.importing.registering import Additions, additions
from dtbase.importing.running import SKIP_BAD
from dtbase.importing.sources import Source
from dtbase.importing.stored import STARTS
from dtbase.importing.twins import registry_of
from dtbase.services import Context, Parameters, QueueName, Service, Yielded
from dtbase.settings import get_settings
from dtbase.storage.database import transaction
from dtbase.storage.imports import imports, profiles
from dtbase.storage.registry import measures, sensor_types, sensors

BY = "service import-file"
ROWS = 50_000
LOGGED = 500
"""So many of the readings that are skipped are written to the run's log."""


class ImportParameters(Parameters):
    """Which files, and how they hold their readings."""

    file: str = Field(
        description="CSV (.gz, .zst, .zip), Excel or Parquet, below the worker's"
        " DTBASE_IMPORT_FOLDER; * stands for any part of a name."
    )
    profile: Identifier | Profile | None = Field(
        None, description="How they are read: by a kept profile, or this; else it is guessed."
    )
    time: str | None = Field(None, description="The column of times.")
    columns: dict[str, str] = Field(
        {}, description="Column: sensor/measure, for one column each; else sensor, measure, value."
    )
    timezone: ZoneName | None = Field(None, description="The zone of times without an offset.")
    ambiguous: Ambiguous | None = Field(
        None, description="Local times that come twice: by the order of rows, or one."
    )
    duplicates: Duplicates | None = Field(
        None, description="What to do with different values of one series and time."
    )
    register_new: bool = Field(False, description="Make missing sensors and measures.")
    skip_bad: bool = Field(False, description="Leave out what is wrong, and log it.")
    set_aside: bool = Field(False, description="Set aside readings without a valid value or time.")
    growing: bool = Field(
        False, description="Go on where a file ended; leave a last line that is not ended."
    )
    again: bool = Field(False, description="Read files anew that are as they were when imported.")

    def said(self) -> dict[str, Any]:
        """Return the parts of a profile that these say."""
        time = {
            "columns": self.time and [self.time],
            "timezone": self.timezone,
            "ambiguous": self.ambiguous,
        }
        parts = {
            "time": {name: value for name, value in time.items() if value},
            "columns": {name: {"series": series} for name, series in self.columns.items()},
            "duplicates": self.duplicates,
        }
        return {name: value for name, value in parts.items() if value}


class ImportFile(Service[ImportParameters]):
    """Import readings from files of any size; what was imported is only looked at.

    How far each file was read is kept with its import: a run that stopped goes on from there, and
    so does the next one where a file has grown.
    """

    queue = QueueName.MAINTENANCE
    """So that a large file delays no ingestion."""
    timeout = timedelta(hours=12)
    retries = 1

    def run(self, parameters: ImportParameters, context: Context) -> Iterator[Sequence[Yielded]]:
        """Store the files piece by piece, one after the other."""
        paths = within_folder(parameters.file)
        total, before = sum(path.stat().st_size for path in paths), 0
        for path in paths:
            place, told = Place(path, parameters), "as it was"
            if place.unchanged:
                context.log(f"{path.name}: as it was in import {place.last}")
            else:
                work = OneFile(place, parameters, context)
                for position, piece in work.pieces():
                    yield piece
                    context.progress(before + position, total, work.told())
                work.end()
                told = work.told()
                context.log(f"{told} of {path.name}")
            before += place.progress.bytes
            context.progress(before, total, told)


class Place:
    """Where the import of a file stands: not begun, stopped, or done."""

    def __init__(self, path: Path, parameters: ImportParameters) -> None:
        """Look what was imported of the file."""
        self.path = path
        self.profile = profile_of(parameters)
        self.name = path.relative_to(folder_of_imports()).as_posix()
        said = parameters.model_dump_json(exclude={"file", "again"})
        settings = (said, self.profile and self.profile.model_dump_json())
        self.progress = Progress.at_start(path, settings, growing=parameters.growing)
        with transaction() as session:
            found = imports.last_of(session, self.name)
        self.last: int | None = None
        self.unchanged = False
        if found is None or not found[1].same_import(self.progress, path) or parameters.again:
            return
        known, progress = found
        self.unchanged = known.ended_at is not None and progress.same_file(self.progress)
        self.last = known.id
        self.progress = self.progress.after(progress.rows, progress.counts, 0, None)


class OneFile:
    """One file on its way into the twin."""

    def __init__(self, place: Place, parameters: ImportParameters, context: Context) -> None:
        """Choose how it is read."""
        self.place, self.parameters, self.context = place, parameters, context
        self.path, self.done = place.path, place.progress.rows
        self.source = Source.of(self.path, whole_lines=parameters.growing)
        try:
            self.chosen = choose(self.source, parameters.said(), place.profile)
            refuse_undecided(self.chosen, context.twin().timezone)
        except (Invalid, NotFound) as error:
            raise self.refused(error.detail) from error
        for doubt in self.chosen.doubts:
            context.log(f"{self.path.name}: not sure {doubt}")
        self.new: list[Yielded] = []
        self.logged = 0
        self.import_id: int | None = None
        found = Skips(self.log) if parameters.skip_bad else Kept()
        self.reader = Reader(self.source, self.chosen.profile, self.ask, found, size=ROWS)
        self.reader.lenient = parameters.set_aside

    def pieces(self) -> Iterator[tuple[int, Sequence[Yielded]]]:
        """Read piece by piece: how far the file is read, and what is to be stored."""
        try:
            for piece in self.reader.pieces():
                self.refuse()
                refuse_again(piece)
                made, self.new = self.new, []
                yield piece.position, [*made, *self.parts(piece)]
            self.refuse()
        except Invalid as error:
            raise self.refused(error.detail) from error

    def parts(self, piece: Piece) -> Iterator[ImportedBatch]:
        """Yield what of a piece is not stored yet."""
        new = [repeats.take(each, each.rows > self.done) for each in piece.segments]
        segments = tuple(each for each in new if len(each))
        progress = self.place.progress.after(piece.end, NOTHING, 0, None)
        if segments:
            batch = Batch(segments).supplemented(self.said())
            yield ImportedBatch(self.begun(), batch, progress)
        aside = [each for each in piece.doubted if each.row > self.done]
        if aside:
            yield ImportedBatch(self.begun(), doubted.batch_of(aside), progress)

    def begun(self) -> int:
        """Return the import that the file's readings are of; it begins with the first."""
        if self.import_id is None:
            new = NewImport(
                file=title_of(self.path.name),
                kind=self.chosen.kind,
                profile=self.chosen.profile,
                resumes=self.place.last,
            )
            with transaction() as session:
                self.import_id = imports.begin(session, new, BY, self.place.name).id
        return self.import_id

    def end(self) -> None:
        """Write down what became of the file."""
        if self.import_id is None:
            return
        tally = self.reader.tally
        with transaction() as session:
            report = imports.get(session, self.import_id).report
            own = report.readings
            found = tally.reading_counts(own.stored).model_copy(update={"set_aside": own.set_aside})
            if found.accounted == found.read:  # else an import of its rows before was undone
                report = report.model_copy(update={"rows": tally.row_counts(), "readings": found})
            imports.end(session, self.import_id, report)

    def said(self) -> Said:
        """Say that times are the starts of their intervals, where those at the end were moved."""
        return NOTHING_SAID if self.reader.profile.time.stamp == "instant" else STARTS

    def refuse(self) -> None:
        """Refuse the first thing that is wrong, unless it is to be skipped."""
        if not self.parameters.skip_bad:
            for violation in self.reader.found.shown[:1]:
                raise Invalid(f"{said(violation)}; {SKIP_BAD.replace('--skip-bad', 'skip_bad')}")

    def refused(self, detail: str) -> Invalid:
        named = detail if detail.startswith("row ") else f": {detail}"
        return Invalid(f"{self.path.name} {named}".replace(" :", ":"), field="parameters.file")

    def log(self, violation: Violation) -> None:
        """Write to the run's log what is skipped, up to a number of lines."""
        self.logged += 1
        if self.logged <= LOGGED:
            self.context.log(f"{self.path.name}: skipped {said(violation)}")

    def ask(self, wanted: list[FileSeries]) -> Registry:
        """Return what the twin knows of series, with what is to be registered."""
        known = dict(registry_of(self.context.series()))
        lacking = [each for each in wanted if each.name not in known]
        if lacking and self.parameters.register_new:
            new = self.missing(lacking)
            if new.wider:
                kinds = ", ".join(new.wider)
                raise Invalid(f"sensor type {kinds} lacks measures of this file; add them to it")
            self.new += [*new.types, *new.sensors]
            for line in new.told():
                self.context.log(f"registered {line}")
            known |= new.known()
        return known

    def missing(self, lacking: Sequence[FileSeries]) -> Additions:
        """Return what has to be registered."""
        with transaction() as session:
            return additions(
                lacking,
                self.reader.profile,
                sensors.list(session),
                sensor_types.list(session),
                measures.list(session),
            )

    def told(self) -> str:
        """Say how many rows there were, and what was not stored of them."""
        tally = self.reader.tally
        skipped = tally.bad + tally.bad_rows
        more = f", {skipped:,} skipped" if skipped else ""
        more += f", {tally.doubted:,} set aside" if tally.doubted else ""
        return f"{tally.rows:,} rows{more}"


def profile_of(parameters: ImportParameters) -> Profile | None:
    """Return the profile that is given, or the one that the twin keeps by its name."""
    if not isinstance(parameters.profile, str):
        return parameters.profile
    with transaction() as session:
        return profiles.get(session, parameters.profile).profile


def refuse_again(piece: Piece) -> None:
    """Refuse readings of times that stood further above."""
    for segment in piece.again[:1]:
        raise Invalid(
            f"row {segment.rows[0]}: {segment.name} has this time further above already; say"
            " duplicates last or first"
        )


def said(violation: Violation) -> str:
    """Write a broken rule."""
    row = f"row {violation['row']}: " if "row" in violation else ""
    value = f"{violation['value']!r} " if "value" in violation else ""
    return f"{row}{violation.get('series', '')} {value}{violation['rule']}".replace(":  ", ": ")


def folder_of_imports() -> Path:
    """Return the folder whose files may be imported, or refuse."""
    folder = get_settings().import_folder
    if folder is None:
        raise Invalid("this worker has no DTBASE_IMPORT_FOLDER", field="parameters.file")
    return folder


def within_folder(name: str) -> Sequence[Path]:
    """Return the files of the folder for imports that have a name, or refuse."""
    folder = folder_of_imports()
    inside = folder.resolve()
    plain = not (Path(name).is_absolute() or ".." in Path(name).parts or not name.strip("./"))
    found = sorted(folder.glob(name)) if plain else []
    files = [path for path in found if path.is_file() and path.resolve().is_relative_to(inside)]
    if not files:
        raise Invalid(f"there is no file {name!r} to import", field="parameters.file")
    return files
