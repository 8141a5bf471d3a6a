"""A section of bench/RESULTS.md that a command of its own measures."""

from collections.abc import Callable

from bench.servers import facts, servers
from bench.stand import Stand, stand
from bench.table import RESULTS, Figures


def section(title: str, measure: Callable[[Stand, Figures], None]) -> None:
    """Measure on servers of its own, print the table, and write it."""
    figures = Figures()
    with servers() as (database, redis), stand(database, redis) as measured:
        measure(measured, figures)
        known = facts(database)
    figures.show()
    figures.write(RESULTS, known, title)
