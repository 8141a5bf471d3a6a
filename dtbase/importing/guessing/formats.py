"""Kinds of files that are known by name, each by what its first lines say."""

from collections.abc import Callable, Sequence
from typing import Any

from dtbase.domain.imports.patterns import identifier
from dtbase.domain.imports.units import understood
from dtbase.importing.guessing.agencies import dwd, usgs
from dtbase.importing.guessing.cells import Found, cells
from dtbase.importing.guessing.influx import influx
from dtbase.importing.guessing.samples import Sample
from dtbase.importing.guessing.signs import COMMA

SUFFIXES = (
    "temperature", "humidity", "pressure", "energy", "power", "voltage", "current", "battery",
    "illuminance", "co2", "pm25", "pm10", "moisture", "wind_speed", "precipitation", "gas", "water",
    "frequency", "signal_strength", "battery_level", "energy_total", "total", "state",
)  # fmt: skip
TOA5_UNREAD = {"TIMESTAMP", "RECORD", "TMSTAMP", "RECNBR"}
TOTALS = {"Tot"}
TOA5_SENTINELS = [-7999.0, 7999.0, -99999.0]


def recognised(sample: Sample, sensor: str) -> Found | None:
    """Return the profile of a file whose kind is known by its first lines."""
    if not sample.lines:
        return None
    for look in LOOKS:
        found = look(sample, sensor)
        if found is not None:
            return found
    return None


def dtbase(sample: Sample, sensor: str) -> Found | None:
    """Readings in the columns that the API takes."""
    first = next((line for line in sample.lines if line.strip()), "")
    if not {"sensor", "measure", "time", "value"} <= set(cells(first)):
        return None
    from dtbase.domain.imports.profiles import LONG

    return "readings as DTBase writes them", {**LONG, "nothing": [""]}, False


def toa5(sample: Sample, sensor: str) -> Found | None:
    """Campbell's TOA5: station, names, units, processing; or TOACI1: station and names."""
    short = sample.lines[0].startswith(('"TOACI1"', "TOACI1,"))
    above = 2 if short else 4
    if not (short or sample.lines[0].startswith(('"TOA5"', "TOA5,"))) or len(sample.lines) < above:
        return None
    station = cells(sample.lines[0])[1:2]
    names = cells(sample.lines[1])
    units, processed = ([""] * len(names),) * 2 if short else map(cells, sample.lines[2:4])
    named = identifier(station[0]) if station and station[0] else sensor
    columns = {}
    for place, (name, unit, process) in enumerate(zip(names, units, processed, strict=False), 1):
        if name in TOA5_UNREAD:
            continue
        column = f"#{place}" if names.count(name) > 1 else name
        of_place = f"_{place}" if names.count(name) > 1 else ""
        plan: dict[str, Any] = {"series": f"{named}/{identifier(name)}{of_place}"}
        if known := understood(unit):
            plan["unit"] = known
        if process in TOTALS:
            plan["statistic"] = "total"
        columns[column] = plan
    if not columns:
        return None
    document = {
        "names": 2,
        **({} if short else {"units": 3, "first": 5}),
        "time": {"columns": ["TMSTAMP" if "TMSTAMP" in names else "TIMESTAMP"]},
        "columns": columns,
        "nothing_values": TOA5_SENTINELS,
    }
    return f"Campbell {'TOACI1' if short else 'TOA5'}", document, True


def home_assistant(sample: Sample, sensor: str) -> Found | None:
    """Home Assistant's history: an entity, a state, and when it changed."""
    delimiter = max(",;\t", key=sample.lines[0].count)
    head = cells(sample.lines[0], delimiter)
    if not {"entity_id", "state"} <= set(head):
        return None
    place = head.index("state")
    states = [row[place] for line in sample.lines[1:] if len(row := cells(line, delimiter)) > place]
    commas = sum(bool(COMMA.fullmatch(state)) for state in states)
    points = sum("." in state for state in states)
    time = next((name for name in ("last_changed", "last_updated") if name in head), None)
    if time is None:
        return None
    document = {
        "delimiter": delimiter,
        "decimal": "," if commas > points else ".",
        "time": {"columns": [time]},
        "keys": ["entity_id"],
        "columns": {"state": "{entity_id}"},
        "series": entities("value"),
    }
    return "Home Assistant's history", document, False


def entities(otherwise: str) -> dict[str, str]:
    """Part the names of entities into what measures and what is measured."""
    parted = {f"*.*_{suffix}": f"{{2}}/{suffix}" for suffix in SUFFIXES}
    return {**parted, "*.*": f"{{2}}/{otherwise}", "*:*": f"{{2}}/{otherwise}"}


def home_assistant_statistics(sample: Sample, sensor: str) -> Found | None:
    """Home Assistant's statistics, as its integrations for them export and import them."""
    delimiter = max("\t,;|", key=sample.lines[0].count)
    head = cells(sample.lines[0], delimiter)
    if "statistic_id" not in head or "start" not in head:
        return None
    values = [name for name in ("mean", "min", "max", "state", "sum") if name in head]
    kept = "mean" if "mean" in values else "sum" if "sum" in values else None
    if kept is None:
        return None
    rows = [cells(line, delimiter) for line in sample.lines[1:60] if line.strip()]
    from dtbase.importing.guessing.forms import form_of

    place = head.index("start")
    form = form_of([row[place] for row in rows if len(row) > place], named_as_time=True)
    columns = {
        name: "{statistic_id}" if name == kept else f"{{statistic_id}}#{name}"
        for name in values
        if any(len(row) > head.index(name) and row[head.index(name)] for row in rows)
    }
    base = entities("value")
    series = {f"{pattern}#*": f"{target}_{{3}}" for pattern, target in base.items()} | base
    time: dict[str, Any] = {"columns": ["start"], "stamp": "start"}
    if form is not None:
        time |= {"form": list(form.forms), "epoch": form.epoch}
    decimal = "," if any("," in cell for row in rows for cell in row) and delimiter != "," else "."
    document = {
        "delimiter": delimiter,
        "decimal": decimal,
        "time": time,
        "keys": ["statistic_id"],
        "columns": columns,
        "series": series,
        **({"unit_column": "unit"} if "unit" in head else {}),
    }
    return "Home Assistant's statistics", document, form is None or form.naive


def wincc(sample: Sample, sensor: str) -> Found | None:
    """What WinCC logs of its tags: rows that are not valid hold a 0 for no value."""
    delimiter = ";" if ";" in sample.lines[0] else ","
    names = cells(sample.lines[0], delimiter)
    if not {"VarName", "TimeString", "VarValue"} <= set(names):
        return None
    from dtbase.importing.guessing.forms import form_of

    place = names.index("TimeString")
    rows = [cells(line, delimiter) for line in sample.lines[1:60] if line.strip()]
    rows = [row for row in rows if len(row) == len(names)]
    form = form_of([row[place] for row in rows], named_as_time=True)
    if form is None or form.otherwise:
        return None
    values = [row[names.index("VarValue")] for row in rows]
    document = {
        "delimiter": delimiter,
        "decimal": "," if any("," in value for value in values) else ".",
        "comments": "$RT_",
        "time": {"columns": ["TimeString"], "form": list(form.forms)},
        "keys": ["VarName"],
        "columns": {"VarValue": f"{sensor}/{{VarName}}"},
        "tidy": True,
        **({"only": {"Validity": ["1"]}} if "Validity" in names else {}),
    }
    return "WinCC's log of tags", document, form.naive


LOOKS: Sequence[Callable[[Sample, str], Found | None]] = (
    dtbase,
    toa5,
    home_assistant,
    home_assistant_statistics,
    influx,
    usgs,
    dwd,
    wincc,
)
