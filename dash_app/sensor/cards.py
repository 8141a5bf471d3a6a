"""The cards of a sensor's page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component

from dash_app.aria import aria
from dash_app.components.tables import table
from dash_app.icons import icon
from dash_app.nouns.people import difference
from dash_app.overview.attention import DOTS
from dash_app.overview.sparks import spark
from dash_app.sensor import ids
from dash_app.sensor.facts import Coverage, Facts, Line
from dash_app.words import (
    DASH,
    NBSP,
    ago,
    measure_label,
    moment,
    rounded_length,
    unit_symbol,
    value_text,
)
from dtbase.domain.glance.overview import Concern
from dtbase.domain.glance.sensor_now import DAYS
from dtbase.domain.people.keys import Key
from dtbase.domain.people.users import Role
from dtbase.domain.registry.installations import Installation
from dtbase.domain.registry.series import LatestReading

SPARK = (110, 34)
FULL, SOME = 0.98, 0.0
SHOWN = 5
TOLD_NOTHING = "Nothing is set aside; corrections"


def heading(facts: Facts) -> list[Component]:
    """Return the way back, the sensor's name, and whether anything has come."""
    name = facts.sensor.name or facts.sensor.identifier
    crumb = [html.A("Sensors", href="/sensors"), html.I("/")]
    dot, words = state_of(facts)
    told = html.Span([html.I(className=f"dt-dot {dot}"), words], className="dt-chip dt-hide")
    return [html.Span(crumb, className="dt-crumb dt-hide"), html.H1(name), told]


def state_of(facts: Facts) -> tuple[str, str]:
    """Return the colour and the words of how a sensor does, as Overview says it."""
    if facts.last is None:
        return "off", "No reading yet"
    worst, told = facts.worst, ago(facts.last, facts.now)
    if worst is not None and worst.concern is not None:
        return DOTS[worst.concern], f"{trouble(worst)}, {told}"
    return "ok" if any(line.lately for line in facts.lines) else "off", told


def trouble(line: Line) -> str:
    """Say what is unusual about a series: Temperature silent."""
    words = {Concern.OUTSIDE: "outside its forecast"}
    assert line.concern is not None
    return f"{measure_label(line.series.measure)} {words.get(line.concern, line.concern.value)}"


def measures(facts: Facts, zone: ZoneInfo) -> html.Section:
    """Return every measure: its last value, the day behind it, and 90 days of completeness."""
    heads = ("Measure", "Last", "Seen", "24 h", "Every", f"{DAYS} days", "Complete")
    rows = [row(line, facts.now, zone) for line in facts.lines]
    return html.Section(
        [
            html.Div(
                [
                    html.H2("What it measures"),
                    html.A("Open in Explore", href=explore(facts.sensor.identifier)),
                ],
                className="dt-card-head pb-1",
            ),
            table(heads, rows, "sn-measures", "What it measures"),
            html.Div(quality(facts), className="dt-card-foot"),
        ],
        className="dt-card",
    )


def quality(facts: Facts) -> html.A:
    """Return the way to what is set aside of it, and to what is corrected."""
    several = "" if facts.aside == 1 else "s"
    told = f"{facts.aside:,} reading{several} set aside" if facts.aside else TOLD_NOTHING
    return html.A(told, href=f"/quality?{urlencode({'sensor': facts.sensor.identifier})}")


def row(line: Line, now: datetime, zone: ZoneInfo) -> html.Tr:
    series, latest, cover = line.series, line.latest, line.coverage
    address = f"/explore?{urlencode({'s': str(series.key)}, safe='/')}"
    seen = ago(latest.time, now) if latest and latest.time else "never"
    share = cover.complete if cover else None
    return html.Tr(
        [
            html.Th(html.A(measure_label(series.measure), href=address), scope="row"),
            html.Td(value_of(latest, series.unit)),
            html.Td(
                [*([dot_of(line)] if line.concern else []), seen],
                title=moment(latest.time, zone, year=True) if latest and latest.time else "",
            ),
            html.Td(spark(line.day, size=SPARK)),
            html.Td(DASH if line.every is None else rounded_length(line.every)),
            html.Td(strip(cover, zone) if cover else DASH),
            html.Td(DASH if share is None else f"{100 * share:.1f}{NBSP}%", className="dt-r"),
        ]
    )


def dot_of(line: Line) -> html.I:
    assert line.concern is not None
    words = trouble(line)
    told = {"role": "img", "title": words, **aria(label=words)}
    return html.I(className=f"dt-dot {DOTS[line.concern]} me-2", **told)


def value_of(latest: LatestReading | None, unit: str | None) -> str:
    """Return the last value as a person reads it."""
    return value_text(latest.value if latest else None, unit)


def strip(cover: Coverage, zone: ZoneInfo) -> html.Span:
    """Return a bar for each day: full, half, or only a baseline; told in words too."""
    bars = [html.I(className=kind(share)) for share in cover.shares]
    gaps = cover.missing
    told = "no day without readings" if not gaps else f"{len(gaps)} days without readings"
    if gaps:
        named = ", ".join(f"{day.astimezone(zone).day} {day:%b}" for day in gaps[-SHOWN:])
        told += f", lately {named}" if len(gaps) > SHOWN else f": {named}"
    words = f"The last {DAYS} days: {told}"
    return html.Span(bars, className="sn-strip", role="img", title=words, **aria(label=words))


def kind(share: float) -> str:
    if share >= FULL:
        return "f"
    return "h" if share > SOME else "n"


def stays(facts: Facts, zone: ZoneInfo, *, may_edit: bool) -> html.Section:
    """Return where it stands and stood."""
    move = html.Button(
        [icon("place"), "Move…"], id=ids.MOVE, type="button", className="btn btn-light btn-sm"
    )
    rows = [stay(each, facts, zone) for each in facts.stays]
    content: Component = html.P("It has never stood anywhere.", className="dt-meta px-3 pb-3 mb-0")
    if rows:
        content = table(("From", "To", "Location"), rows, label="Where it stood")
    return html.Section(
        [
            html.Div(
                [html.H2("Where it stood"), move if may_edit else html.Span()],
                className="dt-card-head pb-1",
            ),
            content,
        ],
        className="dt-card",
    )


def stay(each: Installation, facts: Facts, zone: ZoneInfo) -> html.Tr:
    place: Component = html.Span("nowhere", className="dt-faint")
    if each.location is not None:
        name = facts.places.get(each.location, each.location)
        place = html.A(name, href=f"/locations?{urlencode({'open': each.location})}")
    until = moment(each.until, zone, year=True) if each.until else "now"
    return html.Tr([html.Td(moment(each.since, zone, year=True)), html.Td(until), html.Td(place)])


def about(facts: Facts, zone: ZoneInfo) -> html.Section:
    sensor = facts.sensor
    pairs: dict[str, Any] = {
        "Identifier": html.Code(sensor.identifier),
        "Type": html.A(sensor.type, href=f"/sensor-types?{urlencode({'open': sensor.type})}"),
        "Measures": ", ".join(
            " ".join(filter(None, (measure_label(e.series.measure), unit_symbol(e.series.unit))))
            for e in facts.lines
        ),
        "Added": moment(sensor.created_at, zone, year=True),
    }
    parts = [p for name, value in pairs.items() for p in (html.Dt(name), html.Dd(value))]
    edit = html.A("Edit", href=f"/sensors?{urlencode({'open': sensor.identifier})}")
    content: list[Component] = [html.Dl(parts, className="dt-facts")]
    if sensor.notes:
        content.append(html.P(sensor.notes, className="sn-notes"))
    return card("About", edit, content)


def keys(facts: Facts) -> html.Section:
    """Return the keys that may write to it, as far as one may know of them."""
    rows: list[Component] = [
        html.Li([html.B(key.name), html.Span(use_of(key, facts.now), className="dt-meta")])
        for key in facts.keys
    ]
    none = html.P("None that you can see.", className="dt-meta mb-0")
    listed = html.Ul(rows, className="sn-list") if rows else none
    return card("Keys that may write to it", html.Span(), [listed])


def use_of(key: Key, now: datetime) -> str:
    used = f"used {ago(key.last_used_at, now)}" if key.last_used_at else "never used"
    return f"{key.owner}, {used}"


def changes(facts: Facts, zone: ZoneInfo) -> html.Section:
    rows: list[Component] = [
        html.Li(
            [
                html.Span(f"{entry.actor} {entry.action} it"),
                html.Span(moment(entry.at, zone, year=True), className="dt-meta"),
                html.Span(difference(entry), className="dt-meta sn-wide"),
            ]
        )
        for entry in facts.changes
    ]
    more = html.A(
        "All", href=f"/audit?{urlencode({'noun': 'sensor', 'name': facts.sensor.identifier})}"
    )
    return card("Who changed what", more, [html.Ul(rows, className="sn-list")])


def side(facts: Facts, zone: ZoneInfo, role: Role) -> list[Component]:
    found: list[Component] = [about(facts, zone), keys(facts)]
    return [*found, changes(facts, zone)] if role is Role.ADMIN else found


def card(title: str, link: Component, content: Sequence[Component]) -> html.Section:
    head = html.Div([html.H2(title), link], className="dt-card-head")
    return html.Section([head, html.Div([*content], className="dt-card-body")], className="dt-card")


def explore(sensor: str) -> str:
    return f"/explore?{urlencode({'sensor': sensor})}"
