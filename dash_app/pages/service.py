"""One service: run it with a form made of its schema, follow its runs, read their logs."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from dash import (
    Dash,
    Input,
    Output,
    State,
    ctx,
    html,
    no_update,
    set_props,
)
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dash_app import account, addressed
from dash_app import ids as shared
from dash_app.components.states import message
from dash_app.navigation import Page
from dash_app.services import cards, ids, schema
from dash_app.shell import frame, say, set_outage
from dash_app.tables import form
from dash_app.tables.drawer import refused
from dtbase.domain.registry.twin import Twin
from dtbase.domain.services.services import ParameterSet, ParameterSetChange, Service
from dtbase.errors import Declined, DTBaseError, Invalid, NotFound

SHOWN = 25
FIELDS, ERRORS = ids.every("field"), ids.every("error")


def layout(twin: Twin) -> list[Component]:
    """Return the page before its data is there."""
    title = addressed.title("service", "Service")
    main = [html.Div(id=ids.FORM), html.Div(id=ids.HISTORY)]
    content = [
        html.Div(
            [html.Div(main, className="dt-stack"), html.Div(id=ids.ONE, className="dt-stack")],
            className="dt-split sv-split",
        ),
        *addressed.stores("service"),
    ]
    return frame(twin, title, actions=[], content=content, name="sv")


def register(app: Dash) -> None:
    """Draw the form once, the runs whenever they get on."""
    addressed.register(app, "service")
    _register_drawing(app)
    _register_asking(app)
    _register_running(app)
    _register_keeping(app)
    _register_cancelling(app)


PAGE = Page(
    path=ids.PATH, title="Service", icon="service", layout=layout, register=register, listed=False
)


def named(search: str | None) -> tuple[str, int | None]:
    """Return the service and the run that an address names."""
    given = parse_qs((search or "").removeprefix("?"))
    run = given.get("run", [""])[0]
    return given.get("name", [""])[0], int(run) if run.isdigit() and len(run) < 18 else None  # noqa: PLR2004 - of a bigint


def _register_drawing(app: Dash) -> None:
    @app.callback(
        Output(ids.HEADING, "children"),
        Output(ids.HISTORY, "children"),
        Output(ids.ONE, "children"),
        Input(ids.REQUEST, "data"),
        prevent_initial_call=True,
    )
    def draw(request: Any) -> Any:
        name, chosen = named(request["search"])
        client, zone = account.api(), ZoneInfo(account.site().timezone)
        try:
            service = found(name)
        except (NotFound, Invalid):
            return [html.H1("Service")], [missing(name)], []
        set_outage(shown=False)
        runs = client.service_runs.list(service=name, limit=SHOWN)
        return heading(service), cards.history(runs, chosen, zone), one_run(chosen, zone)


def _register_asking(app: Dash) -> None:
    @app.callback(
        Output(ids.FORM, "children"),
        Input(ids.HERE, "data", allow_optional=True),
        Input(ids.SET, "value", allow_optional=True),
        Input(shared.OUTAGE_RETRY, "n_clicks"),
        State(shared.URL, "search"),
        State(ids.RUN, "id", allow_optional=True),
    )
    def ask(here: Any, chosen: str | None, _retried: Any, search: str, drawn: str | None) -> Any:
        if not here or (ctx.triggered_id == shared.OUTAGE_RETRY and drawn):
            raise PreventUpdate  # another page, or a form into which somebody has typed
        if not account.may_edit():
            return []
        client, (name, _) = account.api(), named(search)
        try:
            service = found(name)
        except (NotFound, Invalid):
            return []
        sets = client.services.parameter_sets(name).list()
        which = next((each for each in sets if each.name == chosen), None)
        if ctx.triggered_id == ids.SET and chosen is None:
            raise PreventUpdate
        return cards.asking(service, sets, which, client)


def _register_running(app: Dash) -> None:
    @app.callback(
        Output(ERRORS, "children"),
        Output(shared.URL, "search", allow_duplicate=True),
        Output(ids.REFRESH, "data", allow_duplicate=True),
        Input(ids.RUN, "n_clicks"),
        State(FIELDS, "value"),
        State(FIELDS, "id"),
        State(ERRORS, "id"),
        State(ids.SET, "value", allow_optional=True),
        State(shared.URL, "search"),
        running=[(Output(ids.RUN, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def run(clicks: Any, values: Any, fields: Any, errors: Any, *states: Any) -> Any:
        chosen, search = states
        if not clicks:
            raise PreventUpdate
        name, _ = named(search)
        told = [each["key"] for each in errors]
        try:
            service = account.api().services.get(name)
            given = said(service, values, fields)
            started = account.api().services.run(name, given, parameter_set=behind(service, chosen))
        except Declined as error:
            return complained(error, told), no_update, no_update
        set_props(ids.TOLD, {"children": []})
        say(f"Run {started.id} is queued")
        address = cards.address(name, started.id).partition("?")[2]
        return [""] * len(told), f"?{address}", datetime.now(UTC).timestamp()


def _register_keeping(app: Dash) -> None:
    @app.callback(
        Output(ERRORS, "children", allow_duplicate=True),
        Output(ids.HERE, "data"),
        Input(ids.KEEP, "n_clicks"),
        State(ids.SET_NAME, "value"),
        State(FIELDS, "value"),
        State(FIELDS, "id"),
        State(ERRORS, "id"),
        State(shared.URL, "search"),
        prevent_initial_call=True,
    )
    def keep(clicks: Any, called: str | None, values: Any, fields: Any, *states: Any) -> Any:
        errors, search = states
        if not clicks:
            raise PreventUpdate
        name, _ = named(search)
        told = [each["key"] for each in errors]
        sets = account.api().services.parameter_sets(name)
        try:
            given = said(account.api().services.get(name), values, fields)
            kept = ParameterSet(name=(called or "").strip(), parameters=given)
            if any(each.name == kept.name for each in sets.list()):
                sets.update(kept.name, ParameterSetChange(parameters=given))
            else:
                sets.add(kept)
        except Declined as error:
            return complained(error, told), no_update
        say(f"The parameter set {kept.name} is kept")
        return [""] * len(told), datetime.now(UTC).timestamp()


def _register_cancelling(app: Dash) -> None:
    @app.callback(
        Output(ids.REFRESH, "data", allow_duplicate=True),
        Input(ids.every("cancel"), "n_clicks"),
        prevent_initial_call=True,
    )
    def cancel(clicks: Any) -> float:
        if not any(clicks):
            raise PreventUpdate
        account.api().service_runs.cancel(int(ctx.triggered_id["key"]))
        say("It is being called off")
        return datetime.now(UTC).timestamp()


def found(name: str) -> Service:
    """Return the service of a name, or raise NotFound."""
    if not name:
        raise NotFound("the address names no service", field="name")
    return account.api().services.get(name)


def said(service: Service, values: Any, fields: Any) -> dict[str, Any]:
    """Return the parameters that the form says."""
    known = schema.fields_of(service.parameters_schema)
    typed = dict(zip((each["key"] for each in fields), values, strict=True))
    return schema.parameters_of(known, form.given(known, typed))


def behind(service: Service, chosen: str | None) -> str | None:
    """Return the set whose secrets a run needs: the form does not know them."""
    if chosen in {None, form.NONE} or "writeOnly" not in str(service.parameters_schema):
        return None
    return chosen


def complained(error: DTBaseError, told: list[str]) -> list[str]:
    """Return what is wrong with each field, and say what is wrong with none of them."""
    brief = schema.shortened(error)
    found = form.complaints(brief, told)
    set_props(ids.TOLD, {"children": refused(found[""])})
    return [found[key] for key in told]


def one_run(chosen: int | None, zone: ZoneInfo) -> list[Component]:
    if chosen is None:
        return []
    client = account.api()
    try:
        run = client.service_runs.get(chosen)
    except NotFound:
        return [
            html.Section(message("log", "That run is not known any more", ""), className="dt-card")
        ]
    log = client.service_runs.log(chosen)
    return [cards.one(run, log, zone, may_edit=account.may_edit())]


def heading(service: Service) -> list[Component]:
    crumb = [html.A("Services", href="/services"), html.I("/")]
    return [
        html.Span(crumb, className="dt-crumb dt-hide"),
        html.H1(service.name, title=service.summary or ""),
    ]


def missing(name: str) -> html.Section:
    told = f"Nothing is called “{name}”." if name else "The address names none."
    way = [html.A("All services", href="/services", className="btn btn-light")]
    return html.Section(
        message("service", "No such service", told, actions=way), className="dt-card"
    )
