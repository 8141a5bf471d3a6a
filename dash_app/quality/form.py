"""The form of a new correction: what it asks for, and what it says as the API takes it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dash_app.quality import ids
from dash_app.quality.words import KINDS
from dash_app.tables.form import dom_id
from dtbase.client import Client
from dtbase.domain.readings.corrections import Kind, NewCorrection
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.registry.series import SeriesKey, Value
from dtbase.errors import Invalid

WEEK = timedelta(days=7)
NAMES = ("series", "kind", "start", "end", "where", "value", "by", "factor", "offset", "reason")
OF_KIND = {
    Kind.CORRECT: ("value",),
    Kind.SHIFT: ("by",),
    Kind.RESCALE: ("factor", "offset"),
    Kind.VOID: (),
}
TRUE, FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}
Typed = Mapping[str, Any]


def fields(known: Sequence[str], given: Mapping[str, str], now: datetime) -> list[Component]:
    """Return the fields of the form; of what belongs to one kind only that kind's are shown."""
    here = now.replace(second=0, microsecond=0, tzinfo=None)
    series = "/".join(filter(None, (given.get("sensor"), given.get("measure"))))
    kinds = [{"label": words, "value": kind.value} for kind, words in KINDS.items()]
    chooser = dbc.Select(id=ids.part("field", "kind"), options=kinds, value=Kind.VOID.value)
    options = html.Datalist([html.Option(value=each) for each in known], id=ids.SERIES)
    start, end = (here - WEEK).isoformat(), (here + timedelta(minutes=1)).isoformat()
    return [
        field("series", "Series", line("series", series, list=ids.SERIES), "sensor/measure"),
        options,
        field("kind", "What is done", chooser),
        pair(
            field("value", "Value", line("value")),
            field("by", "By", line("by", placeholder="1h, -90s"), "How much later they were"),
            field("factor", "Times", line("factor", placeholder="0.001")),
            field("offset", "Plus", line("offset", placeholder="0"), optional=True),
        ),
        pair(
            field("start", "From", clock("start", start)),
            field("end", "To, not included", clock("end", end)),
        ),
        field("where", "Only where", line("where", placeholder="value < -100"), optional=True),
        field("reason", "Why", line("reason"), "It is kept with the correction."),
    ]


def pair(*parts: Component) -> html.Div:
    return html.Div([*parts], className="qu-pair")


def line(name: str, value: str = "", **more: Any) -> dbc.Input:
    return dbc.Input(
        id=ids.part("field", name), value=value, autocomplete="off", maxlength=1_000, **more
    )


def clock(name: str, value: str) -> dbc.Input:
    return dbc.Input(id=ids.part("field", name), type="datetime-local", step=1, value=value)


def field(
    name: str, words: str, control: Component, hint: str = "", *, optional: bool = False
) -> html.Div:
    """Return a field under its label, with room for what is wrong with it."""
    label: list[Any] = [words]
    if optional:
        label.append(html.Span(" optional", className="opt"))
    wrong = html.Div(
        id=ids.part("error", name), className="invalid-feedback dt-error", role="alert"
    )
    told = [html.Div(hint, className="form-text")] if hint else []
    return html.Div(
        [
            html.Label(label, htmlFor=dom_id(ids.part("field", name)), className="form-label"),
            control,
            *told,
            wrong,
        ],
        id=ids.part("room", name),
        className="dt-field",
        hidden=any(name in names for names in OF_KIND.values()),
    )


def hidden(kind: str) -> list[bool]:
    """Tell which fields belong to another kind, in the order of their names."""
    own = OF_KIND[Kind(kind)]
    return [any(n in names for names in OF_KIND.values()) and n not in own for n in NAMES]


def said(typed: Typed, zone: ZoneInfo, client: Client) -> NewCorrection:
    """Return the correction that the form says, or raise Invalid with the field's name."""
    kind = Kind(typed["kind"])
    own = {name: text_of(typed, name) for name in OF_KIND[kind]}
    given: dict[str, Any] = {name: text for name, text in own.items() if text}
    series = text_of(typed, "series")
    if "value" in given:
        given["value"] = value_of(given["value"], datatype_of(client, series))
    for name in {"factor", "offset"} & given.keys():
        given[name] = number_of(name, given[name])
    for name in OF_KIND[kind]:
        if name != "offset" and name not in given:
            raise Invalid("is missing", field=name)
    return NewCorrection(
        series=series,
        kind=kind,
        start=time_of(typed, "start", zone),
        end=time_of(typed, "end", zone),
        where=text_of(typed, "where") or None,
        reason=text_of(typed, "reason"),
        **given,
    )


def text_of(typed: Typed, name: str) -> str:
    return str(typed.get(name) or "").strip()


def time_of(typed: Typed, name: str, zone: ZoneInfo) -> datetime:
    """Return a time on the site's clock."""
    text = text_of(typed, name)
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError as error:
        raise Invalid("must be a day and a time of day", field=name) from error


def number_of(name: str, text: str) -> float:
    try:
        return float(text.replace(",", ".").replace("\N{MINUS SIGN}", "-"))
    except ValueError as error:
        raise Invalid("must be a number", field=name) from error


def datatype_of(client: Client, series: str) -> Datatype | None:
    """Return what a series holds; of one that there is not the API will tell."""
    key = SeriesKey.parse(series)
    found = client.series.list(sensor=key.sensor, measure=key.measure)
    return next((each.datatype for each in found if each.key == key), None)


def value_of(text: str, datatype: Datatype | None) -> Value:
    """Return a value as its series holds it, or as text that the API refuses by its rule."""
    if datatype is Datatype.BOOLEAN and text.lower() in TRUE | FALSE:
        return text.lower() in TRUE
    if datatype is Datatype.INTEGER and text.lstrip("+-").isdigit():
        return int(text)
    return text if datatype in {Datatype.STRING, None} else number_of("value", text)
