"""`make bench`: measure storage and API on data from a fixed seed, in one run."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer

from bench import costs, hostile, imports, ingest, kinds, predictions, quality, reads, services
from bench.data import Size
from bench.servers import facts, servers
from bench.stand import Stand, stand
from bench.table import RESULTS, Figure, Figures


class Part(StrEnum):
    """What may be measured without the rest."""

    COSTS = "costs"
    HOSTILE = "hostile"
    IMPORTS = "imports"
    KINDS = "kinds"
    QUALITY = "quality"


def main(
    scale: Annotated[
        float, typer.Option(help="1 is 2.6 and 26 million rows; 0.1 a tenth of them.")
    ] = 1.0,
    write: Annotated[bool, typer.Option(help="Write bench/RESULTS.md.")] = True,
    only: Annotated[
        list[Part] | None, typer.Option(help="Measure only this, and write nothing.")
    ] = None,
) -> None:
    """Measure, print one table of ratios, and write it to bench/RESULTS.md."""
    figures = Figures()
    small, large = Size(max(round(10 / scale), 1)), Size(max(round(1 / scale), 1))
    with servers() as (database, redis), stand(database, redis) as measured:
        known = facts(database)
        if only:
            measure_parts(measured, small, only, figures)
        else:
            measure(measured, small, large, known["edition"].lower(), figures)
            services.measure(database, redis, figures)
    figures.show()
    if write and not only:
        figures.write(RESULTS, known, known["edition"])


def measure_parts(stand: Stand, size: Size, parts: list[Part], figures: Figures) -> None:
    """Measure some parts, beside what they read."""
    if {Part.COSTS, Part.HOSTILE, Part.KINDS} & set(parts):
        reads.load(stand, size, figures)
    measured: dict[Part, Callable[[], None]] = {
        Part.COSTS: lambda: costs.measure(stand, figures),
        Part.HOSTILE: lambda: hostile.measure(stand, figures),
        Part.IMPORTS: lambda: imports.measure(stand, figures),
        Part.KINDS: lambda: kinds.measure(stand, size, figures),
        Part.QUALITY: lambda: quality.measure(stand, figures),
    }
    for part in parts:
        measured[part]()


def measure(stand: Stand, small: Size, large: Size, edition: str, figures: Figures) -> None:
    """Measure everything, the reads at two sizes."""
    reads.load(stand, small, figures)
    before = reads.measure(stand, small, figures)
    kinds.measure(stand, small, figures)
    costs.measure(stand, figures)
    quality.measure(stand, figures)
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
