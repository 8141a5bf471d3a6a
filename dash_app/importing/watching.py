"""Files like the one that was imported, read by schedule from the folder that the workers see."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import PurePosixPath
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dash_app.importing import ids
from dash_app.services.ids import PATH as SERVICE_PAGE
from dash_app.words import moment
from dtbase.client import Client
from dtbase.domain.services.schedules import NewSchedule, Schedule, ScheduleChange
from dtbase.errors import AlreadyExists

SERVICE = "import-file"
OFTEN: Mapping[str, tuple[str, timedelta]] = {
    "quarter": ("Every 15 minutes", timedelta(minutes=15)),
    "hour": ("Every hour", timedelta(hours=1)),
    "day": ("Every day", timedelta(days=1)),
    "week": ("Every week", timedelta(days=7)),
}


def offer(file: str) -> html.Div:
    """Let files of the kind be read by schedule."""
    pattern = f"*{PurePosixPath(file).suffix or '.csv'}"
    options = [{"value": key, "label": words} for key, (words, _) in OFTEN.items()]
    return html.Div(
        [
            html.Label(
                [
                    html.Span("Files in the workers' folder", className="d-block mb-1"),
                    dbc.Input(id=ids.WATCH_FILES, value=pattern, maxlength=200),
                ],
                className="form-label mb-0",
            ),
            html.Label(
                [
                    html.Span("How often", className="d-block mb-1"),
                    dbc.Select(id=ids.WATCH_OFTEN, options=options, value="day"),
                ],
                className="form-label mb-0",
            ),
            dbc.Checkbox(id=ids.WATCH_GROWING, label="Loggers go on writing them", value=False),
            html.Button(
                "Keep it and read by schedule",
                id=ids.WATCH,
                type="button",
                className="btn btn-light",
            ),
        ],
        className="dt-card-body im-keep",
    )


def watch(client: Client, profile: str, files: str, often: str, growing: bool) -> Schedule:
    """Have a worker read files by a kept profile, so often; said anew, it is changed."""
    parameters = {
        "file": files.strip(),
        "profile": profile,
        "register_new": True,
        "growing": growing,
    }
    name, every = f"import-{profile}"[:100], OFTEN[often][1]
    with suppress(AlreadyExists):
        new = NewSchedule(name=name, service=SERVICE, parameters=parameters, every=every)
        return client.schedules.add(new)
    return client.schedules.update(name, ScheduleChange(parameters=parameters, every=every))


def watched(found: Sequence[Schedule], zone: ZoneInfo) -> Component | None:
    """List what is read by schedule, if anything is."""
    if not found:
        return None
    address = f"{SERVICE_PAGE}?{urlencode({'name': SERVICE})}"
    return html.Section(
        [
            html.Div(
                [html.H2("Read by schedule"), html.A("Runs", href=address, className="ms-auto")],
                className="dt-card-head",
            ),
            html.Ul(
                [html.Li(line(each, zone)) for each in found], className="dt-card-body im-watch"
            ),
        ],
        className="dt-card",
        id=ids.WATCHED,
    )


def line(schedule: Schedule, zone: ZoneInfo) -> str:
    """Say what a schedule reads, and when it does the next time."""
    files = schedule.parameters.get("file", "")
    if not schedule.enabled:
        return f"{files} (paused)"
    following = moment(schedule.next_at, zone, year=True) if schedule.next_at else "never"
    return f"{files}, next {following}"
