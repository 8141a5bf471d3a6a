"""How the models of a series do: by lead time, by interval, in order, and in words."""

from collections.abc import Sequence

import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from dash_app.components.states import message
from dash_app.components.tables import table
from dash_app.forecasts import words
from dash_app.forecasts.cards import graph
from dash_app.words import DASH, LEVELS, NBSP, number, quantity, unit_symbol
from dtbase.domain.forecasts.backtests import Backtest, BacktestFigures
from dtbase.domain.forecasts.leaderboard import Contender, Leaderboard
from dtbase.domain.forecasts.scores import Figures
from dtbase.domain.glance.outlook import Outlook

MOST_KEYS = 4
FORMULAS = (
    (
        "Usual error",
        "MAE, the mean absolute error: by how much forecasts are off on average, up or down.",
    ),
    (
        "Better than the same hour before",
        "Skill: by how much smaller the error is than that of the seasonal naive,"
        " which repeats the value of the same hour of the day before.",
    ),
    (
        "MASE",
        "MAE ÷ the seasonal naive's MAE in the 60 days before the forecast; under 1 is better.",
    ),
    (
        "Inside",
        "How many measured values lay within the interval: within a good 80 % interval, 80 %.",
    ),
)


def models_cards(outlook: Outlook, figure: go.Figure, tried: Component | None) -> list[Component]:
    """Return how the models of a series do: by lead time, by interval, in order."""
    board = outlook.leaderboard
    found = [] if tried is None else [tried]
    if tried is None and not scored(outlook):
        text = (
            "Scores come once what was forecast has been measured. “Start backtest” above tries the"
            " model on the past, and gives them in a minute."
        )
        return [
            html.Div(
                message("forecast", "No forecast could be checked yet", text), className="dt-card"
            )
        ]
    if not scored(outlook):
        return found
    return [
        html.Div([_lead_card(board, figure), _calibration_card(board)], className="dt-grid-2"),
        *found,
        _leaderboard_card(outlook),
    ]


def scored(outlook: Outlook) -> bool:
    """Tell whether any forecast could be held against what came."""
    return any(each.total.scored for each in outlook.leaderboard.contenders)


def tried_card(backtests: Sequence[Backtest], model: str, unit: str | None) -> Component | None:
    """Return what the newest backtest of a model found, by how far it looked ahead."""
    found = next((each for each in backtests if each.model == model and each.report), None)
    if found is None or found.report is None or found.report.total is None:
        return None
    heads = ("How far ahead", "Usually off by", "Beside the same hour before", f"Inside 80{NBSP}%")
    rows = [
        _tried_row(words.hours_words(each.after_hours, each.until_hours), each.figures, unit)
        for each in found.report.leads
    ]
    days = round((found.end - found.start).total_seconds() / 86_400)
    told = f"{found.report.origins} forecasts over {days} days, as if the future was not known"
    return html.Section(
        [
            html.Div(
                [html.H2(f"How far off {model} was"), html.Span(told, className="dt-meta")],
                className="dt-card-head",
            ),
            table(heads, [*rows, _tried_row("All together", found.report.total, unit)]),
        ],
        className="dt-card",
    )


def _tried_row(name: str, figures: BacktestFigures, unit: str | None) -> html.Tr:
    inside = figures.coverage.get("80")
    return html.Tr(
        [
            html.Th(name, scope="row"),
            html.Td(html.B(quantity(figures.mae, unit)), className="dt-r"),
            html.Td(words.skill_words(figures.skill)),
            html.Td(DASH if inside is None else f"{inside:.0f}{NBSP}%", className="dt-r"),
        ]
    )


def formulas() -> html.Details:
    """Return what the words mean exactly, one click away."""
    pairs = [part for name, text in FORMULAS for part in (html.Dt(name), html.Dd(text))]
    return html.Details(
        [html.Summary("How this is computed"), html.Dl(pairs, className="dt-facts fx-formulas")],
        className="fx-how",
    )


def _lead_card(board: Leaderboard, figure: go.Figure) -> html.Section:
    keys = [
        html.Span([html.I(className=f"dt-key c{place}"), each.model])
        for place, each in enumerate(board.contenders[:MOST_KEYS], start=1)
    ]
    first = board.contenders[0]
    told = words.usual_error(first.total, board.unit)
    return html.Section(
        [
            html.Div(
                [html.H2("Error by how far ahead"), html.Div(keys, className="dt-legend")],
                className="dt-card-head",
            ),
            html.P(f"{first.model}: {told} Lower is better.", className="dt-meta fx-told"),
            graph("forecasts-leads", figure),
        ],
        className="dt-card",
    )


def _calibration_card(board: Leaderboard) -> html.Section:
    heads = ("Model", *(f"{level}{NBSP}% held" for level in LEVELS), "Values")
    rows = [
        html.Tr(
            [
                html.Th(each.model, scope="row"),
                *(html.Td(_share(each, level), className="dt-r") for level in LEVELS),
                html.Td(f"{each.total.scored:,}", className="dt-r"),
            ]
        )
        for each in board.contenders
    ]
    told = words.calibration_words(board.contenders[0].total)
    return html.Section(
        [
            html.Div(html.H2("Do the intervals keep their word?"), className="dt-card-head"),
            html.P(f"{board.contenders[0].model}: {told}", className="dt-meta fx-told"),
            table(heads, rows),
        ],
        className="dt-card",
    )


def _share(contender: Contender, level: str) -> str:
    found = contender.total.coverage.get(level)
    return DASH if found is None else f"{found:.1f}{NBSP}%"


def _leaderboard_card(outlook: Outlook) -> html.Section:
    board = outlook.leaderboard
    unit = unit_symbol(board.unit)
    heads = (
        "Model",
        f"Usual error, {unit}" if unit else "Usual error",
        "Beside the same hour before",
        "MASE",
        "Runs",
        "Drift",
    )
    rows = [_contender_row(each, board.unit) for each in board.contenders]
    why = (
        words.champion_words(outlook.champion)
        if outlook.champion
        else "No model has enough runs yet to be the champion."
    )
    named = f"Champion: {outlook.champion.model}. {why}" if outlook.champion else why
    return html.Section(
        [
            html.Div(
                [html.H2("Leaderboard"), html.Span("Last 30 days", className="dt-meta")],
                className="dt-card-head",
            ),
            html.P(named, className="dt-meta fx-told"),
            table(heads, rows),
            formulas(),
        ],
        className="dt-card",
    )


def _beside(figures: Figures) -> str:
    """Say how a model does beside a simple one, and whether that can be said yet."""
    told = words.skill_words(figures.skill)
    return told if figures.skill is None else told + words.few_words(figures.scored)


def _contender_row(each: Contender, unit: str | None) -> html.Tr:
    best = "dt-r dt-best" if each.rank == 1 else "dt-r"
    name: list[Component | str] = [
        each.model if each.scenario == "default" else f"{each.model}, {each.scenario}"
    ]
    if each.champion:
        name.append(html.Span("Champion", className="dt-chip accent ms-2"))
    told = words.drift_words(each)
    drifting = each.drift is not None and each.drift.drifting
    dot = "warn" if drifting else "ok" if told == words.AS_PROMISED else "off"
    drift = html.Span([html.I(className=f"dt-dot {dot}"), told], className="dt-state")
    return html.Tr(
        [
            html.Th(name, scope="row"),
            html.Td(number(each.total.mae, unit), className=best),
            html.Td(_beside(each.total)),
            html.Td(
                DASH if each.total.mase is None else f"{each.total.mase:.2f}", className="dt-r"
            ),
            html.Td(f"{each.runs:,}", className="dt-r"),
            html.Td(drift),
        ]
    )
