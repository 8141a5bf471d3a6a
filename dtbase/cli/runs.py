"""`dtbase run`, `runs`, `logs` and `cancel`: services at work."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from time import sleep
from typing import Annotated, Any

import typer

from dtbase.cli.exits import RunFailed
from dtbase.cli.output import AsJson, plain, say_more, tell, tell_one
from dtbase.cli.session import open_client
from dtbase.client import Client
from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.services.service_runs import LogLine, ServiceRun
from dtbase.errors import Invalid

app = typer.Typer()

PAUSE = 1.0
"""Seconds between two looks at a run."""

LOOSE = {"allow_extra_args": True, "ignore_unknown_options": True}
RunId = Annotated[int, typer.Argument(metavar="RUN", help="The number of a run.")]
SetName = Annotated[str | None, typer.Option("--set", help="A parameter set of the service.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait for its end, and show its log.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on until the run has ended.")]
Of = Annotated[str | None, typer.Option("--service", help="Only of one service.")]
Status = Annotated[RunStatus | None, typer.Option("--status", help="Only those with this status.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="The most to list.")]


@app.command("run", context_settings=LOOSE)
def run(
    context: typer.Context,
    service: Annotated[str, typer.Argument(help="As `dtbase services` lists it.")],
    parameter_set: SetName = None,
    wait: Wait = False,
    as_json: AsJson = False,
) -> None:
    """Run a service; any other option is a parameter of it.

    `dtbase run forecast --sensor EWR --measure temperature --horizon 24` forecasts one series.
    """
    with open_client() as client:
        given = options(context.args)
        schema = client.services.get(service).parameters_schema
        if service == "forecast":
            given = with_series(client, given)
        started = client.services.run(
            service, parameters_of(schema, given), parameter_set=parameter_set
        )
        if wait:
            started = follow(client, started.id, quiet=as_json)
    tell_one(started, f"run {started.id} is {started.status}", as_json=as_json)
    if wait:
        succeeded(started)


@app.command("runs")
def list_runs(
    service: Of = None, status: Status = None, limit: Limit = 20, as_json: AsJson = False
) -> None:
    """List the runs of services, the newest first."""
    with open_client() as client:
        found = client.service_runs.list(service=service, status=status, limit=limit)
    columns = {
        "run": lambda it: it.id,
        "service": lambda it: it.service,
        "status": lambda it: it.status,
        "asked": lambda it: it.created_at,
        "by": lambda it: it.asked_by,
        "": lambda it: it.reason or it.message,
    }
    tell(found, columns, as_json=as_json)
    say_more(found, limit)


@app.command("logs")
def logs(run_id: RunId, following: Follow = False, as_json: AsJson = False) -> None:
    """Show what a run has logged."""
    with open_client() as client:
        if following:
            succeeded(follow(client, run_id, as_json=as_json))
            return
        for line in client.service_runs.log(run_id):
            show(line, as_json=as_json)


@app.command("cancel")
def cancel(run_id: RunId, as_json: AsJson = False) -> None:
    """Call a run off."""
    with open_client() as client:
        called = client.service_runs.cancel(run_id)
    said = "is being called off" if called.cancelling else f"is {called.status}"
    tell_one(called, f"run {run_id} {said}", as_json=as_json)


def follow(
    client: Client, run_id: int, *, as_json: bool = False, quiet: bool = False
) -> ServiceRun:
    """Show the lines of a run as they come, until it has ended."""
    last: LogLine | None = None
    while True:
        found = client.service_runs.get(run_id)
        for line in client.service_runs.log(run_id, after=last):
            last = line
            if not quiet:
                show(line, as_json=as_json)
        if found.status.ended:
            return found
        sleep(PAUSE)


def show(line: LogLine, *, as_json: bool) -> None:
    """Print a line of a log."""
    typer.echo(line.model_dump_json() if as_json else f"{line.at:%H:%M:%S} {plain(line.line)}")


def succeeded(ended: ServiceRun) -> None:
    if ended.status is not RunStatus.SUCCEEDED:
        raise RunFailed(f"run {ended.id} is {ended.status}: {ended.reason or 'no reason given'}")


def options(words: Sequence[str]) -> dict[str, list[str]]:
    """Read `--name value` and `--name=value`, each as often as it comes."""
    given: dict[str, list[str]] = {}
    for name, value in named(words):
        given.setdefault(name.removeprefix("--").replace("-", "_"), []).append(value)
    return given


def named(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the names and the values of a line."""
    taken = False
    for word, following in pairwise([*words, "--"]):
        if taken:
            taken = False
        elif not word.startswith("--"):
            raise Invalid(f"{word!r} belongs to no option: parameters are --NAME VALUE")
        elif "=" in word:
            name, _, value = word.partition("=")
            yield name, value
        elif following.startswith("--"):
            yield word, "true"
        else:
            taken = True
            yield word, following


def with_series(client: Client, given: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Let sensors and measures name the series to forecast."""
    sensors = given.get("sensor")
    if sensors is None:
        return dict(given)
    measures = {*given.get("measure", []), *given.get("measures", [])}
    rest = {k: v for k, v in given.items() if k not in ("sensor", "measure", "measures")}
    found = [each for sensor in sensors for each in client.series.list(sensor=sensor)]
    names = [str(each.key) for each in found if not measures or each.measure in measures]
    if not names:
        raise Invalid(f"no series of {', '.join(sensors)} fits; `dtbase series` lists all")
    return {**rest, "series": [*given.get("series", []), *names]}


def parameters_of(schema: Mapping[str, Any], given: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return options as the parameters that a schema describes."""
    known: Mapping[str, Any] = schema.get("properties", {})
    parameters: dict[str, Any] = {}
    for option, values in given.items():
        name = option if option in known or f"{option}s" not in known else f"{option}s"
        described = known.get(name, {})
        if "array" in types_of(described):
            items = described.get("items", {})
            many = [each for value in values for each in listed(value, items)]
            parameters[name] = [*parameters.get(name, []), *many]
        elif len(values) > 1:
            raise Invalid(f"--{option} is given {len(values)} times, and takes one value")
        else:
            parameters[name] = valued(values[0], described)
    return parameters


def types_of(described: Mapping[str, Any]) -> set[str]:
    """Return the JSON types that a parameter may have."""
    ways = [described, *described.get("anyOf", [])]
    return {str(way["type"]) for way in ways if "type" in way}


def listed(value: str, items: Mapping[str, Any]) -> Sequence[Any]:
    """Return the things of a list: a JSON list, or one of them."""
    if value.startswith("["):
        many: Sequence[Any] = parsed(value)
        return many
    return [valued(value, items)]


def valued(value: str, described: Mapping[str, Any]) -> Any:
    """Return a word as a parameter: a text where texts are taken, else what JSON it is."""
    types = types_of(described)
    if not types <= {"string", "null"} or not types:
        try:
            return parsed(value)
        except Invalid:
            pass
    return value


def parsed(value: str) -> Any:
    """Read JSON."""
    try:
        return json.loads(value)
    except ValueError as error:
        raise Invalid(f"{value!r} is not JSON: {error}") from error
