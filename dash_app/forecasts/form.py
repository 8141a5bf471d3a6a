"""Asking for forecasts of any number of series at once."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

import dash_bootstrap_components as dbc
from dash import dcc, html

from dash_app.components.forms import labelled
from dash_app.explore.scene import is_numeric
from dash_app.forecasts import ids
from dash_app.forecasts.cards import name_of
from dtbase.client import Client
from dtbase.domain.forecasts.runs import RECOMMENDED, Model, Run, recommended_first
from dtbase.domain.registry.series import Series, SeriesKey
from dtbase.domain.services.schedules import NewSchedule, Schedule, ScheduleChange
from dtbase.errors import AlreadyExists

LONGEST = 20_160
MOST = 50
SERVICE = "forecast"
ONCE = "once"
OFTEN: Mapping[str, tuple[str, timedelta]] = {
    "hour": ("Now and every hour", timedelta(hours=1)),
    "quarter": ("Now and every 6 hours", timedelta(hours=6)),
    "day": ("Now and every day", timedelta(days=1)),
}


def card(catalogue: Sequence[Series], models: Sequence[Model]) -> html.Section:
    series = dcc.Dropdown(
        id=ids.SERIES,
        options=options_of(catalogue),
        multi=True,
        placeholder="By name, place, type or measure",
        className="fx-pick",
    )
    names = models_of(models)
    first = names[0]["value"] if names else ""
    often = [{"label": words, "value": key} for key, (words, _) in OFTEN.items()]
    often = [{"label": "Once, now", "value": ONCE}, *often]
    return html.Section(
        [
            html.Div(html.H2("New forecast"), className="dt-card-head"),
            html.Div(
                [
                    labelled("Series", series),
                    labelled("Model", dbc.Select(id=ids.WITH, options=names, value=first)),
                    labelled(
                        "Steps ahead",
                        dbc.Input(id=ids.HORIZON, type="number", min=1, max=LONGEST, value=48),
                    ),
                    labelled("How often", dbc.Select(id=ids.OFTEN, options=often, value=ONCE)),
                    html.Button("Queue forecast", id=ids.QUEUE, className="btn btn-primary"),
                ],
                className="dt-card-body fx-form",
            ),
        ],
        className="dt-card",
    )


def models_of(models: Sequence[Model]) -> list[dict[str, str]]:
    """Return the models to choose from; the first one is chosen until somebody chooses."""
    return [
        {
            "label": f"{model.name}, recommended" if model.name == RECOMMENDED else model.name,
            "value": model.name,
        }
        for model in recommended_first(models)
    ]


def options_of(catalogue: Sequence[Series]) -> list[dict[str, object]]:
    """Return the series that can be forecast, found by whatever describes them."""
    return [
        {
            "label": name_of(series.key),
            "value": str(series.key),
            "search": " ".join(
                part
                for part in (
                    str(series.key),
                    series.sensor_name,
                    series.sensor_type,
                    series.location,
                    series.measure.replace("_", " "),
                )
                if part
            ),
        }
        for series in catalogue
        if is_numeric(series)
    ]


def queue(client: Client, keys: Sequence[str], model: str, horizon: int) -> list[Run]:
    """Ask for a forecast of each series."""
    wanted = [SeriesKey.parse(key) for key in keys[:MOST]]
    return [client.runs.start(model, key.sensor, key.measure, horizon) for key in wanted]


def schedule(client: Client, keys: Sequence[str], model: str, horizon: int, often: str) -> Schedule:
    """Have the same forecast made anew so often; said again for the same series, it is changed."""
    series = [*keys[:MOST]]
    parameters = {"model": model, "series": series, "horizon": horizon}
    more = f"-and-{len(series) - 1}-more" if len(series) > 1 else ""
    name = f"forecast-{series[0].replace('/', '-')}"[: 100 - len(more)] + more
    every = OFTEN[often][1]
    with suppress(AlreadyExists):
        new = NewSchedule(name=name, service=SERVICE, parameters=parameters, every=every)
        return client.schedules.add(new)
    return client.schedules.update(name, ScheduleChange(parameters=parameters, every=every))
