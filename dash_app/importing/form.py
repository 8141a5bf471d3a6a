"""How a file is read, as fields that can be changed, and what is said by them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import available_timezones

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dash_app.components.tables import table
from dash_app.importing import ids
from dash_app.importing.passing import Came
from dtbase.domain.imports.profiles import Profile, TimeColumns, written
from dtbase.domain.imports.reports import ImportAnswer
from dtbase.domain.imports.said import SaidProfile

DELIMITERS = {",": "Comma ,", ";": "Semicolon ;", "\t": "Tab", "|": "Bar |", "spaces": "Blanks"}
DECIMALS = {".": "Point, 21.4", ",": "Comma, 21,4"}
THOUSANDS = {
    "": "Nothing",
    ".": "Point, 1.234",
    ",": "Comma, 1,234",
    " ": "Blank",
    "'": "Apostrophe",
}
ENCODINGS = ("utf-8", "cp1252", "utf-16", "iso8859-15", "cp850", "cp1250", "cp1251", "mac-roman")
EPOCHS = {
    "s": "Seconds since 1970",
    "ms": "Milliseconds since 1970",
    "us": "Microseconds since 1970",
    "ns": "Nanoseconds since 1970",
    "excel": "Days of Excel",
    "excel1904": "Days of Excel since 1904",
}
DUPLICATES = {
    "refuse": "Refuse", "last": "The last counts", "first": "The first counts",
    "sum": "Their sum", "mean": "Their mean",
}  # fmt: skip
MOST_LINES = 12
NONE = "-"
"""What a choice of nothing has as its value: an empty one is shown as no choice at all."""
ZONE = "--timezone"
ZONE_MISSING = "Choose the zone of the clock that wrote these times."
WRITTEN = "%d.%m.%Y %H:%M for 31.12.2026 18:05"


def fields(came: Came, answer: ImportAnswer, zone: str) -> list[Component]:
    """Return the fields of how a file is read."""
    profile = answer.profile
    time = profile.time
    epoch = time.epoch or ""
    missing = ZONE_MISSING if any(ZONE in each for each in answer.doubts) else ""
    parts: list[Component] = [
        choice("timezone", "Time zone", zones(zone), time.timezone or "", missing=missing),
        text("time", "Time stands in", ", ".join(time.columns), "Two columns: date, time"),
        text("form", "Times are written", "; ".join(time.form), WRITTEN, examples(time)),
        choice("epoch", "Times are numbers", {"": "No", **EPOCHS}, epoch),
        choice("duplicates", "Twice the same time", DUPLICATES, profile.duplicates),
    ]
    if "Parquet" in answer.report.kind or came.file.lower().endswith(".parquet"):
        return parts
    lines = {str(line): f"Line {line}" for line in range(1, MOST_LINES + 1)}
    return [
        choice("delimiter", "Columns split by", DELIMITERS, profile.delimiter),
        choice("decimal", "Decimals", DECIMALS, profile.decimal),
        choice("thousands", "Thousands", THOUSANDS, profile.thousands),
        choice("encoding", "Encoding", {each: each for each in ENCODINGS}, profile.encoding),
        choice("names", "Names of columns", lines, str(profile.names or ""), nothing="None"),
        choice("units", "Their units", lines, str(profile.units or ""), nothing="None"),
        *parts,
    ]


def zones(site: str) -> Mapping[str, str]:
    """Return the zones, those that are likely first."""
    likely = {site: f"{site}, as this twin", "UTC": "UTC"}
    others = sorted(available_timezones() - {*likely})
    return {"": "Not said", **likely, **{each: each for each in others}}


def choice(
    name: str,
    words: str,
    options: Mapping[str, str],
    value: str,
    *,
    nothing: str = "",
    missing: str = "",
) -> html.Div:
    """Return a field with choices; what is not among them is added."""
    shown = {**({"": nothing} if nothing else {}), **options}
    if value not in shown:
        shown = {**shown, value: value}
    select = dbc.Select(
        id=ids.part("field", name),
        options=[{"value": key or NONE, "label": label} for key, label in shown.items()],
        value=value or NONE,
        invalid=bool(missing),
    )
    return under(words, select, missing)


def examples(time: TimeColumns) -> str:
    """Return a time as each pattern writes it, for those who do not read patterns."""
    if time.epoch is not None:
        return ""
    return "Such as " + ", or ".join(map(written, time.form or ("%Y-%m-%dT%H:%M:%SZ",)))


def text(name: str, words: str, value: str, hint: str, told: str = "") -> html.Div:
    field = dbc.Input(
        id=ids.part("field", name), value=value, debounce=True, maxlength=300, placeholder=hint
    )
    return under(words, field, told=told)


def under(words: str, field: Component, missing: str = "", told: str = "") -> html.Div:
    """Return a field inside its label: its id is no text that a label could name."""
    below = [html.Span(missing, className="invalid-feedback")] if missing else []
    below += [html.Span(told, className="form-text d-block")] if told else []
    return html.Div(
        html.Label(
            [html.Span(words, className="d-block mb-1"), field, *below],
            className="form-label w-100",
        )
    )


def columns(answer: ImportAnswer, known: Sequence[str]) -> Component:
    """Return where each column goes."""
    rows = [
        column(place, name, plan.series, plan.unit, plan.factor)
        for place, (name, plan) in enumerate(answer.profile.columns.items())
    ]
    left = [
        column(len(rows) + place, name, "", None, 1.0) for place, name in enumerate(answer.left_out)
    ]
    heads = ("Column", "Goes to", "Unit in the file", "Times")
    return html.Div(
        [
            table(heads, [*rows, *left], "im-map", "Where each column goes"),
            html.Datalist([html.Option(value=each) for each in known], id=ids.SERIES),
        ]
    )


def column(place: int, name: str, series: str, unit: str | None, factor: float) -> html.Tr:
    """Return one column's row; an empty place to go to leaves it out."""
    key = str(place)

    def cell(part: str, value: str, words: str, **more: Any) -> html.Td:
        field = dbc.Input(id=ids.part(part, key), value=value, debounce=True, maxlength=300, **more)
        return html.Td(
            html.Label([html.Span(f"{words} {name}", className="visually-hidden"), field])
        )

    return html.Tr(
        [
            html.Td(html.Span(name, className="dt-mono")),
            cell("series", series, "Series of", list=ids.SERIES, placeholder="Left out"),
            cell("unit", unit or "", "Unit of", placeholder="as it is", className="im-narrow"),
            cell("factor", f"{factor:g}", "Factor of", className="im-narrow"),
        ]
    )


def said(
    came: Came,
    answer: ImportAnswer,
    given: Mapping[str, str],
    cells: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """Return what the fields say beyond what was said before, or nothing."""
    before = came.ask.said.parts()
    new = {**before, **dict(structure(answer.profile, given))}
    names = {*answer.profile.time.columns, *answer.profile.columns, *answer.left_out}
    time = dict(times(answer.profile, given, names))
    if time:
        new["time"] = {**before.get("time", {}), **time}
    moved = plans(answer, cells)
    if moved is not None:
        new["columns"] = moved
    elif any(new.get(part) != before.get(part) for part in ("names", "delimiter", "sheet")):
        new.pop("columns", None)  # the names of the columns are others now
    return new if new != before else {}


def structure(profile: Profile, given: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """Yield what is said of signs and lines."""
    for name in ("delimiter", "decimal", "thousands", "encoding", "duplicates"):
        if name in given and given[name] != getattr(profile, name):
            yield name, given[name]
    for name in ("names", "units"):
        if name in given and given[name] != str(getattr(profile, name) or ""):
            yield name, int(given[name]) if given[name] else None
            if name == "names":
                yield "first", int(given[name] or 0) + 1


def times(
    profile: Profile, given: Mapping[str, str], names: Collection[str]
) -> Iterator[tuple[str, Any]]:
    """Yield what is said of times."""
    time = profile.time
    if given.get("timezone", "") != (time.timezone or ""):
        yield "timezone", given["timezone"] or None
    if given.get("epoch", "") != (time.epoch or ""):
        yield "epoch", given["epoch"] or None
    columns = parts_of(given.get("time", ""), ",", [*time.columns], names)
    if columns != [*time.columns]:
        yield "columns", columns
    forms = parts_of(given.get("form", ""), ";", [*time.form])
    if forms != [*time.form]:
        yield "form", forms


def parts_of(
    text: str, sign: str, shown: Sequence[str], names: Collection[str] = ()
) -> Sequence[str]:
    """Return the parts of a text; what was shown, or is a name, is whole with any sign in it."""
    if text.strip() == f"{sign} ".join(shown):
        return shown
    if text.strip() in names:
        return [text.strip()]
    return [each.strip() for each in text.split(sign) if each.strip()]


def plans(answer: ImportAnswer, cells: Mapping[str, Sequence[str]]) -> dict[str, Any] | None:
    """Return where columns go and how, where that was changed."""
    names = [*answer.profile.columns, *answer.left_out]
    made: dict[str, Any] = {}
    for name, series, unit, factor in zip(
        names, cells["series"], cells["unit"], cells["factor"], strict=True
    ):
        if series.strip():
            plan = {"series": series.strip(), "unit": unit.strip() or None}
            made[name] = {**plan, "factor": number(factor)}
    known = {
        name: {"series": plan.series, "unit": plan.unit, "factor": plan.factor}
        for name, plan in answer.profile.columns.items()
    }
    return made if made != known else None


def number(factor: str) -> float:
    try:
        return float(factor.replace(",", ".") or 1)
    except ValueError:
        return 1.0


def confirmed(before: SaidProfile, profile: Profile, part: str) -> dict[str, Any]:
    """Return what was said with the guess of a part, which somebody says is right."""
    said = before.parts()
    if part == "decimal":
        return {**said, "decimal": profile.decimal, "thousands": profile.thousands}
    return {**said, "time": {**said.get("time", {}), "form": [*profile.time.form]}}
