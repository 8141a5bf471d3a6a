"""The drawer of the page Quality: a new correction with its preview, or what one has changed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component

from dash_app.aria import aria
from dash_app.components.states import message
from dash_app.components.tables import table
from dash_app.icons import icon
from dash_app.quality import ids
from dash_app.quality.cards import dates
from dash_app.quality.words import correction_told, counted, value_text
from dash_app.words import DASH, moment, span
from dtbase.domain.readings.corrections import (
    MOST_HOURS,
    CorrectedReading,
    Correction,
    NewCorrection,
    Preview,
    PreviewedReading,
)
from dtbase.domain.registry.series import Value

MOST_DAYS = 14
MOST_READINGS = 100


def frame(title: str, under: str, content: list[Component], foot: Component) -> list[Component]:
    """Return the drawer's head, what is in it, and its buttons."""
    close = html.Button(
        icon("close"),
        type="button",
        className="btn btn-link btn-icon ms-auto qu-close",
        **aria(label="Close"),
    )
    told = html.Div([html.H2(title), html.Span(under, className="dt-meta")])
    return [
        html.Div([told, close], className="offcanvas-header"),
        html.Div(content, className="offcanvas-body tb-form"),
        foot,
    ]


def cancel(words: str) -> html.Button:
    return html.Button(words, type="button", className="btn btn-light qu-close")


def asking(fields: list[Component]) -> list[Component]:
    """Return the form of a new correction, which is previewed before it is made."""
    see = html.Button("Preview", id=ids.SEEN, type="button", className="btn btn-primary")
    make = html.Button(
        "Correct", id=ids.MAKE, type="button", className="btn btn-primary", hidden=True
    )
    content = [
        html.Div(id=ids.WRONG, role="alert"),
        *fields,
        html.Div(id=ids.PREVIEW, className="qu-preview", role="status"),
    ]
    foot = html.Div([see, make, cancel("Cancel")], className="dt-drawer-foot")
    return frame("Correct readings", "Nothing is changed before you have seen it", content, foot)


def preview(new: NewCorrection, found: Preview, zone: ZoneInfo) -> list[Component]:
    """Return what a correction would change: how many, which hours, and the first of them."""
    if not found.readings:
        words = "Nothing would change: no reading there is meant, or all are so already."
        return [html.P(words, className="tb-refused mb-0")]
    changes = "changes" if found.hours == 1 else "change"
    told = f"{counted(found.readings)}; {counted(found.hours, 'hour')} {changes}"
    rows = [changed(each, zone) for each in found.first_readings]
    more = found.readings - len(found.first_readings)
    after = [html.P(f"and {counted(more)} more", className="dt-meta mb-0")] if more else []
    gone = "is taken away" if new.kind == "void" else "After"
    return [
        html.H3(told),
        *hour_map(found, zone),
        html.Div(table(("Time", "Now", gone), rows), className="qu-table"),
        *after,
        html.P("What was sent is kept; it can be undone.", className="dt-meta mb-0"),
    ]


def changed(each: PreviewedReading, zone: ZoneInfo) -> html.Tr:
    after = told_after(each.time, each.after_time, each.after_value, zone)
    return html.Tr(
        [
            html.Th(stamp(each.time, zone), scope="row"),
            html.Td(value_text(each.value), className="dt-r"),
            html.Td(after, className="dt-r"),
        ]
    )


def told_after(
    time: datetime, after_time: datetime | None, value: Value | None, zone: ZoneInfo
) -> str:
    """Return what a reading has become, with its time where that is another."""
    if after_time is None:
        return DASH
    when = f" at {stamp(after_time, zone)}" if after_time != time else ""
    return f"{value_text(value)}{when}"


def stamp(time: datetime, zone: ZoneInfo) -> str:
    local = time.astimezone(zone)
    seconds = f":{local:%S}" if local.second else ""
    return f"{moment(time, zone, year=local.year != datetime.now(UTC).year)}{seconds}"


def hour_map(found: Preview, zone: ZoneInfo) -> list[Component]:
    """Return the first days in which hours change, a cell for each hour of the site's clock."""
    days: dict[date, set[int]] = defaultdict(set)
    for hour in found.first_hours:
        local = hour.astimezone(zone)
        days[local.date()].add(local.hour)
    shown = sorted(days)[:MOST_DAYS]
    cells: list[Component] = [html.Span()]
    cells += [html.Span(f"{hour:02d}", className="t") for hour in (0, 6, 12, 18)]
    for day in shown:
        cells.append(html.Span(f"{day:%a} {day.day} {day:%b}"))
        cells += [html.I(className="on" if hour in days[day] else "") for hour in range(24)]
    first, last = found.first_hours[0], found.first_hours[-1]
    words = f"Hours that change, from {moment(first, zone)} to {moment(last, zone)}"
    drawn = html.Div(cells, className="qu-hours", role="img", **aria(label=words))
    left = len(days) - len(shown)
    more = "or more" if found.hours > MOST_HOURS else ""
    told = [html.P(f"and on {counted(left, 'day')} {more} after", className="dt-meta mb-0")]
    return [drawn, *(told if left else [])]


def made(
    correction: Correction, readings: Sequence[CorrectedReading], zone: ZoneInfo
) -> list[Component]:
    """Return what a correction has changed."""
    facts = {
        "Series": correction.series,
        "Time of reading": span(correction.start, correction.end, zone),
        "Readings": f"{correction.readings:,}",
        "Why": correction.reason,
        "By": f"{correction.made_by}, {dates(correction, zone)}",
    }
    pairs = [p for name, value in facts.items() for p in (html.Dt(name), html.Dd(value))]
    rows = [corrected(each, zone) for each in readings]
    gone = correction.readings - len(readings) if len(readings) < MOST_READINGS else 0
    said = f"Retention has dropped {counted(gone)} of these." if gone else ""
    more = correction.readings - len(readings) - gone
    said = f"and {counted(more)} more" if more else said
    content = [
        html.Dl(pairs, className="dt-facts"),
        html.Div(table(("Time", "Before", "After", "As sent"), rows), className="qu-table"),
        html.P(said, className="dt-meta mb-0"),
    ]
    foot = html.Div(cancel("Close"), className="dt-drawer-foot")
    return frame(correction_told(correction), f"Correction {correction.id}", content, foot)


def corrected(each: CorrectedReading, zone: ZoneInfo) -> html.Tr:
    after = told_after(each.time, each.after_time, each.after_value, zone)
    sent = told_after(each.time, each.sent_time, each.sent_value, zone)
    return html.Tr(
        [
            html.Th(stamp(each.time, zone), scope="row"),
            html.Td(value_text(each.value), className="dt-r"),
            html.Td(after, className="dt-r"),
            html.Td(sent, className="dt-r"),
        ]
    )


def missing(number: str) -> list[Component]:
    told = message("edit", "No such correction", f"There is no correction {number}.")
    return frame("No correction", "", [told], html.Div(cancel("Close"), className="dt-drawer-foot"))
