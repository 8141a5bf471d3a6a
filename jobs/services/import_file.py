"""Importing a file of readings as a service, from the folder that the settings name."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field

from dtbase.domain.readings.batches import Batch
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.services.schedules import ZoneName
from dtbase.domain.timeranges import zone
from dtbase.errors import Invalid
from dtbase.formats import bodies
from dtbase.formats.file_layouts import Layout
from dtbase.formats.files import Body, pieces
from dtbase.services import Context, Parameters, QueueName, Service, Yielded
from dtbase.settings import get_settings

ROWS = 50_000


class ImportParameters(Parameters):
    """Which file, and how it holds its readings."""

    file: str = Field(
        description="CSV (.gz, .zst) or Parquet, below the worker's DTBASE_IMPORT_FOLDER."
    )
    time: str = Field("time", description="The column of times.")
    columns: dict[str, str] = Field(
        {}, description="Column: sensor/measure, for one column each; else sensor, measure, value."
    )
    timezone: ZoneName | None = Field(None, description="The zone of times without an offset.")
    ambiguous: Literal["refuse", "earliest", "latest"] = "refuse"


class ImportFile(Service[ImportParameters]):
    """Import readings from a file of any size; repeating it changes nothing."""

    queue = QueueName.MAINTENANCE
    """So that a large file delays no ingestion."""
    timeout = timedelta(hours=12)
    retries = 1

    def run(self, parameters: ImportParameters, context: Context) -> Iterator[Sequence[Yielded]]:
        """Store the file piece by piece."""
        path = within_folder(parameters.file)
        size, stored = path.stat().st_size, 0
        for piece in pieces(path, layout_of(parameters), 0, ROWS):
            yield [batch_of(path, body) for body in piece.bodies]
            stored = piece.end
            context.progress(piece.position, size, f"{stored:,} rows")
        context.log(f"{stored:,} rows of {path.name}")


def within_folder(name: str) -> Path:
    """Return a file of the folder for imports, or refuse."""
    folder = get_settings().import_folder
    if folder is None:
        raise Invalid("this worker has no DTBASE_IMPORT_FOLDER", field="parameters.file")
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise Invalid(f"there is no file {name!r} to import", field="parameters.file")
    return path


def layout_of(parameters: ImportParameters) -> Layout:
    """Return how the file holds its readings."""
    return Layout(
        time=parameters.time,
        columns={name: SeriesKey.parse(series) for name, series in parameters.columns.items()},
        timezone=None if parameters.timezone is None else zone(parameters.timezone),
        ambiguous=parameters.ambiguous,
    )


def batch_of(path: Path, body: Body) -> Batch:
    """Read some readings of a file, or name the row that cannot be read."""
    batch = bodies.decode(body.content, body.content_type)
    for violation in batch.findings.shown[:1]:
        row = f" row {body.row_of(violation['row'])}" if "row" in violation else ""
        value = f" {violation['value']!r}" if "value" in violation else ""
        raise Invalid(f"{path.name}{row}:{value} {violation['rule']}", field="parameters.file")
    return batch
