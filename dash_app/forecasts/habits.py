"""When a model is usually off, and which way: by the hour of the day, by the time of the year."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from dash import html
from dash.development.base_component import Component

from dash_app.components.tables import table
from dash_app.explore.columns import floats, times_of
from dash_app.words import NBSP, quantity
from dtbase.client import Client
from dtbase.domain.frozen import Frozen
from dtbase.domain.glance.chart import LineName
from dtbase.domain.readings.readings import SeriesValues
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.values.beliefs import Belief

PAST = timedelta(days=365)
LEAD = "6h"
BLOCK = 3
ENOUGH = 20
"""Fewer hours than this say nothing about a time of day."""

LEANS = 0.3
"""It leans one way where the mean of its errors is so much of their size."""

SEASONS = {
    "December to February": (12, 1, 2),
    "March to May": (3, 4, 5),
    "June to August": (6, 7, 8),
    "September to November": (9, 10, 11),
}


class Miss(NamedTuple):
    """When something was measured, and by how much more than was forecast."""

    at: datetime
    away: float


class Habit(Frozen):
    """How far off a model is at some times, and by how much what comes is higher in the mean."""

    name: str
    count: int
    usual: float
    away: float

    @property
    def leans(self) -> bool:
        return abs(self.away) > LEANS * self.usual


def misses(client: Client, key: SeriesKey, model: str, zone: ZoneInfo) -> list[Miss]:
    """Return by how much a year's hours were missed, each by what was believed before it."""
    now = datetime.now(UTC)
    names = [LineName(key=key), LineName(key=key, belief=Belief(model=model, lead=LEAD))]
    chart = client.glance.chart(names, now - PAST, now, bucket="1h", timezone=str(zone))
    found = {line.name: line for line in chart.lines}
    measured, believed = (found.get(str(name)) for name in names)
    if measured is None or believed is None or not measured.values or not believed.predictions:
        return []
    came = by_time(measured.values, "mean")
    return [
        Miss(time.astimezone(zone), came[time] - value)
        for time, value in by_time(believed.predictions, "value").items()
        if time in came
    ]


def by_time(values: SeriesValues, column: str) -> dict[datetime, float]:
    """Return what there is at each time."""
    known = values.values.get(column) or values.values["value"]
    pairs = zip(times_of(values), floats(known).tolist(), strict=True)
    return {time: value for time, value in pairs if not np.isnan(value)}


def habits_of(
    found: Sequence[Miss], names: Sequence[str], name_of: Callable[[datetime], str]
) -> list[Habit]:
    """Return how far off a model is at each of some times that are known well enough."""
    groups: dict[str, list[float]] = {name: [] for name in names}
    for miss in found:
        groups[name_of(miss.at)].append(miss.away)
    return [
        Habit(
            name=name,
            count=len(away),
            usual=float(np.mean(np.abs(away))),
            away=float(np.mean(away)),
        )
        for name, away in groups.items()
        if len(away) >= ENOUGH
    ]


def block_of(at: datetime) -> str:
    """Return the hours of the day around a time: 12 to 15 o'clock."""
    first = at.hour // BLOCK * BLOCK
    return f"{first} to {first + BLOCK} o'clock"


BLOCKS = tuple(f"{hour} to {hour + BLOCK} o'clock" for hour in range(0, 24, BLOCK))


def season_of(at: datetime) -> str:
    return next(name for name, months in SEASONS.items() if at.month in months)


def told(habits: Sequence[Habit], unit: str | None) -> str:
    """Say in words when a model is farthest off, when closest, and which way it leans."""
    if len(habits) < 2:  # noqa: PLR2004 - two to compare
        return ""
    worst = max(habits, key=lambda habit: habit.usual)
    best = min(habits, key=lambda habit: habit.usual)
    text = (
        f"Farthest off from {worst.name}, usually by {quantity(worst.usual, unit)};"
        f" closest from {best.name}, by {quantity(best.usual, unit)}."
    )
    leaning = max(habits, key=lambda habit: abs(habit.away))
    if not leaning.leans:
        return f"{text} It leans neither way."
    return f"{text} {way(leaning, unit)} from {leaning.name}."


def way(habit: Habit, unit: str | None) -> str:
    """Say which way the forecasts of a time lean."""
    if not habit.leans:
        return "Neither way"
    much = quantity(abs(habit.away), unit)
    return f"{much} too {'low' if habit.away > 0 else 'high'} in the mean"


def parts(found: Sequence[Miss], unit: str | None) -> list[Component]:
    """Return both tables under their sentences."""
    if not found:
        text = "Nothing of the last year was forecast six hours ahead and measured since."
        return [html.P(text, className="dt-meta fx-told")]
    days = habits_of(found, BLOCKS, block_of)
    seasons = habits_of(found, tuple(SEASONS), season_of)
    shown: list[Component] = []
    for habits, head in ((days, "Hours"), (seasons, "Months")):
        sentence = told(habits, unit) or "Too few hours are known to tell times apart."
        shown += [html.P(sentence, className="dt-meta fx-told"), _table(habits, head, unit)]
    about = f"Of {len(found):,} hours of the last year, each as it was believed six hours before."
    return [html.Div(shown), html.P(about, className="dt-meta fx-told")]


def _table(habits: Sequence[Habit], head: str, unit: str | None) -> Component:
    rows = [
        html.Tr(
            [
                html.Th(habit.name.replace(" ", NBSP), scope="row"),
                html.Td(quantity(habit.usual, unit), className="dt-r"),
                html.Td(way(habit, unit)),
                html.Td(f"{habit.count:,}", className="dt-r"),
            ]
        )
        for habit in habits
    ]
    return table((head, "Usually off", "Leans", "Values"), rows) if rows else html.Div()
