"""`dtbase sensors`, `series`, `schedules` and the like: what the twin has."""

from typing import Annotated

import typer

from dtbase.cli.output import AsJson, tell
from dtbase.cli.session import open_client
from dtbase.client.options import SeriesFilter
from dtbase.domain.registry.series import SeriesKey

app = typer.Typer()

Search = Annotated[str | None, typer.Option("--search", help="A part of the name.")]
Type = Annotated[str | None, typer.Option("--type", help="Only sensors of a type.")]
Where = Annotated[str | None, typer.Option("--location", help="Only there or anywhere in it.")]
OfSensor = Annotated[str | None, typer.Option("--sensor", help="Only of one sensor.")]
OfMeasure = Annotated[str | None, typer.Option("--measure", help="Only of one measure.")]
OfService = Annotated[str | None, typer.Option("--service", help="Only of one service.")]


@app.command("sensors")
def list_sensors(
    sensor_type: Type = None,
    location: Where = None,
    search: Search = None,
    as_json: AsJson = False,
) -> None:
    """List the sensors, their types, and where they stand."""
    with open_client() as client:
        found = client.sensors.list(type=sensor_type, location=location, search=search)
    columns = {
        "sensor": lambda it: it.identifier,
        "type": lambda it: it.type,
        "location": lambda it: it.location,
        "name": lambda it: it.name,
    }
    tell(found, columns, as_json=as_json)


@app.command("series")
def list_series(
    sensor: OfSensor = None,
    measure: OfMeasure = None,
    location: Where = None,
    search: Search = None,
    as_json: AsJson = False,
) -> None:
    """List the series with their last values."""
    with open_client() as client:
        wanted: SeriesFilter = {
            "sensor": sensor,
            "measure": measure,
            "location": location,
            "search": search,
        }
        units = {one.key: one.unit for one in client.series.list(**wanted)}
        found = client.series.latest(**wanted)
    columns = {
        "series": lambda it: f"{it.sensor}/{it.measure}",
        "value": lambda it: it.value,
        "unit": lambda it: units.get(SeriesKey(sensor=it.sensor, measure=it.measure)),
        "time": lambda it: it.time,
    }
    tell(found, columns, as_json=as_json)


@app.command("measures")
def list_measures(search: Search = None, as_json: AsJson = False) -> None:
    """List what is measured, and in which units."""
    with open_client() as client:
        found = client.measures.list(search=search)
    columns = {
        "measure": lambda it: it.name,
        "unit": lambda it: it.unit,
        "datatype": lambda it: it.datatype,
        "statistic": lambda it: it.statistic,
    }
    tell(found, columns, as_json=as_json)


@app.command("locations")
def list_locations(search: Search = None, as_json: AsJson = False) -> None:
    """List the locations, and what each stands in."""
    with open_client() as client:
        found = client.locations.list(search=search)
    columns = {
        "location": lambda it: it.identifier,
        "in": lambda it: it.parent,
        "name": lambda it: it.name,
    }
    tell(found, columns, as_json=as_json)


@app.command("models")
def list_models(search: Search = None, as_json: AsJson = False) -> None:
    """List the models that predict."""
    with open_client() as client:
        found = client.models.list(search=search)
    columns = {"model": lambda it: it.name, "description": lambda it: it.description}
    tell(found, columns, as_json=as_json)


@app.command("services")
def list_services(search: Search = None, as_json: AsJson = False) -> None:
    """List the services that can be run, and their parameters."""
    with open_client() as client:
        found = client.services.list(search=search)
    columns = {
        "service": lambda it: it.name,
        "kind": lambda it: it.kind,
        "parameters": lambda it: " ".join(it.parameters_schema.get("properties", {})),
        "summary": lambda it: it.summary,
    }
    tell(found, columns, as_json=as_json)


@app.command("schedules")
def list_schedules(service: OfService = None, as_json: AsJson = False) -> None:
    """List the schedules, and when each is due."""
    with open_client() as client:
        found = client.schedules.list(service=service)
    columns = {
        "schedule": lambda it: it.name,
        "service": lambda it: it.service,
        "when": lambda it: it.in_words,
        "next": lambda it: it.next_at if it.enabled else "disabled",
        "last run": lambda it: it.last_run,
    }
    tell(found, columns, as_json=as_json)
