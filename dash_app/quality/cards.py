"""The cards of the page Quality: the rules, what they have set aside, and what was corrected."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dash_app.components.states import message
from dash_app.components.tables import table
from dash_app.icons import icon
from dash_app.quality import ids
from dash_app.quality.view import SHOWN, View
from dash_app.quality.words import MEANINGS, correction_told, counted, rule_called
from dash_app.words import DASH, moment, span
from dtbase.domain.paging import Listed
from dtbase.domain.readings.corrections import Correction
from dtbase.domain.readings.set_aside import AsideCounts, RuleCount, SetAside

LONGEST_RAW = 200
EMPTY = (
    "A reading that breaks a rule of its measure is kept here as it was sent; no mean includes it."
)
GONE = "It goes when retention drops the raw readings of its class."


def head(title: str, told: str, *beside: Component) -> html.Div:
    words = html.Span(told, className="dt-meta")
    return html.Div([html.H2(title), words, *beside], className="dt-card-head pb-1")


def card(*parts: Component) -> list[Component]:
    return [html.Section([*parts], className="dt-card")]


def rules(counts: AsideCounts, view: View, zone: ZoneInfo) -> list[Component]:
    """Return how many readings each rule has set aside; choosing one lists its readings."""
    if not counts.readings:
        return card(nothing(view))
    rows = [rule_row(each, view, zone) for each in counts.rules]
    told: list[Component] = [
        head("By rule", GONE),
        table(("Rule", "Readings", "Time of reading"), rows),
    ]
    if counts.out_of_reach:
        words = (
            f"{counted(counts.out_of_reach)} of these lie before what retention has left of their"
            " series: they cannot be taken in any more."
        )
        told.append(html.P(words, className="dt-card-foot qu-reach mb-0"))
    return card(*told)


def nothing(view: View) -> Component:
    if view.narrowed:
        way = [html.A("Show everything", href=ids.PATH, className="btn btn-light")]
        return message("search", "No such reading is set aside", GONE, actions=way)
    return message("check", "Nothing is set aside", EMPTY)


def rule_row(each: RuleCount, view: View, zone: ZoneInfo) -> html.Tr:
    on = each.rule is view.rule
    address = view.address(rule=None if on else each.rule.value)
    when = DASH
    if each.first is not None and each.last is not None:
        one = each.first == each.last
        when = moment(each.first, zone) if one else span(each.first, each.last, zone)
    said = html.Span(
        [
            html.A(rule_called(each.rule), href=address, title="All rules" if on else ""),
            html.Span(MEANINGS.get(each.rule, ""), className="sub"),
        ]
    )
    dot = html.I(className="dt-dot warn")
    return html.Tr(
        [
            html.Th(html.Span([dot, said], className="dt-state"), scope="row"),
            html.Td(f"{each.readings:,}", className="dt-r"),
            html.Td(when),
        ],
        className="on" if on else "",
    )


def listed(
    found: Listed[SetAside], view: View, zone: ZoneInfo, *, may_edit: bool
) -> list[Component]:
    """Return a stretch of what fits, with what can be done with it."""
    total = found.total or 0
    if not found.items:
        return []
    title = "Set aside" if view.rule is None else rule_called(view.rule)
    heads = ("", "As it was sent", "Series", "Time of reading", "Rule", "Came")
    rows = [row(each, zone, may_edit=may_edit) for each in found.items]
    shown = heads if may_edit else heads[1:]
    bar = [actions(total)] if may_edit else []
    body = html.Div(table(shown, rows), className="qu-list")
    heading = head(title, "Not drawn and not used until taken in", *bar)
    return card(heading, body, pages(view, total))


def actions(total: int) -> html.Div:
    """Return what is done with those that are ticked, or with all that fit."""
    told = html.Span(
        f"All {total:,} that fit" if total > 1 else "The only one",
        className="dt-meta qu-meant",
        role="status",
    )
    box = dbc.Checkbox(
        id=ids.EVERY_ROW,
        value=False,
        label=html.Span("Tick all that are shown", className="visually-hidden"),
    )
    buttons = [
        html.Button("Take in…", id=ids.TAKE_IN, type="button", className="btn btn-light btn-sm"),
        html.Button("Drop…", id=ids.DROP, type="button", className="btn btn-danger btn-sm"),
    ]
    return html.Div([box, told, *buttons], className="qu-bulk")


def row(each: SetAside, zone: ZoneInfo, *, may_edit: bool) -> html.Tr:
    name = f"{each.sensor}/{each.measure}"
    box = dbc.Checkbox(
        id=ids.part("row", str(each.id)),
        value=False,
        label=html.Span(f"Choose {each.raw[:40]} of {name}", className="visually-hidden"),
    )
    time = each.sent_time if each.time is None else moment(each.time, zone, year=True)
    why = [html.Span(each.why, className="sub")] if each.why else []
    raw = each.raw if len(each.raw) <= LONGEST_RAW else each.raw[:LONGEST_RAW] + "…"
    return html.Tr(
        [
            *([html.Td(box, className="qu-box")] if may_edit else []),
            html.Td(html.Span(raw, className="dt-mono qu-raw")),
            html.Td(html.A(name, href=f"/sensor?{urlencode({'id': each.sensor})}")),
            html.Td(time),
            html.Td([rule_called(each.rule), *why]),
            html.Td(moment(each.received_at, zone, year=True)),
        ]
    )


def pages(view: View, total: int) -> html.Div:
    """Return where in the list one is, and the ways to newer and older ones."""
    last = min(view.skip + SHOWN, total)
    told = html.Span(f"{view.skip + 1:,} to {last:,} of {total:,}, the newest first")
    ways = []
    if view.skip:
        newer = view.address(skip=max(view.skip - SHOWN, 0))
        ways.append(html.A("Newer", href=newer, className="btn btn-light btn-sm"))
    if last < total:
        older = view.address(skip=view.skip + SHOWN)
        ways.append(html.A("Older", href=older, className="btn btn-light btn-sm"))
    return html.Div(
        [told, html.Div(ways, className="ms-auto d-flex gap-2")], className="dt-card-foot"
    )


def corrections(
    found: Sequence[Correction], view: View, zone: ZoneInfo, *, may_edit: bool
) -> list[Component]:
    """Return what people have corrected: what, why, who, and the way back."""
    if not found:
        words = "Readings can be taken away, set, shifted in time or rescaled; each can be undone."
        return card(message("edit", "Nothing was corrected", words))
    heads = (
        "What",
        "Series",
        "Time of reading",
        "Readings",
        "Why",
        "By",
        *([""] if may_edit else []),
    )
    rows = [correction(each, view, zone, may_edit=may_edit) for each in found]
    told = "The newest first; of several of the same readings, the last one is undone first"
    return card(head("Corrected", told), html.Div(table(heads, rows), className="qu-list"))


def correction(made: Correction, view: View, zone: ZoneInfo, *, may_edit: bool) -> html.Tr:
    undo = html.Button(
        "Undo", id=ids.part("undo", str(made.id)), type="button", className="btn btn-light btn-sm"
    )
    ways = [html.Td([] if made.undone_at else [undo])] if may_edit else []
    return html.Tr(
        [
            html.Th(
                html.A(correction_told(made), href=view.address(correction=made.id)), scope="row"
            ),
            html.Td(made.series),
            html.Td(span(made.start, made.end, zone)),
            html.Td(f"{made.readings:,}", className="dt-r"),
            html.Td(html.Span(made.reason, className="qu-why")),
            html.Td([made.made_by, html.Span(dates(made, zone), className="sub")]),
            *ways,
        ],
        className="qu-undone" if made.undone_at else "",
    )


def dates(made: Correction, zone: ZoneInfo) -> str:
    """Say when a correction was made, and when and by whom it was undone."""
    at = moment(made.made_at, zone, year=True)
    return at if made.undone_at is None else f"{at}, {undone(made.undone_at, made, zone)}"


def undone(at: datetime, made: Correction, zone: ZoneInfo) -> str:
    return f"undone {moment(at, zone, year=True)} by {made.undone_by}"


def new_correction(view: View) -> html.A:
    return html.A(
        [icon("edit"), html.Span("Correct…")],
        href=view.address(new=1),
        className="btn btn-primary",
    )
