"""Ids of the parts of Forecasts."""

from typing import Final

from dash_app.ids import ident

PAGE: Final = "forecasts"

HERE: Final = "forecasts-here"
REQUEST: Final = "forecasts-request"
HEADING: Final = "forecasts-heading"
ACTIONS: Final = "forecasts-actions"
BODY: Final = "forecasts-body"
AT: Final = "forecasts-at"
EARLIER: Final = "forecasts-earlier"
LATER: Final = "forecasts-later"
BELIEVED: Final = "forecasts-believed"
GRAPH: Final = "forecasts-graph"
RUN_CARD: Final = "forecasts-run-card"
MODEL: Final = "forecasts-model"
KNOWN: Final = "forecasts-known"

SERIES: Final = "forecasts-series"
WITH: Final = "forecasts-with"
HORIZON: Final = "forecasts-horizon"
OFTEN: Final = "forecasts-often"
QUEUE: Final = "forecasts-queue"
REFRESH: Final = "forecasts-refresh"
AGAIN: Final = "forecasts-again"
BACKTEST: Final = "forecasts-backtest"
DAYS: Final = "forecasts-days"
MORE: Final = "forecasts-more"
HABITS: Final = "forecasts-habits"
HABITS_OPEN: Final = "forecasts-habits-open"
HABITS_ROOM: Final = "forecasts-habits-room"
SCENARIOS: Final = "forecasts-scenarios"
SCENARIOS_OPEN: Final = "forecasts-scenarios-open"
SCENARIOS_ROOM: Final = "forecasts-scenarios-room"


def cancel(run: int | str) -> dict[str, str]:
    """Return the id of the button that calls a run off."""
    return ident(PAGE, "cancel", str(run))
