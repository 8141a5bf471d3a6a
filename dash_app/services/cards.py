"""The cards of a service's page: its form, its runs, and one run with its log."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dash_app.aria import aria
from dash_app.components.states import message
from dash_app.components.tables import table
from dash_app.forecasts.cards import DOTS, STATES
from dash_app.services import ids, schema
from dash_app.tables import form
from dash_app.tables.noun import Choices, Field, Kind
from dash_app.words import DASH, NBSP, error_sentence, length, moment
from dtbase.client import Client
from dtbase.domain.services.service_runs import LogLine, ServiceRun
from dtbase.domain.services.services import ParameterSet, Service

MINUTE_AND_HALF = 90
LINES = 500
WROTE = {"readings": "readings", "runs": "runs of models", "things": "things"}
IN_SET = "As in the set, unless you say another"


def address(service: str, run: int | None = None) -> str:
    said = {"name": service} | ({} if run is None else {"run": run})
    return f"{ids.PATH}?{urlencode(said)}"


def asking(
    service: Service, sets: Sequence[ParameterSet], chosen: ParameterSet | None, client: Client
) -> html.Section:
    """Return the form that runs a service, filled as a parameter set says."""
    fields = schema.fields_of(service.parameters_schema)
    given = chosen.parameters if chosen else {}
    choices = Choices(client)
    parts: list[Component] = [
        part(field, schema.at(given, field.name), choices, kept=chosen is not None)
        for field in fields
    ]
    if not fields:
        parts = [html.P("It takes no parameters.", className="dt-meta mb-0")]
    head: list[Component] = [html.H2("Run it")]
    if sets:
        options = [{"label": "As it comes", "value": form.NONE}]
        options += [{"label": each.name, "value": each.name} for each in sets]
        value = chosen.name if chosen else form.NONE
        select = dbc.Select(id=ids.SET, options=options, value=value)
        words = html.Label("Parameter set", htmlFor=ids.SET, className="visually-hidden")
        head.append(html.Div([words, select]))
    run = html.Button("Run now", id=ids.RUN, type="button", className="btn btn-primary")
    keep: list[Component] = [
        html.Label("Name of the set", htmlFor=ids.SET_NAME, className="visually-hidden"),
        dbc.Input(id=ids.SET_NAME, placeholder="Name of the set", className="sv-name ms-auto"),
        html.Button("Keep as a set", id=ids.KEEP, type="button", className="btn btn-light"),
    ]
    foot = [run, html.Div(keep, className="dt-form-foot ms-auto", hidden=not fields)]
    return html.Section(
        [
            html.Div(head, className="dt-card-head"),
            html.Div(parts, className="dt-card-body sv-form"),
            html.Div(id=ids.TOLD, className="px-3"),
            html.Div(foot, className="dt-card-body dt-form-foot"),
        ],
        className="dt-card",
    )


def part(field: Field, value: object, choices: Choices, *, kept: bool) -> html.Div:
    """Return one field of the form; a secret that a set keeps is not shown, but is there."""
    ident = ids.part("field", field.name)
    shown = field.start if value is None else value
    control, more = form.control_of(field, ident, shown, choices, locked=False)
    if kept and field.kind is Kind.HIDDEN:
        control.placeholder = IN_SET  # type: ignore[attr-defined]  # it is a field of one line
    label: list[Component | str] = [field.title]
    if field.optional:
        label.append(html.Span(" optional", className="opt"))
    wide = " sv-wide" if field.kind in {Kind.LINES, Kind.SOME} else ""
    wrong = html.Div(
        id=ids.part("error", field.name), className="invalid-feedback dt-error", role="alert"
    )
    hint = [html.Div(field.hint, className="form-text")] if field.hint else []
    words = html.Label(label, htmlFor=form.dom_id(ident), className="form-label")
    return html.Div([words, control, *more, wrong, *hint], className=f"dt-field{wide}")


def history(runs: Sequence[ServiceRun], chosen: int | None, zone: ZoneInfo) -> html.Section:
    """Return the newest runs: who asked, how far they are, what they wrote."""
    heads = ("Run", "State", "Asked by", "Asked", "Took", "Wrote")
    rows = [row(run, zone, on=run.id == chosen) for run in runs]
    none = message("service", "It has not run yet", "What is run appears here, and how far it is.")
    return html.Section(
        [
            html.Div(
                [html.H2("Runs"), html.Span("The newest first", className="dt-meta")],
                className="dt-card-head pb-1",
            ),
            table(heads, rows) if rows else none,
        ],
        className="dt-card",
    )


def row(run: ServiceRun, zone: ZoneInfo, *, on: bool) -> html.Tr:
    link = html.A(str(run.id), href=address(run.service, run.id))
    return html.Tr(
        [
            html.Th(link, scope="row"),
            html.Td([state(run), *progress(run)]),
            html.Td(run.schedule or run.asked_by),
            html.Td(moment(run.created_at, zone)),
            html.Td(took(run.seconds)),
            html.Td(wrote(run)),
        ],
        className="on" if on else "",
    )


def state(run: ServiceRun) -> html.Span:
    words = "Is being called off" if run.cancelling and not run.status.ended else STATES[run.status]
    return html.Span([html.I(className=f"dt-dot {DOTS[run.status]}"), words], className="dt-state")


def progress(run: ServiceRun) -> list[Component]:
    """Return how far a run is that goes on, if it tells."""
    if run.status.ended or not run.total:
        return []
    share = f"{100 * (run.done or 0) / run.total:.0f}"
    bar = html.Div(className="progress-bar", style={"width": f"{share}%"})
    told = aria(label=f"Run {run.id}", valuenow=share, valuemin="0", valuemax="100")
    return [html.Div(bar, className="progress fx-progress", role="progressbar", **told)]


def took(seconds: float | None) -> str:
    if seconds is None:
        return DASH
    if seconds < MINUTE_AND_HALF:
        return f"{seconds:.1f}{NBSP}s"
    return length(timedelta(seconds=seconds))


def wrote(run: ServiceRun) -> str:
    """Return what a run has written."""
    counts = run.written.model_dump()
    told = [f"{counts[name]:,} {words}" for name, words in WROTE.items() if counts[name]]
    return ", ".join(told) or ("nothing new" if run.status.ended else DASH)


def one(run: ServiceRun, log: Sequence[LogLine], zone: ZoneInfo, *, may_edit: bool) -> html.Section:
    """Return one run: what it was asked, why it failed, and its log."""
    head: list[Component] = [html.H2(f"Run {run.id}"), state(run)]
    if may_edit and not run.status.ended and not run.cancelling:
        cancel = html.Button(
            "Cancel", id=ids.part("cancel", str(run.id)), className="btn btn-danger btn-sm"
        )
        head.append(cancel)
    facts = {
        "Asked": f"{moment(run.created_at, zone, year=True)}, {run.schedule or run.asked_by}",
        "Parameter set": run.parameter_set or DASH,
        "Took": took(run.seconds),
        "Try": str(run.attempt),
        "Wrote": wrote(run),
    }
    pairs = [p for name, value in facts.items() for p in (html.Dt(name), html.Dd(value))]
    content: list[Component] = [html.Dl(pairs, className="dt-facts")]
    if run.message and not run.status.ended:
        content.append(html.P(run.message, className="dt-meta mt-2 mb-0"))
    if run.reason:
        content.append(html.P(error_sentence(run.reason), className="tb-refused mt-3"))
    lines = "\n".join(f"{stamp(line.at, zone)}  {line.line}" for line in log[-LINES:])
    text = lines or "It has logged nothing."
    region = aria(label=f"Log of run {run.id}")
    return html.Section(
        [
            html.Div(head, className="dt-card-head"),
            html.Div(content, className="dt-card-body"),
            html.Pre(text, className="sn-code", tabIndex=0, role="region", **region),
        ],
        className="dt-card sv-one",
    )


def stamp(time: datetime, zone: ZoneInfo) -> str:
    return f"{time.astimezone(zone):%H:%M:%S}"
