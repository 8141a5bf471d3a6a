"""Tables as agencies hand them out: the waters of USGS, the weather of DWD."""

import re
from collections.abc import Mapping
from typing import Any

from dtbase.domain.imports.patterns import identifier
from dtbase.domain.imports.profiles import NOTHING
from dtbase.importing.guessing.cells import Found, cells
from dtbase.importing.guessing.samples import Sample

TYPES = re.compile(r"\d+[sndf]")
PARAMETER = re.compile(r"(?:.*_)?(?P<code>\d{5})(?:_\d{5})?")
CODES: Mapping[str, tuple[str, str]] = {
    "00010": ("water_temperature", "degC"), "00020": ("air_temperature", "degC"),
    "00035": ("wind_speed", "mile/hour"), "00045": ("precipitation", "inch"),
    "00060": ("discharge", "ft**3/s"), "00065": ("gage_height", "ft"),
    "00095": ("specific_conductance", "uS/cm"), "00300": ("dissolved_oxygen", "mg/liter"),
    "72019": ("depth_to_water", "ft"),
}  # fmt: skip
"""Parameters of USGS by their codes; others keep their numbers."""

NO_VALUE = ("ice", "eqp", "bkw", "dis", "mnt", "rat", "zfl", "ssn", "fld", "tst", "***")
"""What USGS writes where no value can be told, in small letters."""

QUALITY = re.compile(r"QN(_\d+)?|eor|STATIONS_ID|MESS_DATUM(_\w+)?|QUALITAETS.*", re.IGNORECASE)
DWD_UNITS = {
    "TT_TU": "degC", "RF_TU": "percent", "TT_10": "degC", "TM5_10": "degC", "RF_10": "percent",
    "TD_10": "degC", "PP_10": "hPa", "TMK": "degC", "TXK": "degC", "TNK": "degC", "TGK": "degC",
    "UPM": "percent", "RSK": "mm", "PM": "hPa", "VPM": "hPa", "FM": "m/s", "FX": "m/s",
    "R1": "mm", "RWS_10": "mm", "FF_10": "m/s", "DD_10": "degree", "F": "m/s", "D": "degree",
    "P": "hPa", "P0": "hPa", "TT_STD": "degC", "RF_STD": "percent",
}  # fmt: skip
DWD_FORMS = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M"}


def usgs(sample: Sample, sensor: str) -> Found | None:
    """USGS' RDB: comments, names, a line of types, rows with the zone of each."""
    lines = [(n, line) for n, line in enumerate(sample.lines, start=1) if not line.startswith("#")]
    if len(lines) < 3 or "agency_cd" not in lines[0][1]:  # noqa: PLR2004 - names, types, a row
        return None
    names, types = (cells(line, "\t") for _, line in lines[:2])
    time = next((name for name in ("datetime", "Date", "date") if name in names), None)
    if time is None or not all(map(TYPES.fullmatch, types)):
        return None
    columns: dict[str, Any] = {}
    for name in names:
        found = PARAMETER.fullmatch(name)
        if found and names.count(name) == 1:
            columns[name] = of_parameter(name, found["code"])
    series = [each["series"] for each in columns.values()]
    for name, each in columns.items():
        if series.count(each["series"]) > 1:  # two instruments, or a mean beside the instant
            each["series"] += f"_{identifier(name)}"
    zoned = "tz_cd" in names
    document = {
        "delimiter": "\t",
        "quote": "",
        "comments": "#",
        "names": lines[0][0],
        "first": lines[2][0],
        "time": {
            "columns": [time, "tz_cd"] if zoned else [time],
            "form": ["%Y-%m-%d %H:%M %Z"] if zoned else [],
        },
        "keys": ["site_no"],
        "columns": columns,
        "nothing": [*NOTHING, *NO_VALUE],
        "tidy": True,
    }
    return ("USGS' RDB", document, not zoned) if columns else None


def of_parameter(name: str, code: str) -> dict[str, Any]:
    """Describe a column of a parameter."""
    if code not in CODES:
        return {"series": f"{{site_no}}/{identifier(name)}"}
    measure, unit = CODES[code]
    return {"series": f"{{site_no}}/{measure}", "unit": unit}


def dwd(sample: Sample, sensor: str) -> Found | None:
    """DWD's station data: times in UTC, -999 for nothing, a last column that says `eor`."""
    names = cells(sample.lines[0], ";")
    if not {"STATIONS_ID", "MESS_DATUM"} <= set(names):
        return None
    place = names.index("MESS_DATUM")
    rows = [cells(line, ";") for line in sample.lines[1:20]]
    times = [row[place] for row in rows if len(row) == len(names)]
    if not times or len(times[0]) not in DWD_FORMS:
        return None
    columns = {
        name: {
            "series": f"{{STATIONS_ID}}/{identifier(name)}",
            **({"unit": DWD_UNITS[name]} if name in DWD_UNITS else {}),
        }
        for name in names
        if name and names.count(name) == 1 and not QUALITY.fullmatch(name)
    }
    document = {
        "delimiter": ";",
        "time": {"columns": ["MESS_DATUM"], "form": [DWD_FORMS[len(times[0])]], "timezone": "UTC"},
        "keys": ["STATIONS_ID"],
        "columns": columns,
        "nothing_values": [-999.0],
        "tidy": True,
    }
    return ("DWD's station data", document, False) if columns else None
