"""What needs attention, the gravest first."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component

from dash_app.overview import words
from dash_app.overview.view import UNUSUAL, View
from dash_app.words import error_sentence, measure_label
from dtbase.domain.frozen import Frozen
from dtbase.domain.glance.overview import Concern, Failure, Overview, SeriesNow

FEW = 6
GRAVITY = {Concern.SILENT: 0, Concern.OUTSIDE: 1, Concern.STUCK: 2}
DOTS = {Concern.SILENT: "bad", Concern.OUTSIDE: "warn", Concern.STUCK: "warn"}


class Line(Frozen):
    """One thing that needs attention."""

    dot: str
    name: str
    text: str
    since: str
    href: str = ""
    action: str = ""


def card(
    overview: Overview, series: Sequence[SeriesNow], view: View, zone: ZoneInfo
) -> list[Component]:
    """Return the card with what is unusual among the series that are shown."""
    unusual = in_order([each for each in series if each.concern is not None])
    lines = [line_of(each, overview.at, zone) for each in unusual]
    if not view.narrowed:
        failed = [failure_line(each, overview.at, zone) for each in overview.work.failures]
        lines = failed + lines
    if not lines:
        return [_quiet(overview, series)]
    shown = lines if view.all or view.state == UNUSUAL else lines[:FEW]
    count = f"{len(unusual)} of {len(series)} series" if unusual else ""
    parts: list[Component] = [
        html.Div(
            [html.H2("Needs attention"), html.Span(count, className="dt-meta")],
            className="dt-card-head pb-2",
        ),
        html.Ul([_row(line) for line in shown], className="dt-alerts ov-alerts"),
    ]
    if len(shown) < len(lines):
        more = view.model_copy(update={"state": UNUSUAL}).search()
        words_ = f"{len(lines) - len(shown)} more need attention"
        parts.append(html.A(words_, href=f"/{more}", className="ov-more"))
    return parts


def in_order(series: Sequence[SeriesNow]) -> list[SeriesNow]:
    """Return series, the gravest first, and of the same the one that began last."""
    return sorted(
        series,
        key=lambda each: (
            GRAVITY[each.concern] if each.concern else len(GRAVITY),
            -(each.since.timestamp() if each.since else 0.0),
            str(each.key),
        ),
    )


def line_of(series: SeriesNow, now: datetime, zone: ZoneInfo) -> Line:
    assert series.concern is not None
    return Line(
        dot=DOTS[series.concern],
        name=f"{measure_label(series.measure)}, {series.sensor_name or series.sensor}",
        text=words.unusual(series, now),
        since=words.since_text(series, now, zone),
        href=f"/explore?s={series.key}",
        action="See series",
    )


def failure_line(failure: Failure, now: datetime, zone: ZoneInfo) -> Line:
    """Return the line of a service that failed."""
    reason = error_sentence(failure.reason or "it did not say why")
    return Line(
        dot="bad",
        name=f"Service {failure.service}",
        text=f"Run {failure.run} failed. {reason}",
        since=f"{failure.at.astimezone(zone):%H:%M}",
    )


def _row(line: Line) -> html.Li:
    action: list[Component] = []
    if line.href:
        action = [
            html.A(
                [line.action, html.Span(f": {line.name}", className="visually-hidden")],
                href=line.href,
            )
        ]
    else:
        action = [html.Span()]
    return html.Li(
        [
            html.I(className=f"dt-dot {line.dot}"),
            html.B(line.name),
            html.Span(line.text, className="dt-meta"),
            html.Span(line.since, className="dt-meta dt-faint"),
            *action,
        ]
    )


def _quiet(overview: Overview, series: Sequence[SeriesNow]) -> html.Div:
    reporting = sum(each.time is not None for each in series)
    text = (
        "Nothing has been measured yet."
        if not reporting
        else (
            f"Nothing needs attention. {reporting} of {len(series)} series report as they should."
        )
    )
    dot = "dt-dot ok" if reporting else "dt-dot off"
    return html.Div([html.I(className=dot), text], className="ov-quiet")
