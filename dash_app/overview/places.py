"""A card for every place: its latest values, how fresh they are, and the day behind them."""

from collections.abc import Sequence
from datetime import datetime

from dash import html
from dash.development.base_component import Component

from dash_app.components.states import message
from dash_app.overview import words
from dash_app.overview.attention import DOTS, GRAVITY, in_order
from dash_app.overview.sparks import spark
from dash_app.overview.view import View
from dash_app.words import MINUS, ago, measure_label, number, unit_symbol
from dtbase.domain.frozen import Frozen
from dtbase.domain.glance.overview import Ahead, Overview, SeriesNow
from dtbase.domain.registry.measures import Statistic

FEW_CARDS = 30
FEW_ROWS = 4
HERO = (206, 74)
HOUR = 3600.0
NOWHERE = "Not at a location"


class Spot(Frozen):
    """A place with the series that are there now."""

    identifier: str
    name: str
    series: tuple[SeriesNow, ...]

    @property
    def gravity(self) -> int:
        """Return how grave the worst is; a healthy place comes last."""
        found = [GRAVITY[each.concern] for each in self.series if each.concern is not None]
        return min(found, default=len(GRAVITY))


def spots_of(overview: Overview, series: Sequence[SeriesNow]) -> list[Spot]:
    """Return the places that have series, those with trouble first."""
    here: dict[str | None, list[SeriesNow]] = {}
    for each in series:
        here.setdefault(each.location, []).append(each)
    spots = [
        Spot(identifier=place.identifier, name=place.name, series=tuple(here[place.identifier]))
        for place in overview.places
        if place.identifier in here
    ]
    if None in here:
        spots.append(Spot(identifier="", name=NOWHERE, series=tuple(here[None])))
    return sorted(spots, key=lambda spot: spot.gravity)


def cards(overview: Overview, series: Sequence[SeriesNow], view: View) -> list[Component]:
    """Return the cards, or what to do where there are none."""
    spots = spots_of(overview, series)
    if not spots:
        return [_nothing(view)]
    shown = spots if view.all else spots[:FEW_CARDS]
    parts: list[Component] = [card(spot, overview.at) for spot in shown]
    if len(shown) < len(spots):
        rest = view.model_copy(update={"all": True}).search()
        text = f"Show all {len(spots)} locations"
        parts.append(html.A(text, href=f"/{rest}", className="btn btn-light ov-rest"))
    return parts


def card(spot: Spot, now: datetime) -> html.Article:
    hero = next((each for each in spot.series if each.day and each.time), None)
    others = in_order([each for each in spot.series if each is not hero])
    rows: list[Component] = [_row(each) for each in others[:FEW_ROWS]]
    if len(others) > FEW_ROWS:
        rows.append(_more(spot, len(others) - FEW_ROWS))
    sensors = {each.sensor for each in spot.series}
    known = html.Span(sensors.pop() if len(sensors) == 1 else spot.identifier, className="dt-faint")
    return html.Article(
        [
            html.Header([html.H3(spot.name), known, _state(spot, now)]),
            *([_hero(hero)] if hero else []),
            *rows,
        ],
        className="dt-card ov-l",
    )


def change_text(series: SeriesNow) -> str:
    """Return how much a value differs from a day ago: +2.8 in 24 h."""
    first = series.day[0] if series.day else None
    value = series.value
    if first is None or isinstance(value, str | bool) or value is None:
        return ""
    if series.statistic is not Statistic.MEAN:
        return ""
    printed = number(value - first, series.unit)
    sign = "" if printed.startswith(MINUS) else "+"
    return f"{sign}{printed} in 24\N{NO-BREAK SPACE}h"


def _state(spot: Spot, now: datetime) -> html.Span:
    worst = in_order(spot.series)[0]
    if worst.concern is not None:
        more = sum(each.concern is not None for each in spot.series) - 1
        text = words.short(worst, now) + (f", {more} more" if more else "")
        return _chip(DOTS[worst.concern], text)
    times = [each.time for each in spot.series if each.time is not None]
    if not times:
        return _chip("off", "No readings of late")
    newest = max(times)
    told = html.Span(
        ago(newest, now),
        className="dt-ago",
        **{"data-time": newest.isoformat()},  # type: ignore[arg-type]
    )
    return _chip("ok", told)


def _chip(dot: str, text: str | Component) -> html.Span:
    return html.Span([html.I(className=f"dt-dot {dot}"), text], className="dt-state dt-meta")


def _hero(series: SeriesNow) -> html.A:
    unit = html.Span(unit_symbol(series.unit), className="dt-unit")
    past = series.day
    said = hourly(series.ahead) if series.ahead else ((), (), ())
    drawing = spark(past, size=HERO, ahead=said[0], lower=said[1], upper=said[2])
    numbers = html.Div(
        [
            html.Div(f"{measure_label(series.measure)}", className="dt-label"),
            html.Div([_number(series), unit], className="dt-num"),
            html.Div(change_text(series), className="dt-meta"),
        ]
    )
    return html.A(
        [numbers, drawing], href=f"/explore?s={series.key}", className=_kind("ov-hero", series)
    )


def hourly(ahead: Ahead) -> tuple[tuple[float | None, ...], ...]:
    """Return the hours ahead of a forecast of any step, with their bounds."""
    every = max(round(HOUR / ahead.step), 1) if ahead.step else 1
    return ahead.values[::every], ahead.lower[::every], ahead.upper[::every]


def _row(series: SeriesNow) -> html.A:
    unit = html.Span(unit_symbol(series.unit), className="dt-unit")
    name = html.Span(measure_label(series.measure))
    value = html.B([_number(series), unit])
    return html.A(
        [name, spark(series.day), value],
        href=f"/explore?s={series.key}",
        className=_kind("ov-row", series),
    )


def _kind(base: str, series: SeriesNow) -> str:
    stale = series.concern is not None and DOTS[series.concern] == "bad"
    return f"{base} stale" if stale or series.time is None else base


def _number(series: SeriesNow) -> str:
    if isinstance(series.value, str | bool):
        return words.value_now(series)
    return number(series.value, series.unit)


def _more(spot: Spot, count: int) -> html.A:
    sensors = dict.fromkeys(each.sensor for each in spot.series)
    asked = "&".join(f"s={each.key}" for each in spot.series[:12])
    where = f"/explore?sensor={next(iter(sensors))}" if len(sensors) == 1 else f"/explore?{asked}"
    return html.A(f"{count} more series", href=where, className="ov-row ov-others")


def _nothing(view: View) -> Component:
    if view.narrowed:
        back = html.A("Show everything", href="/", className="btn btn-light")
        return html.Div(
            message(
                "search", "Nothing fits", "No series is left of what you asked for.", actions=[back]
            ),
            className="dt-card ov-wide",
        )
    text = "Set the twin up here, or describe sensors in a file and run `dtbase apply`."
    way = [html.A("Set up this twin", href="/start", className="btn btn-primary")]
    shown = message("sensor", "No sensors yet", text, actions=way)
    return html.Div(shown, className="dt-card ov-wide")
