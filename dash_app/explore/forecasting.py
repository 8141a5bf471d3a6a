"""Asking for forecasts of the chosen series and following them."""

from collections.abc import Sequence
from datetime import timedelta

from dash_app.explore.columns import step_of
from dash_app.explore.scene import Line
from dash_app.words import error_sentence, measure_label
from dtbase.client import Client
from dtbase.domain.forecasts.runs import Run, RunStatus, recommended_first
from dtbase.domain.frozen import Frozen
from dtbase.errors import NotFound

AHEAD = timedelta(hours=48)
CADENCE = timedelta(hours=1)

LATEST = 50
"""So many runs tell which model was used last."""


def start_forecasts(client: Client, lines: Sequence[Line], bucket: str) -> list[Run]:
    """Queue a run for every line, 48 hours ahead."""
    return [
        client.runs.start(
            model_for(client, line),
            sensor=line.key.sensor,
            measure=line.key.measure,
            horizon=_steps(line, bucket),
        )
        for line in lines
    ]


def model_for(client: Client, line: Line) -> str:
    """Return the model that last forecast a line here, else the one that is offered first."""
    key = line.key
    done = client.runs.list(
        sensor=key.sensor, measure=key.measure, status=RunStatus.SUCCEEDED, limit=LATEST
    )
    models = [run.model for run in done if run.horizon is not None]
    models += [model.name for model in recommended_first(client.models.list())]
    if not models:
        raise NotFound("there is no model that could forecast")
    return models[0]


class Ending(Frozen):
    """What to tell about runs that have ended."""

    title: str
    text: str
    bad: bool = False


def endings_of(runs: Sequence[Run]) -> list[Ending]:
    """Return one sentence for all that went well, and one for each that did not."""
    good = [run for run in runs if run.status is RunStatus.SUCCEEDED]
    endings = [
        Ending(
            title=f"No forecast for {_name(run)}",
            text=error_sentence(run.reason or f"the run was {run.status}"),
            bad=True,
        )
        for run in runs
        if run.status is not RunStatus.SUCCEEDED
    ]
    if good:
        title = "Forecast ready" if len(good) == 1 else f"{len(good)} forecasts ready"
        endings.append(Ending(title=title, text="; ".join(_name(run) for run in good)))
    return endings


def _name(run: Run) -> str:
    if run.target is None:
        return run.model
    return f"{run.target.sensor} {measure_label(run.target.measure).lower()}"


def _steps(line: Line, bucket: str) -> int:
    step = step_of(line.values) if line.values is not None and bucket == "raw" else None
    return max(1, round(AHEAD / (step or CADENCE)))
