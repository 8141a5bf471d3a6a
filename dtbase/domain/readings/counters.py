"""What a counter counted from one reading to the next, though it dips, starts anew or is swapped.

All is told from a few readings around each step, so that a step is the same whoever asks for it.
"""

import numpy as np
from numpy.typing import NDArray

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.resets import first_after
from dtbase.domain.readings.steps import HOUR, Numbers, Places, Points, Steps
from dtbase.domain.registry.statistics import Options

FEW = 3
"""So many readings in a row can be a slip that the next one takes back."""

SOON = HOUR
"""Or any number within so long."""

NIGHT = 30 * 24 * HOUR
"""Zeros can go on for so long: an inverter says 0 until the sun, or who mends it, is back."""

MOST = 0.5
"""A slip is taken back by a step of more than this share of its fall; growth comes in many."""

DOUBLE = 2.0
"""Where no rate is said, a stand of so many times the one before it may be misread."""

NEAR = 1.1
"""It was, if one soon after it is at most so many times the one before it."""

NO_OPTIONS = Options.model_construct()


def counter_steps(points: Points, options: Options | None) -> Steps:
    """Return what a counter counted between readings; those that it takes back are left out.

    A reset that is known takes nothing back: readings on both sides of it are told apart.
    """
    rules = options or NO_OPTIONS
    starts = first_after(points.times, points.values, rules)
    sides = np.split(np.arange(len(points)), starts)
    wrong = [slips(points.times[side], points.values[side], rules) for side in sides]
    kept = ~np.concatenate(wrong)
    times, values = points.times[kept], points.values[kept]
    anew = np.searchsorted(np.flatnonzero(kept), starts) - 1
    amounts = counted(times, values, anew, rules)
    known = points.area[kept][:-1]
    amounts = np.where(np.isnan(known), amounts, known)
    return Steps(times[:-1], times[1:], amounts)


def counted(times: Times, values: Numbers, anew: Places, rules: Options) -> Numbers:
    """Return what each step counts: a rise itself, a fall what its cause says, else from zero."""
    before, after = values[:-1], values[1:]
    rise = after - before
    most = highest(times, rules)
    amounts = np.where(rise <= most, rise, 0.0)  # more than it can count: it was swapped
    down = rise < 0
    amounts[down] = fallen(before[down], after[down], most[down], rules)
    amounts[anew] = np.where((after[anew] >= 0) & (after[anew] <= most[anew]), after[anew], 0.0)
    return amounts


def fallen(before: Numbers, after: Numbers, most: Numbers, rules: Options) -> Numbers:
    """Return what was counted though the stand fell.

    A flicker counts as it is, a counter that passed its top what lies on both sides of it, one
    that starts from zero its stand, and another meter nothing.
    """
    anew = (after >= 0) & ((after <= most) if rules.rate else (after < before * MOST))
    amounts = np.where(anew, after, 0.0)
    around = passed_top(before, after, most, rules)
    amounts = np.where(np.isnan(around), amounts, around)
    flickers = before - after <= (rules.dip or 0.0)
    return np.where(flickers, after - before, amounts)


def passed_top(before: Numbers, after: Numbers, most: Numbers, rules: Options) -> Numbers:
    """Return what was counted over the top, NaN where that is not what happened."""
    top = rules.modulus
    if top is None:
        return np.full(len(before), np.nan)
    around = top - before + after
    limit = most if rules.rate else np.full(len(before), top * MOST)
    fits = (before <= top) & (after >= 0) & (around >= 0) & (around <= limit)
    return np.where(fits, around, np.nan)


def highest(times: Times, rules: Options) -> Numbers:
    """Return the most that can be counted in each step."""
    if rules.rate is None:
        return np.full(max(len(times) - 1, 0), np.inf)
    return rules.rate * (np.diff(times) / HOUR)


def slips(times: Times, values: Numbers, rules: Options) -> NDArray[np.bool_]:
    """Tell which readings are taken back by one that comes soon after them."""
    wrong = np.zeros(len(values), dtype=bool)
    for place in np.flatnonzero(np.diff(values) < 0):
        mark(wrong, int(place), recovered(times, values, int(place), rules))
    if rules.rate is None:
        return wrong | misread(times, values, wrong, rules)
    left = np.flatnonzero(~wrong)  # or else each fall would make the next rise a slip
    wrong[left] = peaks(times[left], values[left], rules)
    return wrong


def peaks(times: Times, values: Numbers, rules: Options) -> NDArray[np.bool_]:
    """Tell which readings rose by more than can be counted, and came down again."""
    wrong = np.zeros(len(values), dtype=bool)
    for place in np.flatnonzero(np.diff(values) > highest(times, rules)):
        mark(wrong, int(place), came_down(times, values, int(place), rules))
    return wrong


def misread(
    times: Times, values: Numbers, slipped: NDArray[np.bool_], rules: Options
) -> NDArray[np.bool_]:
    """Tell which readings stand far above both their neighbours, which are close to each other.

    Readings that are themselves taken back as slips decide nothing about others.
    """
    wrong = np.zeros(len(values), dtype=bool)
    for place in np.flatnonzero((values[:-1] > 0) & (values[1:] >= DOUBLE * values[:-1])):
        found = came_back(times, values, int(place), rules)
        if found is not None and not slipped[place : found + 1].any():
            mark(wrong, int(place), found)
    return wrong


def mark(wrong: NDArray[np.bool_], before: int, after: int | None) -> None:
    """Note all readings between two."""
    if after is not None:
        wrong[before + 1 : after] = True


def soon_after(times: Times, place: int) -> int:
    """Return the place before which a reading must come to take back the one after `place`."""
    within = int(np.searchsorted(times, times[place] + SOON, side="right"))
    return max(within, place + FEW + 2)


def after_zeros(times: Times, values: Numbers, place: int) -> int:
    """Return the place after the reading that ends a run of zeros, 0 where there is no such run."""
    last = int(np.searchsorted(times, times[place] + NIGHT, side="right"))
    others = np.flatnonzero(values[place + 1 : last] != 0)
    return place + 2 + int(others[0]) if len(others) and others[0] else 0


def recovered(times: Times, values: Numbers, place: int, rules: Options) -> int | None:
    """Return the reading at which a counter is back where it stood before it fell, if one is."""
    stood = values[place]
    end = max(soon_after(times, place), after_zeros(times, values, place))
    back = np.flatnonzero(values[place + 2 : end] >= stood - (rules.dip or 0.0))
    if not len(back):
        return None
    found = place + 2 + int(back[0])
    jump = values[found] - values[found - 1]
    fall = stood - values[place + 1]
    return found if jump > MOST * fall and unlike_use(times, values, place, found, rules) else None


def unlike_use(times: Times, values: Numbers, place: int, found: int, rules: Options) -> bool:
    """Tell whether the way back up cannot have been counted."""
    jump = values[found] - values[found - 1]
    pair = values[place : place + 1], values[place + 1 : place + 2]
    if rules.rate is not None:
        if values[found] - values[place] > most_between(times, place, found, rules.rate):
            return False
        shallow = values[place + 1] >= MOST * values[place]
        return bool(shallow or jump > most_between(times, found - 1, found, rules.rate))
    around = passed_top(*pair, np.full(1, np.inf), rules)[0]
    return bool(np.isnan(around) or (rules.modulus is not None and jump > MOST * rules.modulus))


def came_down(times: Times, values: Numbers, place: int, rules: Options) -> int | None:
    """Return the reading that fits the one before a rise which was more than can be counted."""
    assert rules.rate is not None
    end = min(soon_after(times, place), len(values))
    for found in range(place + 2, end):
        rise = values[found] - values[place]
        if -(rules.dip or 0.0) <= rise <= most_between(times, place, found, rules.rate):
            return found
    return None


def came_back(times: Times, values: Numbers, place: int, rules: Options) -> int | None:
    """Return the reading that is close to the one before a rise, those between far above both."""
    stood = values[place]
    after = values[place + 1 : soon_after(times, place)]
    low = np.flatnonzero(after < DOUBLE * stood)[:1]
    near = (after[low] >= stood - (rules.dip or 0.0)) & (after[low] <= NEAR * stood)
    return place + 1 + int(low[0]) if near.any() else None


def most_between(times: Times, first: int, last: int, rate: float) -> float:
    """Return the most that can be counted between two readings."""
    return float(rate * ((times[last] - times[first]) / HOUR))
