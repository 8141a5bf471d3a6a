"""Find anything: one field over all that has a name, for the keyboard first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from urllib.parse import urlencode

from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from dash_app import account, ids
from dash_app.aria import aria
from dash_app.icons import icon
from dash_app.navigation import Page, pages_for
from dash_app.words import measure_label, unit_symbol
from dtbase.domain.frozen import Frozen
from dtbase.domain.glance.search import Hit, Kind
from dtbase.domain.registry.series import SeriesKey

LONGEST = 100
AROUND = timedelta(days=1)
"""How much of the time around a note is shown."""

HEADINGS = {
    Kind.LOCATION: "Locations",
    Kind.SENSOR: "Sensors",
    Kind.SERIES: "Series",
    Kind.MODEL: "Models",
    Kind.SERVICE: "Services",
    Kind.VIEW: "Views",
    Kind.NOTE: "Notes",
}
ICONS = {
    Kind.LOCATION: "place",
    Kind.SENSOR: "sensor",
    Kind.SERIES: "explore",
    Kind.MODEL: "model",
    Kind.SERVICE: "service",
    Kind.VIEW: "star",
    Kind.NOTE: "note",
}


class Entry(Frozen):
    """One line of what was found, and where it leads."""

    group: str
    picture: str
    title: str
    detail: str
    href: str


def dialog() -> html.Dialog:
    """Return the dialog; assets/50-dtbase.js opens it and moves through what was found.

    It makes the field, too: one of Dash would put the caret elsewhere while somebody types.
    """
    field = html.Span(
        id=ids.FIND_FIELD,
        className="dt-find-input",
        **{"data-placeholder": "A sensor, series, place, model, service or page"},  # type: ignore[arg-type]
    )
    words = html.Span("Find anything", className="visually-hidden")
    keys = ((["↑", "↓"], "choose"), (["Enter"], "open"), (["Esc"], "close"))
    foot = [
        html.Span([*(html.Kbd(key) for key in pressed), f" {meaning}"]) for pressed, meaning in keys
    ]
    return html.Dialog(
        [
            html.Label([icon("search"), words, field], className="dt-find-head"),
            html.Div(
                id=ids.FIND_LIST,
                className="dt-hits",
                role="listbox",
                **aria(label="What was found"),
            ),
            html.Div(foot, className="dt-card-foot dt-hide"),
        ],
        id=ids.FIND,
        className="dt-dialog",
        **aria(label="Find anything"),
    )


def register(app: Dash, pages: tuple[Page, ...]) -> None:
    """Look for what somebody types."""

    @app.callback(
        Output(ids.FIND_LIST, "children"),
        Input(ids.FIND_WORDS, "data"),
        prevent_initial_call=True,  # nobody has opened it yet
    )
    def look(typed: str | None) -> list[Component]:
        words = (typed or "").replace("\0", "").strip()[:LONGEST]
        seen = pages_for(pages, account.me().role)
        found = [*found_pages(seen, words)]
        if words:
            found += [entry_of(hit) for hit in account.api().glance.search(words)]
        return listed(found) or [nothing(words)]


def found_pages(pages: Sequence[Page], words: str) -> Iterator[Entry]:
    """Return the pages whose title has all the words; all of them before anybody typed."""
    for page in pages:
        if all(word in page.title.lower() for word in words.lower().split()):
            yield Entry(
                group="Pages", picture=page.icon, title=page.title, detail="", href=page.path
            )


def entry_of(hit: Hit) -> Entry:
    """Return the line of a thing that was found."""
    title, detail = texts_of(hit)
    return Entry(
        group=HEADINGS[hit.kind],
        picture=ICONS[hit.kind],
        title=title,
        detail=detail,
        href=address_of(hit),
    )


def texts_of(hit: Hit) -> tuple[str, str]:
    """Return what a thing is called, and what tells it from its likes."""
    if hit.kind is Kind.SERIES:
        key = SeriesKey.parse(hit.identifier)
        place = hit.name or key.sensor
        unit = unit_symbol(hit.detail)
        return f"{measure_label(key.measure)}, {place}", " · ".join(
            filter(None, (hit.identifier, unit))
        )
    if hit.kind is Kind.VIEW:
        return hit.name or "", hit.detail or ""
    if hit.kind is Kind.NOTE:
        return hit.name or "", " · ".join(filter(None, (hit.about, hit.detail)))
    named = hit.name or hit.identifier
    known = hit.identifier if hit.name else None
    return named, " · ".join(filter(None, (known, hit.detail)))


def address_of(hit: Hit) -> str:
    """Return the page that shows a thing."""
    shown: Mapping[Kind, Callable[[Hit], str]] = {
        Kind.SERIES: lambda hit: f"/explore?{urlencode({'s': hit.identifier}, safe='/')}",
        Kind.SENSOR: lambda hit: f"/sensor?{urlencode({'id': hit.identifier})}",
        Kind.LOCATION: lambda hit: f"/places?{urlencode({'at': hit.identifier})}",
        Kind.MODEL: lambda hit: f"/forecasts?{urlencode({'model': hit.identifier})}",
        Kind.SERVICE: lambda hit: f"/?{urlencode({'service': hit.identifier})}",
        Kind.VIEW: lambda hit: hit.about or "/explore",
        Kind.NOTE: address_of_note,
    }
    return shown[hit.kind](hit)


def address_of_note(hit: Hit) -> str:
    """Return what a note is about, at its time."""
    about, time = hit.about or "", hit.time
    if time is None:
        return "/explore"
    around = {"from": stamp(time - AROUND), "to": stamp(time + AROUND)}
    subject = {"s" if "/" in about else "sensor": about}
    return f"/explore?{urlencode({**subject, **around}, safe='/:')}"


def stamp(time: datetime) -> str:
    """Write a time as Explore's address has it."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="minutes") + "Z"


def listed(found: Sequence[Entry]) -> list[Component]:
    """Return the lines under their headings; the first one is chosen."""
    parts: list[Component] = []
    number = 0
    for heading, entries in groupby(found, key=lambda entry: entry.group):
        lines: list[Component] = [html.Div(heading, className="dt-hit-group", role="presentation")]
        for entry in entries:
            lines.append(_line(entry, number))
            number += 1
        parts.append(html.Div(lines, role="group", **aria(label=heading)))
    return parts


def nothing(words: str) -> Component:
    """Return what stands where nothing was found."""
    return html.Div(
        f"Nothing is called “{words}”. Parts of names and identifiers are enough.",
        className="dt-hit-none",
        role="option",
        **aria(disabled="true", selected="false"),
    )


def _line(entry: Entry, number: int) -> html.A:
    texts = [html.Span(entry.title, className="n")]
    if entry.detail:
        texts.append(html.Span(entry.detail, className="s"))
    return html.A(
        [icon(entry.picture), html.Span(texts, className="dt-hit-texts")],
        id=f"hit-{number}",
        href=entry.href,
        className="dt-hit" + " on" * (number == 0),
        role="option",
        tabIndex=-1,
        **aria(selected="true" if number == 0 else "false"),
    )
