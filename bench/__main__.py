"""`make bench`: measure storage and API on data from a fixed seed, in one run."""

from typing import Annotated

import typer

from bench import costs, hostile, imports, ingest, kinds, predictions, reads, services
from bench.data import Size
from bench.servers import facts, servers
from bench.stand import Stand, stand
from bench.table import RESULTS, Figure, Figures


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
        figures.write(RESULTS, known, known["edition"])


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
