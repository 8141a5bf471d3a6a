"""Sensors and measures made on the way: what a file brings, and nobody has registered yet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow.compute as pc

from dtbase.domain.imports.profiles import Profile
from dtbase.domain.imports.units import understood
from dtbase.domain.registry.measures import Datatype, Measure, Statistic
from dtbase.domain.registry.sensors import NewSensor, Sensor, SensorType
from dtbase.errors import Invalid
from dtbase.importing import units
from dtbase.importing.naming import Known, Registry
from dtbase.importing.numbers import read_cells
from dtbase.importing.reading import FileSeries

STANDS = ("kWh", "Wh", "MWh", "m**3")
"""Units of meters, whose stands only ever rise."""

FEWEST = 3


@dataclass(frozen=True)
class Additions:
    """What has to be added to the registry, each kind after those that it needs."""

    types: Sequence[SensorType] = ()
    wider: Mapping[str, tuple[Measure, ...]] = field(default_factory=dict)
    """Sensor types that take more measures than before."""

    sensors: Sequence[NewSensor] = ()
    existing: Mapping[str, str] = field(default_factory=dict)
    """Sensors that are there, and whose types take more measures."""

    reused: Sequence[SensorType] = ()
    """Sensor types that are there, and that new sensors are of."""

    def known(self) -> Registry:
        """Return the series that these would be."""
        kinds = {kind.name: kind.measures for kind in (*self.types, *self.reused)}
        made = {sensor.identifier: kinds[sensor.type] for sensor in self.sensors}
        wider = {name: self.wider[kind] for name, kind in self.existing.items()}
        return {
            f"{sensor}/{each.name}": Known(each.datatype, each.unit)
            for part in (made, wider)
            for sensor, measures in part.items()
            for each in measures
        }

    def told(self) -> Iterable[str]:
        """Say in lines what is made."""
        for name, measures in self.wider.items():
            yield f"sensor type {name} also takes {', '.join(map(shown, measures))}"
        kinds = {kind.name: kind for kind in self.types}
        for sensor in self.sensors:
            takes = kinds.get(sensor.type)
            which = f" with {', '.join(map(shown, takes.measures))}" if takes else ""
            yield f"sensor {sensor.identifier}{which}"


def shown(measure: Measure) -> str:
    """Write a measure with what is not plain about it."""
    kind = "" if measure.statistic is Statistic.MEAN else f" ({measure.statistic})"
    kind = kind if measure.datatype is Datatype.FLOAT else f" ({measure.datatype})"
    return f"{measure}{kind}"


def additions(
    wanted: Sequence[FileSeries],
    profile: Profile,
    sensors: Sequence[Sensor],
    types: Sequence[SensorType],
    measures: Sequence[Measure],
) -> Additions:
    """Return what makes the twin have all the series that are wanted."""
    by_sensor: dict[str, list[Measure]] = {}
    for each in wanted:
        sensor, name = each.name.split("/", 1)
        by_sensor.setdefault(sensor, []).append(measure_of(each, name, profile, measures))
    there = {sensor.identifier: sensor.type for sensor in sensors}
    kinds = {kind.name: kind for kind in types}
    made: dict[str, SensorType] = {}
    wider: dict[str, tuple[Measure, ...]] = {}
    new: list[NewSensor] = []
    for sensor, brought in by_sensor.items():
        if sensor in there:
            more = wider.get(there[sensor], ())
            known = {each.name for each in (*kinds[there[sensor]].measures, *more)}
            wider[there[sensor]] = (*more, *(each for each in brought if each.name not in known))
            continue
        kind = type_of(sensor, tuple(brought), {**kinds, **made})
        if kind.name not in kinds:
            made[kind.name] = kind
        new.append(NewSensor(identifier=sensor, type=kind.name))
    wider = {name: more for name, more in wider.items() if more}
    existing = {each: there[each] for each in by_sensor if there.get(each) in wider}
    reused = tuple(kinds[name] for name in {each.type for each in new} if name in kinds)
    return Additions(tuple(made.values()), wider, tuple(new), existing, reused)


def type_of(
    sensor: str, measures: tuple[Measure, ...], kinds: Mapping[str, SensorType]
) -> SensorType:
    """Return the sensor type that takes just these measures, or a new one."""
    for kind in kinds.values():
        if set(kind.measures) == set(measures):
            return kind
    names = (sensor, *(f"{sensor[:96]}-{number}" for number in range(2, 1_000)))
    name = next(name for name in names if name not in kinds)
    return SensorType(name=name, description="Made by an import.", measures=measures)


def measure_of(
    wanted: FileSeries, name: str, profile: Profile, measures: Sequence[Measure]
) -> Measure:
    """Return the measure of a series: the one that there is of its name and unit, or a new one."""
    unit = understood(wanted.unit) if wanted.unit else None
    for known in measures:
        if known.name == name and known.unit == unit:
            return known
    datatype = wanted.plan.datatype or datatype_of(wanted, profile)
    statistic = wanted.plan.statistic
    if statistic is None and datatype is Datatype.FLOAT:
        statistic = Statistic.COUNTER if is_meter(wanted, profile, unit) else Statistic.MEAN
    try:
        return Measure(
            name=name, unit=unit, datatype=datatype, statistic=statistic or Statistic.MEAN
        )
    except Invalid as error:
        raise Invalid(f"cannot register {wanted.name}: {error.detail}") from error


def datatype_of(wanted: FileSeries, profile: Profile) -> Datatype:
    """Tell what kind of values a column holds."""
    for datatype in (Datatype.FLOAT, Datatype.BOOLEAN):
        cells = read_cells(wanted.cells, profile, datatype)
        there = int(cells.there.sum())
        if there and int((cells.there & cells.fits).sum()) * 2 > there:
            return datatype
    empty = not pc.any(pc.is_valid(wanted.cells)).as_py()
    cells = read_cells(wanted.cells, profile, Datatype.FLOAT)
    return Datatype.FLOAT if empty or not cells.there.any() else Datatype.STRING


def is_meter(wanted: FileSeries, profile: Profile, unit: str | None) -> bool:
    """Tell whether a column holds the stands of a meter."""
    if unit is None or not any(units.same(unit, each) for each in STANDS):
        return False
    cells = read_cells(wanted.cells, profile, Datatype.FLOAT)
    values = cells.values[cells.there & cells.fits]
    return len(values) >= FEWEST and bool((np.diff(values) >= 0).all()) and values[0] > 0
