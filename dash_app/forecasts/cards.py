"""The cards of Forecasts: series, runs, one run, the models of a series."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import plotly.graph_objects as go
from dash import dcc, html
from dash.development.base_component import Component

from dash_app.aria import aria
from dash_app.components.states import message
from dash_app.components.tables import table
from dash_app.explore.figures import CONFIG
from dash_app.forecasts import ids, words
from dash_app.forecasts.view import View
from dash_app.words import (
    DASH,
    NBSP,
    error_sentence,
    length,
    measure_label,
    moment,
    number,
)
from dtbase.domain.forecasts.backtests import Backtest
from dtbase.domain.forecasts.champions import Champion
from dtbase.domain.forecasts.drift import SeriesDrift
from dtbase.domain.forecasts.runs import Run, RunStatus
from dtbase.domain.registry.series import SeriesKey

DOTS = {
    RunStatus.QUEUED: "off",
    RunStatus.RUNNING: "run",
    RunStatus.SUCCEEDED: "ok",
    RunStatus.FAILED: "bad",
    RunStatus.CANCELLED: "off",
}
STATES = {
    RunStatus.QUEUED: "Waiting",
    RunStatus.RUNNING: "Running",
    RunStatus.SUCCEEDED: "Finished",
    RunStatus.FAILED: "Failed",
    RunStatus.CANCELLED: "Cancelled",
}
FEW_RUNS = 30


def name_of(key: SeriesKey) -> str:
    """Return what a series is called: Temperature, JFK."""
    return f"{measure_label(key.measure)}, {key.sensor}"


def address(key: SeriesKey) -> str:
    return f"/forecasts{View(series=key).search()}"


def champions_card(
    champions: Sequence[Champion], drifting: Sequence[SeriesDrift], runs: Sequence[Run], model: str
) -> html.Section:
    """Return every series that is forecast, with its best model."""
    drifted = {(each.sensor, each.measure, each.model): each.reason for each in drifting}
    known = {SeriesKey(sensor=c.sensor, measure=c.measure): c for c in champions}
    keys = sorted({*known, *(run.target for run in runs if run.target)}, key=str)
    rows = [
        _series_row(key, known.get(key), drifted)
        for key in keys
        if not model or _has(key, known, runs, model)
    ]
    return _section(
        "Series that are forecast",
        f"{len(rows)} series",
        table(("Series", "Best model", "Why", "Drift"), rows) if rows else _no_series(),
    )


def runs_card(
    runs: Sequence[Run], zone: ZoneInfo, now: datetime, *, may_edit: bool
) -> html.Section:
    """Return the newest runs, with how far they are."""
    heads = ("Run", "State", "Series", "Model", "Asked", "Took", "")
    rows = [_run_row(run, zone, now, may_edit=may_edit) for run in runs[:FEW_RUNS]]
    return _section("Runs", "The newest first", table(heads, rows) if rows else _no_runs())


def run_facts(run: Run, zone: ZoneInfo) -> html.Section:
    facts = {
        "Model": run.model,
        "Scenario": run.scenario,
        "Issued": moment(run.issued_at, zone, weekday=True) if run.issued_at else DASH,
        "Reaches": f"{run.horizon} steps ahead" if run.horizon else DASH,
        "Took": _took(run),
        "Run": str(run.id),
    }
    pairs = [part for name, value in facts.items() for part in (html.Dt(name), html.Dd(value))]
    told: list[Component] = [html.Dl(pairs, className="dt-facts")]
    if run.parameters:
        given = ", ".join(f"{name}: {value}" for name, value in sorted(run.parameters.items()))
        told.append(html.P(given, className="dt-meta mt-2 mb-0"))
    return html.Section(
        [
            html.Div([html.H2("This forecast"), _state(run.status)], className="dt-card-head"),
            html.Div(told, className="dt-card-body"),
        ],
        className="dt-card",
    )


def backtests_card(
    backtests: Sequence[Backtest], unit: str | None, zone: ZoneInfo, *, may_edit: bool
) -> html.Section:
    """Return the last backtests, with their progress."""
    heads = ("Backtest", "State", "Model", "Tried on", "Usual error", f"Inside 80{NBSP}%", "")
    rows = [_backtest_row(each, unit, zone, may_edit=may_edit) for each in backtests]
    text = "Try a model on the past as if the future had not been known."
    return _section("Backtests", text, table(heads, rows) if rows else html.Div(className="pb-2"))


def graph(name: str, figure: go.Figure) -> dcc.Graph:
    """Return a chart as high as its figure, however high the card beside it is."""
    room = {"height": f"{figure.layout.height}px"}
    return dcc.Graph(id=name, figure=figure, config=CONFIG, style=room)  # type: ignore[arg-type]


def _series_row(
    key: SeriesKey, champion: Champion | None, drifted: dict[tuple[str, str, str], str | None]
) -> html.Tr:
    reason = drifted.get((key.sensor, key.measure, champion.model)) if champion else None
    drift = html.Span(
        [html.I(className=f"dt-dot {'warn' if reason else 'ok'}"), reason or words.AS_PROMISED],
        className="dt-state",
    )
    return html.Tr(
        [
            html.Th(html.A(name_of(key), href=address(key)), scope="row"),
            html.Td(champion.model if champion else DASH),
            html.Td(
                words.champion_words(champion) if champion else "No model has enough runs yet.",
                className="dt-wrap dt-meta",
            ),
            html.Td(drift if champion else DASH),
        ]
    )


def _has(key: SeriesKey, known: dict[SeriesKey, Champion], runs: Sequence[Run], model: str) -> bool:
    champion = known.get(key)
    if champion is not None and champion.model == model:
        return True
    return any(run.target == key and run.model == model for run in runs)


def _run_row(run: Run, zone: ZoneInfo, now: datetime, *, may_edit: bool) -> html.Tr:
    target = (
        html.A(name_of(run.target), href=_run_address(run))
        if run.target
        else html.Span("all of a model's")
    )
    state: list[Component] = [_state(run.status)]
    if run.reason:
        state.append(html.Div(error_sentence(run.reason), className="dt-meta dt-wrap fx-reason"))
    cancel = _cancel(run, "run") if may_edit else []
    return html.Tr(
        [
            html.Th(str(run.id), scope="row"),
            html.Td(state),
            html.Td(target),
            html.Td(run.model),
            html.Td(moment(run.created_at, zone)),
            html.Td(_took(run)),
            html.Td(cancel, className="dt-r"),
        ]
    )


def _run_address(run: Run) -> str:
    assert run.target is not None
    return f"/forecasts{View(series=run.target, model=run.model, run=run.id).search()}"


def _state(status: RunStatus) -> html.Span:
    return html.Span(
        [html.I(className=f"dt-dot {DOTS[status]}"), STATES[status]], className="dt-state"
    )


def _took(run: Run) -> str:
    if run.started_at is None or run.ended_at is None:
        return DASH
    seconds = (run.ended_at - run.started_at).total_seconds()
    return f"{seconds:.1f}{NBSP}s" if seconds < 90 else length(run.ended_at - run.started_at)  # noqa: PLR2004 - a minute and a half


def _backtest_row(each: Backtest, unit: str | None, zone: ZoneInfo, *, may_edit: bool) -> html.Tr:
    state: list[Component] = [_state(each.status)]
    if not each.status.ended and each.total:
        share = f"{100 * each.done / each.total:.0f}"
        bar = html.Div(className="progress-bar", style={"width": f"{share}%"})
        state.append(
            html.Div(
                bar,
                className="progress fx-progress",
                role="progressbar",
                **aria(label=f"Backtest {each.id}", valuenow=share, valuemin="0", valuemax="100"),
            )
        )
    if each.reason:
        state.append(html.Div(error_sentence(each.reason), className="dt-meta dt-wrap fx-reason"))
    total = each.report.total if each.report else None
    inside = total.coverage.get("80") if total else None
    return html.Tr(
        [
            html.Th(str(each.id), scope="row"),
            html.Td(state),
            html.Td(each.model),
            html.Td(_window(each, zone)),
            html.Td(number(total.mae if total else None, unit), className="dt-r"),
            html.Td(DASH if inside is None else f"{inside:.1f}{NBSP}%", className="dt-r"),
            html.Td(_cancel(each, "backtest") if may_edit else [], className="dt-r"),
        ]
    )


def _section(title: str, told: str, content: Component) -> html.Section:
    return html.Section(
        [
            html.Div(
                [html.H2(title), html.Span(told, className="dt-meta")],
                className="dt-card-head pb-1",
            ),
            content,
        ],
        className="dt-card",
    )


def _no_series() -> Component:
    return message(
        "forecast", "Nothing is forecast yet", "Choose series above and queue a first forecast."
    )


def _no_runs() -> Component:
    return message("forecast", "No runs yet", "What is queued appears here, and how far it is.")


def _cancel(work: Run | Backtest, what: str) -> list[Component]:
    if not work.service_run or work.status.ended:
        return []
    words_ = aria(label=f"Cancel {what} {work.id}")
    ident = ids.cancel(work.service_run)
    return [html.Button("Cancel", id=ident, className="btn btn-link btn-sm", **words_)]


def _window(each: Backtest, zone: ZoneInfo) -> str:
    span = f"{moment(each.start, zone)} {DASH} {moment(each.end, zone)}"
    return f"{span}, {each.done} of {each.total}"
