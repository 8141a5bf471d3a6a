"""A level is offered where readings come irregularly, and nowhere else."""

import numpy as np
import pytest

from dtbase.domain.registry.measures import Statistic
from dtbase.domain.values.statistics import offered_to

START = np.datetime64("2026-05-01", "us")
MINUTE = np.timedelta64(1, "m")


def at(minutes: list[float]) -> "np.ndarray[tuple[int], np.dtype[np.datetime64]]":
    return START + np.array([round(each * 60) for each in minutes]) * np.timedelta64(1, "s")


RANDOM = np.random.default_rng(3)
ON_CHANGE = np.cumsum(RANDOM.exponential(37, 200)).tolist()
BURSTS = [day * 1440 + 600 + minute for day in range(30) for minute in range(20)]


@pytest.mark.parametrize("minutes", [ON_CHANGE, BURSTS])
def test_a_level_is_offered_to_what_reports_on_change(minutes: list[float]) -> None:
    assert offered_to(Statistic.MEAN, at(minutes)) is Statistic.LEVEL


@pytest.mark.parametrize(
    "minutes",
    [
        [float(n) for n in range(500)],
        [*range(300), *range(20_000, 20_300)],
        [n + 0.02 * (n % 3) for n in range(300)],
        [float(n) for n in range(600) if n % 7 and n % 11],
        [0.0, 1.0, 50.0],
    ],
)
def test_none_is_offered_to_what_comes_evenly_though_some_are_missing(
    minutes: list[float],
) -> None:
    assert offered_to(Statistic.MEAN, at(minutes)) is None


def test_none_is_offered_where_something_else_is_declared() -> None:
    assert offered_to(Statistic.COUNTER, at(ON_CHANGE)) is None
