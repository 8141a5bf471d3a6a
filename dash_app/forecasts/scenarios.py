"""Scenarios of a model side by side, and by how much each differs from the first."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component

from dash_app.components.tables import table
from dash_app.words import DASH, NBSP, moment, quantity
from dtbase.client import Client
from dtbase.domain.forecasts.comparison import Comparison, Side
from dtbase.domain.forecasts.runs import Run, RunStatus
from dtbase.domain.forecasts.selections import DEFAULT_SCENARIO
from dtbase.domain.registry.series import SeriesKey

MOST = 6
AHEAD = (1, 6, 24, 48)
"""So many hours after the first time that all share, values are told."""


def names_of(runs: Sequence[Run], model: str) -> list[str]:
    """Return the scenarios that a model has run, things as they are first."""
    found = {
        run.scenario for run in runs if run.model == model and run.status is RunStatus.SUCCEEDED
    }
    return sorted(found, key=lambda name: (name != DEFAULT_SCENARIO, name))[:MOST]


def parts(
    client: Client, key: SeriesKey, model: str, names: Sequence[str], zone: ZoneInfo
) -> list[Component]:
    """Return the scenarios in a table, and the way to see them drawn."""
    if len(names) < 2:  # noqa: PLR2004 - two to compare
        text = (
            f"{model or 'The model'} has no forecast of this series under a second scenario yet."
            " A scenario changes what a model reads, or what comes of it."
        )
        return [html.P(text, className="dt-meta fx-told")]
    found = client.scores.compare(str(key), models=[model] * len(names), scenarios=names)
    lines = [f"{key}~model={model}~scenario={name}" for name in names]
    link = f"/explore?{urlencode([('s', line) for line in [str(key), *lines]], safe='/:~=')}"
    return [
        html.P(words(found), className="dt-meta fx-told"),
        rows_of(found, zone),
        html.P(html.A("Draw them over what was measured", href=link), className="fx-told"),
    ]


def words(found: Comparison) -> str:
    """Say by how much the scenarios differ."""
    if not found.times:
        return "The newest forecasts of these scenarios share no time."
    said = []
    for side in found.sides[1:]:
        if not side.difference or side.mean_difference is None:
            continue
        more = "more" if side.mean_difference > 0 else "less"
        much = quantity(abs(side.mean_difference), found.unit)
        said.append(f"under {side.scenario} {much} {more} in the mean")
    first = found.sides[0].scenario or "the first"
    return f"Beside {first}: {'; '.join(said) or 'no difference'}."


def rows_of(found: Comparison, zone: ZoneInfo) -> Component:
    """Return the values of some hours, with their differences from the first scenario."""
    places = places_of(found.times)
    heads = ("Scenario", "Issued", *(moment(found.times[place], zone) for place in places))
    rows = [
        html.Tr(
            [
                html.Th(side.scenario or DASH, scope="row"),
                html.Td(moment(side.issued_at, zone) if side.issued_at else DASH),
                *(html.Td(_cell(side, place, found.unit), className="dt-r") for place in places),
            ]
        )
        for side in found.sides
    ]
    return table(heads, rows)


def places_of(times: Sequence[datetime]) -> list[int]:
    """Return where the times stand of which values are told."""
    if not times:
        return []
    wanted = [times[0] + timedelta(hours=hours - 1) for hours in AHEAD]
    return [times.index(at) for at in wanted if at in times] or [0]


def _cell(side: Side, place: int, unit: str | None) -> str:
    value = quantity(side.values[place], unit)
    away = side.difference[place] if place < len(side.difference) else 0.0
    if not away:
        return value
    return f"{value} ({'+' if away > 0 else ''}{quantity(away, unit)})".replace(" ", NBSP)
