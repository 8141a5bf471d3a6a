"""Import: a file is chosen, shown as it would be read, changed, imported, and undone."""

from datetime import UTC, datetime
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app import ids as shared
from dash_app.aria import aria
from dash_app.importing import cards, form, ids, placing, watching
from dash_app.importing.passing import Came
from dash_app.navigation import Page
from dash_app.shell import frame, say, set_outage
from dtbase.domain.imports.profiles import NamedProfile, NamedProfileChange
from dtbase.domain.people.users import Role
from dtbase.domain.registry.twin import Twin
from dtbase.errors import AlreadyExists

SHOWN = 25
MOST_SERIES = 2_000


def layout(twin: Twin) -> list[Component]:
    """Return the page before its data is there."""
    bar: Any = html.Progress(max="1", id="import-bar", **aria(label="How much is sent"))
    busy = html.Div(
        [html.P(id="import-told", className="dt-meta mb-1"), bar], className="dt-card-body"
    )
    content = [
        html.Section(id=ids.START, className="dt-card"),
        html.Section(
            busy, id="import-busy", className="dt-card im-busy", hidden=True, role="status"
        ),
        html.Div(id=ids.BODY, className="dt-stack"),
        html.Div(id=ids.PAST, className="dt-stack"),
        dcc.Store(id=ids.HERE, data=True),
        dcc.Store(id=ids.ASK),
        dcc.Store(id=ids.ANSWER),
        dcc.Store(id=ids.REFRESH, data=0),
    ]
    return frame(twin, "Import", actions=[], content=content, name="im")


def register(app: Dash) -> None:
    """Show what came of a file, ask again as fields change, and do what is asked."""
    app.clientside_callback(
        ClientsideFunction("importing", "send"),
        Output(ids.HERE, "data"),
        Input(ids.ASK, "data"),
        prevent_initial_call=True,
    )
    _register_showing(app)
    _register_changing(app)
    _register_going_on(app)
    _register_keeping(app)
    _register_undoing(app)
    placing.register(app)


PAGE = Page(
    path=ids.PATH,
    title="Import",
    icon="import",
    layout=layout,
    register=register,
    group="The twin",
    role=Role.EDITOR,
)


def _register_showing(app: Dash) -> None:
    @app.callback(
        Output(ids.START, "children"),
        Output(ids.PAST, "children"),
        Input(ids.REFRESH, "data", allow_optional=True),
        Input(shared.OUTAGE_RETRY, "n_clicks"),
    )
    def list_past(refresh: Any, _retried: Any) -> Any:
        if refresh is None:
            raise PreventUpdate
        client = account.api()
        found = client.imports.list(limit=SHOWN)
        set_outage(shown=False)
        zone = account.site_zone()
        schedules = client.schedules.list(service=watching.SERVICE)
        seen = [watching.watched(schedules, zone), cards.past(found, zone)]
        return cards.start(client.import_profiles.list()), [each for each in seen if each]

    @app.callback(
        Output(ids.BODY, "children"),
        Output(ids.START, "hidden"),
        Output(ids.REFRESH, "data"),
        Input(ids.ANSWER, "data"),
        prevent_initial_call=True,
    )
    def show(data: Any) -> Any:
        came = Came.model_validate(data)
        if came.answer is None:
            return cards.refused(came), False, no_update
        if came.answer.report.dry_run:
            series = account.api().series.list()[:MOST_SERIES]
            known = [str(each.key) for each in series]
            seen = cards.preview(came, came.answer, known, account.site().timezone)
            return seen, True, no_update
        asked = placing.offer(account.api(), came.answer)
        return cards.done(came, came.answer, asked), False, datetime.now(UTC).timestamp()


def _register_changing(app: Dash) -> None:
    @app.callback(
        Output(ids.ASK, "data"),
        Input(ids.every("field"), "value"),
        Input(ids.every("series"), "value"),
        Input(ids.every("unit"), "value"),
        Input(ids.every("factor"), "value"),
        Input(ids.SKIP, "value", allow_optional=True),
        State(ids.every("field"), "id"),
        State(ids.ANSWER, "data"),
        prevent_initial_call=True,
    )
    def change(values: Any, series: Any, units: Any, factors: Any, skip: Any, *states: Any) -> Any:
        names, data = states
        came = Came.model_validate(data) if data else None
        if came is None or came.answer is None or not came.answer.report.dry_run:
            raise PreventUpdate
        given = {
            one["key"]: "" if value in {None, form.NONE} else str(value)
            for one, value in zip(names, values, strict=True)
        }
        cells = {
            name: [str(each or "") for each in column]
            for name, column in (("series", series), ("unit", units), ("factor", factors))
        }
        said = form.said(came, came.answer, given, cells) if names else {}
        skips = came.ask.skip_bad if skip is None else bool(skip)
        if not said and skips == came.ask.skip_bad:
            raise PreventUpdate
        asked = anew(came)
        return {**asked, "said": said or asked.get("said", {}), "skip_bad": skips}


def _register_going_on(app: Dash) -> None:
    @app.callback(
        Output(ids.ASK, "data", allow_duplicate=True),
        Input(ids.GO, "n_clicks", allow_optional=True),
        Input(ids.RESET, "n_clicks", allow_optional=True),
        Input(ids.every("sure"), "n_clicks"),
        State(ids.ANSWER, "data"),
        prevent_initial_call=True,
    )
    def go_on(go: Any, reset: Any, sure: Any, data: Any) -> Any:
        if not (go or reset or any(sure)):
            raise PreventUpdate
        if ctx.triggered_id == ids.RESET:
            return {"said": {}, "asked": datetime.now(UTC).timestamp()}
        came = Came.model_validate(data)
        if ctx.triggered_id == ids.GO:
            return {**anew(came), "dry_run": False}
        assert came.answer is not None
        assert ctx.triggered_id is not None
        said = form.confirmed(came.ask.said, came.answer.profile, ctx.triggered_id["key"])
        return {**anew(came), "said": said}


def anew(came: Came) -> dict[str, Any]:
    """Return what was asked, so that it is asked once more."""
    asked = came.ask.model_copy(update={"asked": datetime.now(UTC).timestamp()})
    return asked.model_dump(mode="json", exclude_unset=True)


def _register_keeping(app: Dash) -> None:
    @app.callback(
        Output(ids.REFRESH, "data", allow_duplicate=True),
        Input(ids.KEEP, "n_clicks"),
        State(ids.PROFILE_NAME, "value"),
        State(ids.ANSWER, "data"),
        prevent_initial_call=True,
    )
    def keep(clicks: Any, name: str | None, data: Any) -> float:
        if not clicks:
            raise PreventUpdate
        kept = kept_as(name, data)
        say(f"The profile {kept.name} is kept", "The next file is read by it where you choose so.")
        return datetime.now(UTC).timestamp()

    @app.callback(
        Output(ids.REFRESH, "data", allow_duplicate=True),
        Input(ids.WATCH, "n_clicks"),
        State(ids.PROFILE_NAME, "value"),
        State(ids.WATCH_FILES, "value"),
        State(ids.WATCH_OFTEN, "value"),
        State(ids.WATCH_GROWING, "value"),
        State(ids.ANSWER, "data"),
        prevent_initial_call=True,
    )
    def watch(clicks: Any, name: str | None, files: str, often: str, *states: Any) -> float:
        if not clicks:
            raise PreventUpdate
        growing, data = states
        kept = kept_as(name, data)
        made = watching.watch(account.api(), kept.name, files or "", often, bool(growing))
        told = f"{files} in the workers' folder, by the profile {kept.name}."
        say(f"The schedule {made.name} reads files", told)
        return datetime.now(UTC).timestamp()


def kept_as(name: str | None, data: Any) -> NamedProfile:
    """Keep by a name how the file was read that has come."""
    came = Came.model_validate(data)
    assert came.answer is not None
    kept = NamedProfile(name=(name or "").strip(), profile=came.answer.profile)
    profiles = account.api().import_profiles
    try:
        profiles.add(kept)
    except AlreadyExists:
        profiles.update(kept.name, NamedProfileChange(profile=kept.profile))
    return kept


def _register_undoing(app: Dash) -> None:
    @app.callback(
        Output(ids.REFRESH, "data", allow_duplicate=True),
        Input(ids.every("undo"), "n_clicks"),
        prevent_initial_call=True,
    )
    def undo(clicks: Any) -> float:
        if not any(clicks) or not ctx.triggered_id or not ctx.triggered[0]["value"]:
            raise PreventUpdate
        number = int(ctx.triggered_id["key"])
        done = account.api().imports.undo(number)
        left = f" {done.changed:,} were changed since and stay." if done.changed else ""
        gone = f"{done.removed:,} readings removed, {done.restored:,} put back.{left}"
        say(f"Import {number} is undone", gone)
        return datetime.now(UTC).timestamp()
