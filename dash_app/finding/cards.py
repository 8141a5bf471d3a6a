"""What was found, in words and in tables."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import plotly.graph_objects as go
from dash import dcc, html

from dash_app.aria import aria
from dash_app.components.states import message
from dash_app.explore.figures import CONFIG
from dash_app.finding import ids, noting
from dash_app.finding.figures import HEIGHT
from dash_app.icons import icon
from dash_app.words import NBSP, bucket_label, city, length, moment, quantity, span
from dtbase.domain.frozen import Frozen
from dtbase.domain.values.conditions import Condition, Kind
from dtbase.domain.values.likeness import LikesAnswer
from dtbase.domain.values.periods import Period, PeriodsAnswer

MOST_ROWS = 200
SIX_DAYS = timedelta(days=6)
ROOM = 0.5
"""A period is shown in Explore with so much of its length at both sides."""


class Told(Frozen):
    """What a card needs beside what was found."""

    series: str
    zone: str
    may_note: bool = False

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


def nothing_asked() -> html.Div:
    return message(
        "filter",
        "Say what to look for",
        "A series, a condition and a value: every time at which it held is found, in all that"
        " is stored.",
    )


def headline(found: PeriodsAnswer, told: Told) -> html.P:
    """Say what was found in one sentence."""
    looked = found.end - found.start
    share = found.seconds / looked.total_seconds() * 100
    count = "1 period" if found.count == 1 else f"{found.count:,} periods"
    held = length(timedelta(seconds=found.seconds))
    text = f" from {span(found.start, found.end, told.tz)}, together {held}, {share:.1f}{NBSP}%."
    running = found.periods and found.periods[-1].running
    shown = "" if found.count <= MOST_ROWS else f" The newest {len(found.periods)} are listed."
    return html.P(
        [html.B(count), text, " The last is still running." if running else "", shown],
        className="dt-meta fw-told",
        role="status",
    )


def chart(figure: go.Figure, name: str, title: str, foot: Sequence[str]) -> html.Section:
    room = {"height": f"{HEIGHT}px"}
    graph = dcc.Graph(id=name, figure=figure, config=CONFIG, style=room)  # type: ignore[arg-type]
    return html.Section(
        [
            html.Div(html.H2(title), className="dt-card-head"),
            graph,
            html.Div([html.Span(text) for text in foot], className="dt-card-foot"),
        ],
        className="dt-card",
        **aria(label=title),
    )


def foot_of(bucket: str, told: Told) -> list[str]:
    drawn = "Drawn as measured" if bucket == "raw" else f"Drawn by means of {bucket_label(bucket)}"
    return [f"{drawn}; found by the readings", f"Times in {city(told.zone)}"]


def table(found: PeriodsAnswer, told: Told) -> html.Section:
    """Return the list of periods, the newest first."""
    extreme = extreme_of(found)
    heads = ("", "When", "Length", *([extreme.title()] if extreme else []))
    head = html.Tr(
        [
            html.Th(
                word or html.Span("Number", className="visually-hidden"),
                className="dt-r" if word in heads[2:] else None,
            )
            for word in heads
        ]
    )
    rows = [row(period, found.unit, extreme, told) for period in reversed(found.periods)]
    download = html.Button(
        [icon("import"), "Download list"], id=ids.CSV, className="btn btn-link btn-sm"
    )
    foot = [download, noting.form(found)] if told.may_note else [download]
    return html.Section(
        [
            html.Div(
                [html.H2("Periods"), html.Span(f"{found.count:,}", className="dt-meta ms-auto")],
                className="dt-card-head",
            ),
            html.Div(
                html.Table([html.Thead(head), html.Tbody(rows)], className="dt-table fw-t"),
                className="dt-scroll fw-list",
                tabIndex=0,
                role="region",
                **aria(label="Periods"),
            ),
            html.Div(foot, className="dt-card-foot fw-foot"),
        ],
        className="dt-card",
    )


def extreme_of(found: PeriodsAnswer) -> str:
    """Return which reading of a period tells most: of what was below a value, the lowest."""
    if all(period.highest is None for period in found.periods):
        return ""
    below = Condition.parse(found.conditions[0]).kind in {Kind.BELOW, Kind.FALLING}
    return "lowest" if below else "highest"


def row(period: Period, unit: str | None, extreme: str, told: Told) -> html.Tr:
    number = html.Span(str(period.number), className="fw-no")
    held = length(timedelta(seconds=period.seconds))
    cells = [
        html.Td(number),
        html.Td(when(period.start, period.end, told)),
        html.Td([held, html.Small("so far") if period.running else ""], className="dt-r"),
    ]
    if extreme:
        value, at = getattr(period, extreme), getattr(period, f"{extreme}_at")
        time = "" if at is None else f"at {clock(at, period.start, told)}"
        cells.append(html.Td([html.B(quantity(value, unit)), html.Small(time)], className="dt-r"))
    return html.Tr(cells)


def when(start: datetime, end: datetime, told: Told) -> html.A:
    """Return a range in two lines that leads to Explore."""
    room = (end - start) * ROOM
    shown = {"s": told.series, "from": stamp(start - room), "to": stamp(end + room)}
    first = start.astimezone(told.tz)
    lines = [
        html.Span(f"{first:%a} {first.day} {first:%b %Y}", className="fw-two"),
        html.Small(f"{first:%H:%M} to {clock(end, start, told)}"),
    ]
    return html.A(lines, href=f"/explore?{urlencode(shown, safe='/:')}")


def clock(time: datetime, beside: datetime, told: Told) -> str:
    """Return a time of day, with its weekday or date where the time beside it is on another day."""
    local, other = time.astimezone(told.tz), beside.astimezone(told.tz)
    if local.date() == other.date():
        return f"{local:%H:%M}"
    return f"{local:%a %H:%M}" if abs(time - beside) < SIX_DAYS else moment(time, told.tz)


def stamp(time: datetime) -> str:
    return time.astimezone(ZoneInfo("UTC")).replace(tzinfo=None).isoformat(timespec="minutes") + "Z"


def shared(found: PeriodsAnswer, told: Told) -> html.Section:
    """Say what the periods that are listed have in common."""
    periods = found.periods
    longest = max(periods, key=lambda period: period.seconds)
    ended = [period.seconds for period in periods if not period.running]
    starts = sorted(period.start.astimezone(told.tz).strftime("%H:%M") for period in periods)
    facts = [
        ("Found", f"{found.count:,}"),
        ("Together", length(timedelta(seconds=found.seconds))),
        ("Longest", f"{length(timedelta(seconds=longest.seconds))}, no. {longest.number}"),
        ("Usual start", f"{starts[len(starts) // 2]}, from {starts[0]} to {starts[-1]}"),
        ("Readings looked at", f"{found.readings:,}"),
    ]
    if ended:
        facts.insert(3, ("Median length", length(timedelta(seconds=median(ended)))))
    extremes = [period for period in periods if period.highest is not None]
    if extremes:
        top = max(extremes, key=lambda period: period.highest or 0.0)
        facts.insert(3, ("Highest", f"{quantity(top.highest, found.unit)}, no. {top.number}"))
    return facts_card("What they share", facts)


def facts_card(title: str, facts: Sequence[tuple[str, str]]) -> html.Section:
    pairs = [part for name, text in facts for part in (html.Dt(name), html.Dd(text))]
    return html.Section(
        [
            html.Div(html.H2(title), className="dt-card-head"),
            html.Dl(pairs, className="dt-facts dt-card-body"),
        ],
        className="dt-card",
    )


def likes(found: LikesAnswer, told: Told) -> html.Section:
    """Return the likes of a stretch, the closest first."""
    head = html.Tr([html.Th(word) for word in ("Rank", "When", "Likeness")])
    rows = [
        html.Tr(
            [
                html.Td(html.Span(str(like.rank), className="fw-no")),
                html.Td(when(like.start, like.end, told)),
                html.Td(f"{like.correlation * 100:.0f}{NBSP}%", className="dt-r"),
            ]
        )
        for like in found.likes
    ]
    return html.Section(
        [
            html.Div(
                [
                    html.H2("The most alike"),
                    html.Span(f"of {found.compared:,}", className="dt-meta ms-auto"),
                ],
                className="dt-card-head",
            ),
            html.Div(
                html.Table([html.Thead(head), html.Tbody(rows)], className="dt-table fw-t"),
                className="dt-scroll fw-list",
                tabIndex=0,
                role="region",
                **aria(label="The most alike"),
            ),
        ],
        className="dt-card",
    )
