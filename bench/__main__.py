"""`make bench`: measure storage and API on data from a fixed seed, in one run."""

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from pydantic_settings import BaseSettings, SettingsConfigDict

from bench import costs, hostile, imports, ingest, kinds, predictions, reads, services
from bench.data import Size
from bench.stand import Stand, conninfo, stand
from bench.table import Figure, Figures
from dtbase.local.servers import for_tests
from dtbase.storage.database import driver_url

RESULTS = Path(__file__).parent / "RESULTS.md"
FACTS = """
SELECT (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'),
  current_setting('server_version'), current_setting('timescaledb.license'),
  current_setting('fsync'), current_setting('shared_buffers')
"""


class Given(BaseSettings):
    """The servers to measure, where somebody names them."""

    model_config = SettingsConfigDict(env_prefix="DTBASE_TEST_")

    database_url: str | None = None
    redis_url: str | None = None


@contextmanager
def servers() -> Iterator[tuple[str, str]]:
    """Use the servers that are named, or start private ones that keep what they acknowledge."""
    given = Given()
    if given.database_url and given.redis_url:
        yield given.database_url, given.redis_url
        return
    with for_tests(durable=True) as local:
        yield given.database_url or local.database_url, given.redis_url or local.redis_url


def facts(server: str) -> dict[str, str]:
    """Return what the figures depend on."""
    with psycopg.connect(conninfo(driver_url(server))) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        row = connection.execute(FACTS.encode()).fetchone()
    assert row is not None
    extension, postgresql, licence, fsync, buffers = row
    return {
        "edition": "Community" if licence == "timescale" else "Apache",
        "TimescaleDB": extension,
        "PostgreSQL": postgresql,
        "Python": platform.python_version(),
        "fsync": fsync,
        "shared_buffers": buffers,
    }


def main(
    scale: Annotated[
        float, typer.Option(help="1 is 2.6 and 26 million rows; 0.1 a tenth of them.")
    ] = 1.0,
    write: Annotated[bool, typer.Option(help="Write bench/RESULTS.md.")] = True,
    only_imports: Annotated[
        bool, typer.Option("--only-imports", help="Measure only the import of files.")
    ] = False,
    only_costs: Annotated[
        bool,
        typer.Option("--only-costs", help="Measure only what requests cost."),
    ] = False,
    only_kinds: Annotated[
        bool,
        typer.Option("--only-kinds", help="Measure only levels, counters and states."),
    ] = False,
    only_hostile: Annotated[
        bool,
        typer.Option("--only-hostile", help="Measure only what hostile bodies cost others."),
    ] = False,
) -> None:
    """Measure, print one table of ratios, and write it to bench/RESULTS.md."""
    figures = Figures()
    small, large = Size(max(round(10 / scale), 1)), Size(max(round(1 / scale), 1))
    with servers() as (database, redis), stand(database, redis) as measured:
        known = facts(database)
        if only_imports:
            imports.measure(measured, figures)
        elif only_kinds:
            kinds.measure(measured, small, figures)
        elif only_costs or only_hostile:
            reads.load(measured, small, figures)
            if only_costs:
                costs.measure(measured, figures)
            hostile.measure(measured, figures)
        else:
            measure(measured, small, large, known["edition"].lower(), figures)
            services.measure(database, redis, figures)
    figures.show()
    if write and not (only_costs or only_kinds or only_imports or only_hostile):
        figures.write(RESULTS, known)


def measure(stand: Stand, small: Size, large: Size, edition: str, figures: Figures) -> None:
    """Measure everything, the reads at two sizes."""
    reads.load(stand, small, figures)
    before = reads.measure(stand, small, figures)
    kinds.measure(stand, small, figures)
    costs.measure(stand, figures)
    hostile.measure(stand, figures)
    ingest.measure(stand, figures)
    imports.measure(stand, figures)
    predictions.measure(stand, figures)
    reads.load(stand, large, figures)
    after = reads.measure(stand, large, figures)
    growth = Figure(
        "reads",
        "one year by the API, ten times the data",
        after * 1e3,
        "ms",
        after / before,
        "itself before",
        "≤ 1.3",
    )
    figures.add(growth)
    reads.export(stand, figures, 10_000_000)
    reads.space(stand, figures, edition)


if __name__ == "__main__":
    typer.run(main)
