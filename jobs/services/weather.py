"""The weather service: what a provider observed as readings, what it forecasts as a run."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

from dtbase.errors import Invalid, Unavailable
from dtbase.patience import Wait
from dtbase.services import (
    Context,
    Model,
    NewInstallation,
    NewOutcome,
    NewOutput,
    NewSensor,
    Once,
    QueueName,
    Readings,
    SensorType,
    SeriesKey,
    Service,
)
from dtbase.settings import get_settings
from jobs.weather.gaps import Known, given_up, in_turn, missing_hours, untold
from jobs.weather.measures import BOUNDS, Element, weather
from jobs.weather.parameters import WeatherParameters
from jobs.weather.provider import HOUR, Column, Provider, Request, floor
from jobs.weather.providers import DESCRIPTIONS, provider_of

if TYPE_CHECKING:
    import pandas as pd

SINCE = datetime(1940, 1, 1, tzinfo=UTC)
"""Before any hour that a provider knows, so that all of a new sensor's past stands at its place."""

Stored = Readings | Once | SensorType | NewSensor | NewInstallation | Model


class Weather(Service[WeatherParameters]):
    """Weather of a place: fills the gaps of a sensor's past, and stores the forecast as a run."""

    queue: ClassVar[QueueName] = QueueName.INGEST
    timeout: ClassVar[timedelta] = timedelta(minutes=20)
    retries: ClassVar[int] = 2
    backoff: ClassVar[timedelta] = timedelta(minutes=2)
    concurrency: ClassVar[int | None] = 2

    def run(self, parameters: WeatherParameters, context: Context) -> Iterator[list[Stored]]:
        """Ask call by call, and store what each brings, so that a failure loses none before it."""
        provider = provider_of(parameters.provider, get_settings(), patient(context))
        place = parameters.place_among(context.locations())
        yield things(parameters, context)
        refuse_foreign(parameters, context)
        future_hours = min(parameters.future_hours, provider.furthest_hours)
        request = Request(
            place=place,
            elements=parameters.measures,
            now=context.now,
            missing=missing(provider, parameters, context),
            future_hours=future_hours,
        )
        yield from ask(provider, request, parameters, context)


def ask(
    provider: Provider, request: Request, parameters: WeatherParameters, context: Context
) -> Iterator[list[Stored]]:
    """Give what each call of the plan brings, the newest first."""
    plan = provider.plan(request)
    calls = in_turn(plan, parameters.most_calls, request.now)
    later = f", and {len(plan) - len(calls)} with the next runs" if len(plan) > len(calls) else ""
    context.log(
        f"{provider.name}: hours of the past: {len(request.missing)}, "
        f"of the future: {request.future_hours}, calls: {len(calls)}{later}"
    )
    lacking: list[datetime] = []
    faults: list[str] = []
    brought_any = False
    for place, hours in enumerate(calls):
        context.progress(place, len(calls), f"{provider.name} from {hours.start:%Y-%m-%d %H:%M}")
        brought = provider.ask(request, hours)
        lacking += untold(provider, request, hours, brought)
        brought_any |= bool(brought.observed or brought.forecast)
        stored: list[Stored] = []
        if parameters.past_hours:
            stored += [readings_of(parameters.sensor, column) for column in brought.observed]
            for column in brought.impossible:
                stored.append(doubted(provider, parameters.sensor, column, context))
        if brought.forecast:
            stored.append(forecast_of(provider, request, parameters.sensor, brought.forecast))
        faults += brought.faults
        yield stored
    conclude(provider, lacking, len(calls), context, brought_any=brought_any)
    if faults:
        raise Invalid(f"{provider.name}: {faults[0]}; all else is stored")


def conclude(
    provider: Provider,
    lacking: Sequence[datetime],
    calls: int,
    context: Context,
    *,
    brought_any: bool,
) -> None:
    """Say which hours are given up; a run that was told nothing at all has failed."""
    said = given_up(provider, lacking) if lacking else "done"
    if lacking:
        context.log(said)
    if calls and not brought_any:
        raise Unavailable(f"{provider.name} answered {calls} calls and told nothing; {said}")
    context.progress(calls, calls, said)


def patient(context: Context) -> Wait:
    """Return how to wait for a provider: said in the log, and ended when nobody wants the run."""

    def wait(seconds: float) -> None:
        context.log(f"waiting {seconds:.1f} s for the provider")
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            context.check()
            time.sleep(min(left, 1.0))

    return wait


def things(parameters: WeatherParameters, context: Context) -> list[Stored]:
    """Return the model, and the sensor with its type and place where it is not there yet."""
    model = Model(name=parameters.provider.value, description=DESCRIPTIONS[parameters.provider])
    if any(sensor.identifier == parameters.sensor for sensor in context.sensors()):
        return [model]
    sensor = NewSensor(identifier=parameters.sensor, type=weather().name)
    if parameters.location is None:
        return [model, weather(), sensor]
    stands = NewInstallation(sensor=parameters.sensor, location=parameters.location, since=SINCE)
    return [model, weather(), sensor, stands]


def refuse_foreign(parameters: WeatherParameters, context: Context) -> None:
    """Raise Invalid unless the sensor takes every wanted measure in our unit."""
    units = {
        each.measure: each.unit for each in context.series() if each.sensor == parameters.sensor
    }
    for element in parameters.measures:
        wanted = BOUNDS[element].unit
        if element not in units:
            raise Invalid(
                f"sensor {parameters.sensor!r} does not measure {element}; "
                "name what it measures in the parameter measures, or another sensor",
                field="measures",
            )
        if units[element] != wanted:
            raise Invalid(
                f"{parameters.sensor}/{element} is in {units[element]}, the weather in {wanted}",
                field="sensor",
            )


def missing(
    provider: Provider, parameters: WeatherParameters, context: Context
) -> tuple[datetime, ...]:
    """Return the hours of the past to ask for."""
    if not parameters.past_hours:
        return ()
    start = floor(context.now) - parameters.past_hours * HOUR
    known = known_of(parameters.sensor, parameters.measures, start, context)
    return missing_hours(provider, known, context.now, parameters.past_hours)


def known_of(sensor: str, elements: Sequence[Element], start: datetime, context: Context) -> Known:
    """Return the hours of which the twin has readings, or only their aggregates any more."""
    names = {element: f"{sensor}/{element}" for element in elements}
    frame = context.frame(list(names.values()), start, context.now, bucket="1h")
    return {
        element: times_of(frame[name]) if name in frame else set()
        for element, name in names.items()
    }


def times_of(column: "pd.Series[float]") -> set[datetime]:
    import pandas as pd

    return set(pd.DatetimeIndex(column.dropna().index).to_pydatetime())


def readings_of(sensor: str, column: Column) -> Readings:
    return Readings(
        sensor=sensor, measure=column.element.value, times=column.times, values=column.values
    )


def doubted(provider: Provider, sensor: str, column: Column, context: Context) -> Readings:
    """Return what no weather ever was, to be set aside."""
    shown = ", ".join(f"{value:g}" for value in column.values[:3])
    count = len(column.values)
    context.log(f"{provider.name}: {column.element} cannot be {shown}: {count} set aside")
    return replace(readings_of(sensor, column), believed=False)


def forecast_of(
    provider: Provider, request: Request, sensor: str, columns: Sequence[Column]
) -> Once:
    """Return a forecast as a run, stored once as long as the provider says the same."""
    outputs = [
        NewOutput(
            sensor=sensor,
            measure=column.element.value,
            times=list(column.times),
            values=list(column.values),
        )
        for column in columns
    ]
    first = SeriesKey(sensor=sensor, measure=columns[0].element.value)
    outcome = NewOutcome(model=provider.name, target=first, issued_at=request.now, outputs=outputs)
    said = "".join(output.model_dump_json() for output in outputs)
    return Once(key=f"{provider.name}:{sha256(said.encode()).hexdigest()}", outcome=outcome)
