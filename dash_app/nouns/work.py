"""Services and schedules: what runs, and when."""

from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component

from dash_app.nouns.lines import json_of, text_of_json
from dash_app.tables.noun import Column, Field, Filter, Kind, Look, Noun, Option, chosen, named
from dash_app.words import duration, moment, offset
from dtbase.client import Client
from dtbase.domain.people.users import Role
from dtbase.domain.services.schedules import (
    Missed,
    NewSchedule,
    Schedule,
    ScheduleChange,
    ScheduleQuery,
)
from dtbase.domain.services.services import (
    NewHttpService,
    QueueName,
    Service,
    ServiceChange,
    ServiceKind,
    ServiceQuery,
)

GROUP = "Work"
NEXT = 5
KINDS = {ServiceKind.PYTHON: "On a worker", ServiceKind.HTTP: "Behind an address"}
MISSED = {Missed.ONCE: "Run once afterwards", Missed.SKIP: "Skip what was missed"}
ENABLED = {"true": "Enabled", "false": "Not enabled"}


def services(client: Client) -> list[Option]:
    return named(client.services.list())


def next_runs(schedule: Schedule, site: ZoneInfo) -> list[Component]:
    """Return the next five runs in the schedule's own zone."""
    zone = ZoneInfo(schedule.timezone) if schedule.cron else site
    now = datetime.now(UTC)
    ticks = list(islice(schedule.definition.ticks(now), NEXT)) if schedule.enabled else []
    sign = f" ({duration(schedule.every)})" if schedule.every is not None else ""
    told: list[Component] = [
        html.H3("Next runs"),
        html.P(f"It runs {schedule.in_words}{sign}.", className="mb-1"),
    ]
    if not ticks:
        return [html.Div([*told, html.P("None: it is not enabled.", className="mb-0")])]
    lines = [
        html.Li(f"{moment(t, zone, weekday=True, year=True)} {offset(t, zone).split(',')[0]}")
        for t in ticks
    ]
    return [html.Div([*told, html.Ol(lines, className="tb-next")])]


SERVICES = Noun(
    name="services",
    title="Services",
    one="service",
    icon="service",
    key="name",
    kind=Service,
    query=ServiceQuery,
    new=NewHttpService,
    change=ServiceChange,
    store=lambda client: client.services,
    columns=(
        Column("name", "Service", link=True),
        Column("summary", "What it does", share=5),
        Column("kind", "Runs", show=lambda each: KINDS[each.kind]),
        Column("queue", "Queue", share=1),
        Column("timeout", "Stops after, s", share=1, shown=False),
        Column("retries", "Retries", share=1, shown=False),
        Column("version", "Comes with", shown=False),
    ),
    fields=(
        Field("name", "Name", Kind.CODE, when="new"),
        Field(
            "request",
            "Request",
            Kind.LINES,
            hint='As JSON: {"method": "POST", "url": "https://…"}',
            read=json_of,
            write=text_of_json,
            when="new",
        ),
        Field(
            "secret_headers",
            "Secret headers",
            Kind.LINES,
            hint='As JSON: {"Authorization": "Bearer …"}; never shown again.',
            read=json_of,
            write=text_of_json,
            when="new",
        ),
        Field("timeout", "Stop a run after", Kind.NUMBER, hint="Seconds.", start=600),
        Field("retries", "Further tries after a failure", Kind.NUMBER, start=0),
        Field("backoff", "Wait before the first one", Kind.NUMBER, hint="Seconds.", start=30),
        Field("concurrency", "At most at the same time", Kind.NUMBER, optional=True),
        Field("queue", "Queue", Kind.CHOICE, options=chosen(QueueName), start="ingest", when="new"),
    ),
    filters=(Filter("kind", "All kinds", chosen(KINDS)),),
    group=GROUP,
    writes=Role.ADMIN,
    restorable=False,
    searched="Name",
    page="/service?name=",
)

SCHEDULES = Noun(
    name="schedules",
    title="Schedules",
    one="schedule",
    icon="cal",
    key="name",
    kind=Schedule,
    query=ScheduleQuery,
    new=NewSchedule,
    change=ScheduleChange,
    store=lambda client: client.schedules,
    columns=(
        Column("name", "Schedule", link=True),
        Column("service", "Service"),
        Column("when", "When", share=3, show=lambda each: each.in_words),
        Column("next_at", "Next", Look.TIME),
        Column("last_at", "Last", Look.TIME, shown=False),
        Column("enabled", "Enabled", Look.FLAG, share=1),
    ),
    fields=(
        Field("name", "Name", Kind.CODE),
        Field("service", "Service", Kind.CHOICE, options=services),
        Field("enabled", "Enabled", Kind.FLAG, start=True, in_many=True),
        Field(
            "cron",
            "By the clock",
            Kind.CODE,
            optional=True,
            hint="Minute, hour, day, month, weekday; 30 6 * * MON-FRI is 6:30 on working days.",
        ),
        Field("timezone", "Whose clock", start="UTC", hint="Such as Europe/London."),
        Field(
            "every",
            "Or every",
            Kind.CODE,
            optional=True,
            hint="PT10M is every 10 minutes, PT6H every 6 hours, P1D every day.",
        ),
        Field("missed", "After an outage", Kind.CHOICE, options=chosen(MISSED), start="once"),
        Field("jitter", "Late by up to", Kind.NUMBER, start=0, hint="Seconds, to spread load."),
        Field("parameter_set", "Parameter set", optional=True),
        Field(
            "parameters",
            "Parameters",
            Kind.LINES,
            hint="As JSON; they win over those of the set.",
            read=json_of,
            write=text_of_json,
        ),
    ),
    filters=(
        Filter("service", "All services", services),
        Filter("enabled", "Enabled or not", chosen(ENABLED)),
    ),
    group=GROUP,
    searched="Name",
    empty="A schedule runs a service without anyone asking.",
    about=next_runs,
)
