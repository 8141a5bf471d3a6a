"""Asking for forecasts of the chosen series and following them."""

from collections.abc import Sequence
from datetime import timedelta

from dash_app.explore.columns import step_of
from dash_app.explore.scene import Line
from dtbase.client import Client
from dtbase.domain.runs import Run, RunStatus
from dtbase.errors import NotFound

AHEAD = timedelta(hours=48)
CADENCE = timedelta(hours=1)


def start_forecasts(client: Client, lines: Sequence[Line], bucket: str) -> list[Run]:
    """Queue the first model for every line, 48 hours ahead."""
    models = client.models.list()
    if not models:
        raise NotFound("there is no model that could forecast")
    return [
        client.runs.start(
            models[0].name,
            sensor=line.key.sensor,
            measure=line.key.measure,
            horizon=_steps(line, bucket),
        )
        for line in lines
    ]


def ended_words(run: Run) -> tuple[str, str]:
    """Return a title and a sentence for a forecast that has ended."""
    name = str(run.target).replace("_", " ").replace("/", ", ") if run.target else run.model
    if run.status is RunStatus.SUCCEEDED:
        return "Forecast ready", name
    return f"No forecast for {name}", run.reason or f"The run was {run.status}."


def _steps(line: Line, bucket: str) -> int:
    step = step_of(line.values) if line.values is not None and bucket == "raw" else None
    return max(1, round(AHEAD / (step or CADENCE)))
