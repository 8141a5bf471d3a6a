"""How the base is doing: readings that come in, the queue, the models, what runs next."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component

from dash_app.aria import aria
from dtbase.domain.glance.overview import Concern, Due, Overview

LOW = 0.9
"""An hour with fewer readings than this share of a usual one stands out."""


def cells(overview: Overview, zone: ZoneInfo) -> list[Component]:
    """Return what each part of the base does, in a row."""
    return [_readings(overview), _queue(overview), _models(overview), _next(overview, zone)]


def _readings(overview: Overview) -> html.Div:
    reporting = [each for each in overview.series if each.time is not None]
    late = sum(each.concern is Concern.SILENT for each in reporting)
    count = f"{len(reporting) - late} of {len(overview.series)}"
    total = sum(overview.readings)
    return _cell(
        "Readings in",
        count,
        "series on time",
        bars(overview.readings),
        f"Readings per hour, last 24\N{NO-BREAK SPACE}h: {total:,} in all",
    )


def bars(counts: Sequence[int]) -> html.Div:
    """Return a bar for each hour; those that brought less than usual stand out."""
    usual = sorted(counts)[len(counts) // 2] if counts else 0
    most = max(counts, default=0) or 1
    done = counts[:-1]  # the present hour has only begun
    parts = [
        html.I(
            className="low" if place < len(done) and count < LOW * usual else "",
            style={"height": f"{max(100 * count / most, 2):.0f}%"},
        )
        for place, count in enumerate(counts)
    ]
    return html.Div(parts, className="ov-bars", **aria(hidden="true"))


def _queue(overview: Overview) -> html.Div:
    work = overview.work
    failed = len(work.failures)
    text = (
        "No service failed in the last day"
        if not failed
        else (f"{failed} {'service' if failed == 1 else 'services'} failed last time")
    )
    dot = html.I(className=f"dt-dot {'bad' if failed else 'run' if work.running else 'ok'}")
    state = html.Div([dot, text], className="dt-state ov-c")
    return _cell("Queue", str(work.running), f"running, {work.queued} waiting", state, "")


def _models(overview: Overview) -> html.Div:
    models = overview.forecasting
    words = (
        f"{models.drifting} drifting" if models.drifting else "None drifts from what it promised"
    )
    if not models.series:
        words = "No forecast reaches into the future"
    dot = html.I(
        className=f"dt-dot {'warn' if models.drifting else 'ok' if models.series else 'off'}"
    )
    link = html.A("How the models do", href="/forecasts", className="dt-meta")
    state = html.Div([dot, words], className="dt-state ov-c")
    return _cell("Forecasts", str(models.series), "series forecast", state, link)


def _next(overview: Overview, zone: ZoneInfo) -> html.Div:
    due = [_due(each, overview.at, zone) for each in overview.work.due[:3]]
    content: Component = html.Ul(due, className="ov-next")
    if not due:
        content = html.Div("Nothing is scheduled.", className="dt-meta mt-2")
    return html.Div([html.Div("Next", className="dt-label"), content])


def _due(due: Due, now: datetime, zone: ZoneInfo) -> html.Li:
    local = due.at.astimezone(zone)
    day = f"{local:%a} " if due.at - now > timedelta(hours=18) else ""
    return html.Li([html.Span(f"{day}{local:%H:%M}"), due.schedule], title=due.service)


def _cell(label: str, count: str, what: str, drawing: Component, text: str | Component) -> html.Div:
    return html.Div(
        [
            html.Div(label, className="dt-label"),
            html.Div([count, " ", html.Small(what)], className="ov-n"),
            drawing,
            html.Div(text, className="dt-meta dt-faint"),
        ]
    )
