"""Gaps are filled as docs/queries.md says."""

import numpy as np
import pytest

from dtbase.domain.readings.columns import Columns, fill_gaps
from dtbase.domain.readings.queries import Fill
from dtbase.domain.registry.measures import Statistic

GRID = np.arange("2026-01-01", "2026-01-07", dtype="datetime64[D]").astype("datetime64[us]")
KNOWN = [1, 4]
FILLED: dict[Fill, list[float | None]] = {
    Fill.NULL: [None, 350, None, None, 20, None],
    Fill.PREVIOUS: [None, 350, 350, 350, 20, 20],
    Fill.LINEAR: [None, 350, 240, 130, 20, None],
}


def filled(name: str, fill: Fill, statistic: Statistic) -> list[float | None]:
    """Fill six days of which the second and the fifth are known."""
    columns = Columns(GRID[KNOWN], {name: np.array([350.0, 20.0])})
    column = fill_gaps(columns, GRID, fill, statistic).values[name]
    return [None if np.isnan(value) else round(value, 9) for value in column]


@pytest.mark.parametrize("fill", FILLED)
@pytest.mark.parametrize("name", ["min", "max", "first", "last"])
@pytest.mark.parametrize("statistic", [Statistic.MEAN, Statistic.TOTAL, Statistic.COUNTER])
def test_values_are_filled_from_known_ones_in_the_range(
    name: str, fill: Fill, statistic: Statistic
) -> None:
    assert filled(name, fill, statistic) == FILLED[fill]
    assert filled("mean", fill, Statistic.MEAN) == FILLED[fill]


@pytest.mark.parametrize("fill", FILLED)
def test_counts_become_nothing_and_amounts_stay_unknown(fill: Fill) -> None:
    assert filled("count", fill, Statistic.MEAN) == [0, 350, 0, 0, 20, 0]
    assert filled("sum", fill, Statistic.MEAN) == FILLED[Fill.NULL]
    for statistic in (Statistic.TOTAL, Statistic.COUNTER):
        assert filled("mean", fill, statistic) == FILLED[Fill.NULL]


def test_between_directions_the_shorter_way_is_taken() -> None:
    found = filled("mean", Fill.LINEAR, Statistic.CIRCULAR)
    assert found == [None, 350, 0, 10, 20, None]
