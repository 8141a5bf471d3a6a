"""What is seen of a file before it is imported, and after."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dash_app.aria import aria
from dash_app.components.states import message
from dash_app.components.tables import table
from dash_app.icons import icon
from dash_app.importing import form, ids, watching
from dash_app.importing.passing import Came
from dash_app.words import moment
from dtbase.domain.imports.imports import Import
from dtbase.domain.imports.profiles import NamedProfile
from dtbase.domain.imports.reports import Broken, ImportAnswer

MOST_RULES = 100
SURE = {"--time-form": "form", "--decimal": "decimal"}
"""What a word settles, by the option that the doubt names; a zone has to be chosen."""


def start(kept: Sequence[NamedProfile]) -> html.Div:
    """Return the room for a file."""
    names = [{"value": each.name, "label": f"As {each.name}"} for each in kept]
    select = dbc.Select(
        id=ids.KEPT, options=[{"value": form.NONE, "label": "As it looks"}, *names], value=form.NONE
    )
    choose = html.Button(
        [icon("plus"), "Choose a file"], type="button", className="btn btn-primary im-choose"
    )
    read = html.Label(
        [html.Span("How it is read", className="visually-hidden"), select], className="mt-2"
    )
    return html.Div(
        message(
            "import",
            "Drop a file here",
            "CSV of any logger, Excel or Parquet, packed or not. Nothing is stored before you have"
            " seen how it is read.",
            actions=[choose, read],
        ),
        className="im-drop",
    )


def refused(came: Came) -> html.Section:
    """Say why a file cannot be read, or not be imported."""
    rules = [Broken.model_validate(picked(each)) for each in came.violations]
    actions = [other(), *([reset()] if came.ask.said.parts() or came.ask.profile else [])]
    said = message("alert", f"{came.file} is refused", came.refused, bad=True, actions=actions)
    return html.Section([said, *([problems(rules)] if rules else [])], className="dt-card")


def picked(violation: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in violation.items() if name in Broken.model_fields}


def reset() -> html.Button:
    """Let the file be read as it looks, without what was changed."""
    return html.Button(
        "Read it as it looks", id=ids.RESET, type="button", className="btn btn-light"
    )


def other() -> html.Button:
    return html.Button("Other file", type="button", className="btn btn-light im-choose")


def preview(came: Came, answer: ImportAnswer, known: Sequence[str], zone: str) -> list[Component]:
    """Return all that is seen of a file before anything of it is stored."""
    main: list[Component] = [reading(came, answer, zone), mapping(answer, known)]
    if answer.broken:
        main.append(
            html.Section([heading("Problems"), problems(answer.broken)], className="dt-card")
        )
    main.append(first_rows(answer, ZoneInfo(zone)))
    return [
        html.Div(
            [
                html.Div(main, className="dt-stack"),
                html.Div(consequence(came, answer), className="dt-stack"),
            ],
            className="dt-split",
        )
    ]


def heading(words: str, *beside: Component | str) -> html.Div:
    return html.Div([html.H2(words), *beside], className="dt-card-head")


def reading(came: Came, answer: ImportAnswer, zone: str) -> html.Section:
    """Return how the file is read, and what that is not sure of."""
    sure = html.Span("Change what is wrong; the rows below follow", className="dt-meta")
    listed = html.Ul([html.Li(doubted(each)) for each in answer.doubts], className="im-doubts mb-3")
    return html.Section(
        [
            heading("How the file is read", sure),
            html.Div(
                [
                    html.P(
                        [html.B(came.file), f" looks like {answer.report.kind}."],
                        className="im-name",
                    ),
                    *([listed] if answer.doubts else []),
                    html.Div(form.fields(came, answer, zone), className="im-strip"),
                ],
                className="dt-card-body",
            ),
        ],
        className="dt-card",
    )


def doubted(doubt: str) -> list[Component]:
    """Return what a guess is not sure of; what would be a bet waits for a word."""
    words = html.Span(f"Not sure {doubt.partition(': --')[0]}", className="im-warn")
    sure = next((part for flag, part in SURE.items() if flag in doubt), None)
    parts: list[Component] = [html.I(className="dt-dot warn"), words]
    if sure is not None:
        given = ids.part("sure", sure)
        parts.append(
            html.Button("It is right", id=given, type="button", className="btn btn-link btn-sm")
        )
    return parts


def mapping(answer: ImportAnswer, known: Sequence[str]) -> html.Section:
    """Return where each column goes, and what is made on the way."""
    words = (
        "Each row names its sensor"
        if answer.profile.keys
        else "sensor/measure; what is missing is made"
    )
    return html.Section(
        [
            heading("Where it goes", html.Span(words, className="dt-meta")),
            form.columns(answer, known),
        ],
        className="dt-card",
    )


def first_rows(answer: ImportAnswer, zone: ZoneInfo) -> html.Section:
    head = html.Tr(
        [html.Th(word) for word in ("Row", "Series", "Time")] + [html.Th("Value", className="dt-r")]
    )
    rows = [
        html.Tr(
            [
                html.Td(str(each.row)),
                html.Td(each.series),
                html.Td(moment(each.time, zone, weekday=True, year=True)),
                html.Td(str(each.value), className="dt-r"),
            ]
        )
        for each in answer.first
    ]
    body: Component = html.Div(
        html.Table([html.Thead(head), html.Tbody(rows)], className="dt-table"),
        className="dt-scroll im-rows",
        tabIndex=0,
        role="region",
        **aria(label="The first readings as they would be stored"),
    )
    if not rows:
        body = html.P(
            "Read like this, the file has no readings.", className="dt-card-body dt-meta mb-0"
        )
    count = html.Span(f"The first {len(rows)}", className="dt-meta ms-auto")
    return html.Section([heading("As it would be stored", count), body], className="dt-card")


def problems(rules: Sequence[Broken]) -> html.Div:
    """List what is wrong, by row."""
    heads = ("Row", "Series", "Value", "What is wrong")
    rows = [
        html.Tr(
            [
                html.Td("" if each.row is None else str(each.row)),
                html.Td(each.series or ""),
                html.Td(html.Span(each.value or "", className="dt-mono")),
                html.Td(each.rule.partition("; say --")[0]),
            ]
        )
        for each in rules[:MOST_RULES]
    ]
    return html.Div(table(heads, rows, "im-p", "What is wrong, by row"), className="im-rows")


def consequence(came: Came, answer: ImportAnswer) -> html.Section:
    """Say what an import would do, and let it be done."""
    counts = answer.report.readings
    stored = counts.read - counts.skipped
    bets = [each for each in answer.doubts if any(flag in each for flag in (form.ZONE, *SURE))]
    zone = any(form.ZONE in each for each in bets)
    asked = "Choose the time zone first." if zone else "Say first what the file is not sure of."
    waits = asked if bets else ""
    blocked = bool(bets) or (bool(answer.broken) and not came.ask.skip_bad)
    go = html.Button(
        [icon("import"), f"Import {stored:,} readings"],
        id=ids.GO,
        type="button",
        className="btn btn-primary w-100 mt-3",
        disabled=blocked or not stored,
    )
    body = [
        html.Div(f"{stored:,}", className="dt-num"),
        html.Div(f"readings of {answer.report.rows.read:,} rows", className="dt-meta"),
        summed_up(answer),
        *([skipping(came, len(answer.broken))] if answer.broken else []),
        go,
        html.P(waits, className="im-warn mb-0 mt-2", hidden=not waits),
        html.Div(other(), className="mt-2"),
    ]
    return html.Section(
        [heading("What will happen"), html.Div(body, className="dt-card-body")], className="dt-card"
    )


def summed_up(answer: ImportAnswer) -> html.Ul:
    """List what would be made, and what brings no reading."""
    report = answer.report
    lines = [html.Li(line[:1].upper() + line[1:]) for line in answer.registered]
    nothing = html.Li(f"Cells without a value: {report.readings.nothing:,}")
    unread = html.Li(f"Cells and rows that cannot be read: {report.skipped:,}")
    return html.Ul([*lines, nothing, unread], className="im-sum")


def skipping(came: Came, wrong: int) -> dbc.Checkbox:
    """Offer to leave out what is wrong; of very much the list has only the first."""
    more = "or more " if wrong == MOST_RULES else ""
    label = f"Leave out what is wrong ({wrong} {more}in the list)"
    return dbc.Checkbox(id=ids.SKIP, label=label, value=came.ask.skip_bad)


def done(came: Came, answer: ImportAnswer, asked: Component | None = None) -> html.Section:
    """Say what became of a file, and let it be undone and its profile be kept."""
    counts, report = answer.report.readings, answer.report
    told = {
        "new": counts.inserted,
        "replaced": counts.replaced,
        "there already": counts.unchanged,
        "put together": counts.merged,
        "set aside": counts.set_aside,
        "skipped": report.skipped,
    }
    parts = ", ".join(f"{count:,} {words}" for words, count in told.items() if count)
    series = [plan.series for plan in answer.profile.columns.values() if "{" not in plan.series]
    actions: list[Component] = [other()]
    if series:
        address = f"/explore?s={quote(series[0], safe='/')}"
        actions.insert(0, html.A("Show in Explore", href=address, className="btn btn-primary"))
    if report.import_id is not None:
        actions.append(undo_button(report.import_id))
    name = html.Label(
        [html.Span("Keep how it was read, for the next file", className="d-block mb-1"),
         dbc.Input(id=ids.PROFILE_NAME, placeholder="heating", maxlength=100)],
        className="form-label mb-0",
    )  # fmt: skip
    keep = html.Button("Keep the profile", id=ids.KEEP, type="button", className="btn btn-light")
    stored = counts.inserted + counts.replaced
    return html.Section(
        [
            message(
                "check", f"{stored:,} readings imported", f"{came.file}: {parts}.", actions=actions
            ),
            *([asked] if asked else []),
            html.Div([name, keep], className="dt-card-body im-keep"),
            watching.offer(came.file),
            *([heading("Skipped"), problems(answer.broken)] if answer.broken else []),
        ],
        className="dt-card",
    )


def undo_button(import_id: int) -> html.Button:
    return html.Button(
        "Undo",
        id=ids.part("undo", str(import_id)),
        type="button",
        className="btn btn-light btn-sm",
        title=f"Undo import {import_id}",
    )


def past(found: Sequence[Import], zone: ZoneInfo) -> html.Section:
    """List what was imported."""
    heads = ("File", "When", "By", "New", "Replaced", "Skipped", "State", "")
    rows = [past_row(each, zone) for each in found]
    body: Component = table(heads, rows, label="Imports")
    if not rows:
        body = html.P("Nothing was imported yet.", className="dt-card-body dt-meta mb-0")
    return html.Section([heading("Imports"), body], className="dt-card")


def past_row(each: Import, zone: ZoneInfo) -> html.Tr:
    counts = each.report.readings
    numbers = (counts.inserted, counts.replaced, each.report.skipped)
    return html.Tr(
        [
            html.Td(each.file, className="im-name"),
            html.Td(moment(each.started_at, zone, year=True)),
            html.Td(each.made_by),
            *(html.Td(f"{count:,}", className="dt-r") for count in numbers),
            html.Td(each.state),
            html.Td(undo_button(each.id) if each.standing else ""),
        ]
    )
