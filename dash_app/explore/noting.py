"""Notes on what the chart shows: marks on it, a list beneath it, and a form to write one."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app.aria import aria
from dash_app.components.forms import error_id, labelled, reasons
from dash_app.explore import ids
from dash_app.explore.view import View
from dash_app.icons import icon
from dash_app.ids import all_of, ident
from dash_app.words import measure_label, moment
from dtbase.domain.frozen import Frozen
from dtbase.domain.people.users import Role, User
from dtbase.domain.registry.notes import NewNote, Note, NoteChange
from dtbase.errors import Declined, Invalid

LIST: Final = "explore-notes"
TOOLS: Final = "explore-note-tools"
MARKS: Final = "explore-note-marks"
REFRESH: Final = "explore-notes-refresh"
EDITED: Final = "explore-note-edited"
TEXT: Final = "explore-note-text"
ON: Final = "explore-note-on"
START: Final = "explore-note-start"
END: Final = "explore-note-end"
SAVE: Final = "explore-note-save"
FORM: Final = "explore-note-form"
EDIT = all_of(ids.PAGE, "note-edit")
DELETE = all_of(ids.PAGE, "note-delete")

HEAD = "dt-card-head"
TOOL = "btn btn-link btn-sm"
MOST_SHOWN = 100


class Shown(Frozen):
    """What the chart shows: which series, from when to when, and how far its clock is from UTC."""

    series: tuple[str, ...]
    start: datetime
    end: datetime
    offset: timedelta

    @classmethod
    def of(cls, memory: Any) -> "Shown":
        """Read what the browser remembers of the chart."""
        view = View.parse(memory["search"])
        names = dict.fromkeys(str(choice.key) for choice in view.choices or ())
        return cls(
            series=tuple(name for name in names if not name.startswith("@")),
            start=datetime.fromisoformat(memory["start"]),
            end=datetime.fromisoformat(memory["end"]),
            offset=timedelta(seconds=memory["offset_seconds"]),
        )

    def iso(self, time: datetime) -> str:
        """Return a time on the chart's axis."""
        return (time.astimezone(UTC).replace(tzinfo=None) + self.offset).isoformat()


def card() -> html.Section:
    """Return the card before anything is known."""
    parts: list[Component] = [
        html.Div([html.H2("Notes"), html.Div(id=TOOLS, className="nt-tools")], className=HEAD),
        html.Div(id=LIST, className="nt-list", **aria(live="polite")),
        dcc.Store(id=MARKS),
        dcc.Store(id=REFRESH, data=0),
        dcc.Store(id=EDITED),
    ]
    parts.append(_form(hidden=not account.may_edit()))
    return html.Section(parts, className="dt-card nt")


def _form(*, hidden: bool) -> html.Details:
    text = dbc.Textarea(id=TEXT, rows=2, maxlength=2000)
    fields = [
        labelled("Note", text),
        html.Div(
            [
                labelled("On", dbc.Select(id=ON, options=[])),
                labelled(
                    "From", dbc.Input(id=START, type="datetime-local"), hint="Or click the chart"
                ),
                labelled("To", dbc.Input(id=END, type="datetime-local"), optional=True),
                html.Button("Save note", id=SAVE, className="btn btn-primary"),
            ],
            className="nt-row",
        ),
    ]
    summary = html.Summary([icon("note"), "Write a note"], className="btn btn-light btn-sm")
    return html.Details(
        [summary, html.Div(fields)], id=FORM, className="dt-card-body nt-form", hidden=hidden
    )


def listed(notes: Sequence[Note], zone: ZoneInfo, person: User) -> list[Component]:
    """Return the notes with their numbers on the chart; one's own can be changed."""
    if not notes:
        return [html.P("No notes on what is shown here.", className="dt-meta nt-none")]
    rows = [_row(number, note, zone, person) for number, note in enumerate(notes, 1)]
    return [html.Ol(rows, className="nt-notes")]


def _row(number: int, note: Note, zone: ZoneInfo, person: User) -> html.Li:
    until = f" to {moment(note.end, zone)}" if note.end else ""
    when = f"{moment(note.start, zone, year=True)}{until}"
    said = [
        html.Span(str(number), className="nt-no"),
        html.Div(
            [
                html.P(note.text, className="nt-text"),
                html.Span(f"{when} · {note.subject} · {note.author}", className="dt-meta"),
            ]
        ),
    ]
    if note.author == person.email or person.role is Role.ADMIN:
        said += [_button("edit", "Change", note), _button("close", "Delete", note)]
    return html.Li(said)


def _button(picture: str, word: str, note: Note) -> html.Button:
    part = "note-edit" if picture == "edit" else "note-delete"
    return html.Button(
        icon(picture),
        id=ident(ids.PAGE, part, str(note.id)),
        className="btn btn-link btn-sm btn-icon",
        title=word,
        **aria(label=f"{word} the note of {note.start:%d %b %Y}"),
    )


def marks_of(notes: Sequence[Note], shown: Shown) -> list[dict[str, Any]]:
    """Return where the notes stand on the chart's axis."""
    return [
        {
            "number": number,
            "x0": shown.iso(note.start),
            "x1": shown.iso(note.end) if note.end else None,
            "text": note.text,
        }
        for number, note in enumerate(notes, 1)
    ]


def subjects(series: Sequence[str]) -> list[dict[str, str]]:
    """Return what a note can be on: each series of the chart, and each sensor."""
    sensors = dict.fromkeys(name.partition("/")[0] for name in series)
    pairs = [(f"{measure_label(n.partition('/')[2])}, {n.partition('/')[0]}", n) for n in series]
    pairs += [(f"All of {sensor}", sensor) for sensor in sensors]
    return [{"label": label, "value": value} for label, value in pairs]


def register(app: Dash) -> None:
    """Show the notes of what is drawn, and write, change and delete them."""
    _register_show(app)
    _register_save(app)
    _register_point(app)
    _register_tend(app)
    app.clientside_callback(
        ClientsideFunction("notes", "mark"),
        Output(ids.GRAPH, "figure", allow_duplicate=True),
        Input(MARKS, "data"),
        State(ids.GRAPH, "figure"),
        prevent_initial_call=True,
    )


def _register_show(app: Dash) -> None:
    @app.callback(
        Output(LIST, "children"),
        Output(TOOLS, "children"),
        Output(MARKS, "data"),
        Output(ON, "options"),
        Output(ON, "value"),
        Input(ids.DRAWN, "data"),
        Input(REFRESH, "data"),
        State(ON, "value"),
        prevent_initial_call=True,
    )
    def show(memory: Any, _refresh: int, chosen: str | None) -> Any:
        if memory is None:
            raise PreventUpdate
        shown = Shown.of(memory)
        notes = found(shown)
        options = subjects(shown.series)
        values = [option["value"] for option in options]
        value = chosen if chosen in values else next(iter(values), None)
        zone = ZoneInfo(account.site().timezone)
        rows, marks = listed(notes, zone, account.me()), marks_of(notes, shown)
        return rows, tools(shown), marks, options, value


def tools(shown: Shown) -> list[Component]:
    """Return the ways to find when something held, and what looks like what is shown."""
    if not shown.series:
        return []
    first = {"like": shown.series[0]}
    stretch = {**first, "from": shown.start.isoformat(), "to": shown.end.isoformat()}
    links = (("filter", "Find when…", first), ("search", "Find what looks like this", stretch))
    return [
        html.A([icon(picture), words], href=f"/find?{urlencode(asked, safe='/:')}", className=TOOL)
        for picture, words, asked in links
    ]


def found(shown: Shown) -> Sequence[Note]:
    """Return the notes on what is shown, the oldest first."""
    if not shown.series:
        return []
    notes = account.api().notes.list(
        series=shown.series, start=shown.start, end=shown.end, sort="start"
    )
    return notes[:MOST_SHOWN]


def _register_save(app: Dash) -> None:
    @app.callback(
        output=[
            Output(error_id(TEXT), "children"),
            Output(error_id(START), "children"),
            Output(error_id(END), "children"),
            Output(TEXT, "value"),
            Output(EDITED, "data"),
            Output(REFRESH, "data"),
        ],
        inputs={"clicks": Input(SAVE, "n_clicks")},
        state={
            "fields": [State(name, "value") for name in (TEXT, ON, START, END)],
            "edited": State(EDITED, "data"),
            "refresh": State(REFRESH, "data"),
        },
        running=[(Output(SAVE, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def save(clicks: int | None, fields: Sequence[Any], edited: str | None, refresh: int) -> Any:
        if not clicks:
            raise PreventUpdate
        try:
            keep(fields, edited)
        except Declined as error:
            told = reasons(error, ("text", "start", "end"))
            return told["text"], told["start"], told["end"], no_update, no_update, no_update
        return "", "", "", "", None, refresh + 1


def _register_point(app: Dash) -> None:
    @app.callback(
        Output(START, "value"),
        Input(ids.GRAPH, "clickData"),
        prevent_initial_call=True,
    )
    def point(clicked: Any) -> Any:
        """Take the time that somebody clicked at."""
        points = (clicked or {}).get("points") or []
        if not points:
            raise PreventUpdate
        return str(points[0]["x"]).replace(" ", "T")[:16]


def keep(fields: Sequence[Any], edited: str | None) -> None:
    """Write a note, or change the one that is edited."""
    text, subject, start, end = (str(field or "").strip() for field in fields)
    zone = ZoneInfo(account.site().timezone)
    begins, ends = time_of(start, zone, "start"), time_of(end, zone, "end") if end else None
    notes = account.api().notes
    if edited:
        notes.update(edited, NoteChange(text=text, start=begins, end=ends))
        return
    on = {"series" if "/" in subject else "sensor": subject}
    if not subject:
        raise Invalid("choose a series first", field="text")
    notes.add(NewNote(text=text, start=begins, end=ends, **on))


def time_of(text: str, zone: ZoneInfo, field: str) -> datetime:
    """Read a field of date and time as the site's."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        raise Invalid("give a date with a time", field=field) from None


def _register_tend(app: Dash) -> None:
    @app.callback(
        Output(REFRESH, "data", allow_duplicate=True),
        Input(DELETE, "n_clicks"),
        State(REFRESH, "data"),
        prevent_initial_call=True,
    )
    def delete(clicks: Sequence[int | None], refresh: int) -> int:
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            raise PreventUpdate
        account.api().notes.delete(str(ctx.triggered_id["key"]))
        return refresh + 1

    @app.callback(
        Output(TEXT, "value", allow_duplicate=True),
        Output(START, "value", allow_duplicate=True),
        Output(END, "value"),
        Output(EDITED, "data", allow_duplicate=True),
        Output(FORM, "open"),
        Input(EDIT, "n_clicks"),
        prevent_initial_call=True,
    )
    def edit(clicks: Sequence[int | None]) -> Any:
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            raise PreventUpdate
        note = account.api().notes.get(str(ctx.triggered_id["key"]))
        zone = ZoneInfo(account.site().timezone)
        start, end = (field_of(time, zone) for time in (note.start, note.end))
        return note.text, start, end, str(note.id), True


def field_of(time: datetime | None, zone: ZoneInfo) -> str:
    """Return a time as the browser's field holds it."""
    if time is None:
        return ""
    return time.astimezone(zone).replace(tzinfo=None).isoformat(timespec="minutes")
