"""The rules that hold for a measure of which nothing is said, by its unit."""

from dtbase.domain.registry.measures import Datatype
from dtbase.domain.registry.rules import MeasureRules, Range

WORDS = ("unavailable", "unknown", "none", "null", "n/a", "na", "nan", "no data", "offline")
"""What home automation and loggers write where they know no number."""

MARKS = ("error", "-")
"""The same of spreadsheets and displays; each stands for its kin: "Err:4", "#N/A", "---"."""

SENTINELS = (-9999.0, -99999.0, -999999.0, -9999999.0)
"""What loggers write where they know none either."""

FULL = (32767.0, -32768.0, 65535.0, 3276.7, -3276.8, 6553.5)
"""What a register of 16 bits says that is full, plain or in tenths."""

POWER = ("W", "kW", "MW", "watt", "kilowatt", "VA", "kVA", "var", "kvar", "A", "mA", "ampere")
ENERGY = ("Wh", "kWh", "MWh", "watt_hour", "kilowatt_hour", "J", "kJ", "MJ", "GJ", "joule")
FLOWING = frozenset((*POWER, *ENERGY, "count", "dimensionless"))
"""Units in which such a number may be meant: power that flows back, and counts."""

ABSOLUTE_ZERO: dict[str, float] = {
    **dict.fromkeys(("degC", "celsius", "degree_Celsius", "°C"), -273.15),
    **dict.fromkeys(("degF", "fahrenheit", "degree_Fahrenheit", "°F"), -459.67),
    **dict.fromkeys(("K", "kelvin", "degK", "degree_Kelvin"), 0.0),
}
RATIOS = frozenset(("percent", "%"))
SPEEDS = frozenset(("m/s", "meter/second", "km/h", "kph", "mph", "mile/hour", "knot", "kn"))
NEVER_SO_MANY = ABSOLUTE_ZERO.keys() | RATIOS | SPEEDS
"""Units in which nothing on earth is ever as much as a full register."""

HUMID = Range(minimum=-20, maximum=120)
NEVER_NEGATIVE = frozenset(("hPa", "mbar", "Pa", "kPa", "bar", "lux", "lx", "ppm", "ppb"))
"""Units in which far below zero there is nothing, though sensors stray a little."""

STRAYING = Range(minimum=-100)
AHEAD = "1d"
NUMERIC = (Datatype.FLOAT, Datatype.INTEGER)


def usual_rules(name: str, unit: str | None, datatype: Datatype) -> MeasureRules:
    """Return the rules of a measure before anybody says others."""
    if datatype is Datatype.STRING:
        return MeasureRules(ahead=AHEAD)
    numeric = datatype in NUMERIC
    fail = usual_range(name, unit or "") if numeric else None
    marked = datatype is Datatype.FLOAT or unit is not None
    numbers = SENTINELS if numeric and marked and unit not in FLOWING else ()
    full = FULL if numeric and unit in NEVER_SO_MANY else ()
    return MeasureRules(fail=fail, placeholders=(*numbers, *full, *WORDS, *MARKS), ahead=AHEAD)


def usual_range(name: str, unit: str) -> Range | None:
    """Return what nothing on earth exceeds in a unit."""
    if unit in ABSOLUTE_ZERO:
        return Range(minimum=ABSOLUTE_ZERO[unit])
    if unit in RATIOS and "humid" in name.lower():
        return HUMID
    return STRAYING if unit in NEVER_NEGATIVE else None
