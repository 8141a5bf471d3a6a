"""Units as loggers write them."""

from functools import lru_cache

from dtbase.domain.bounds.units import known_unit

ALIASES = {
    **dict.fromkeys(
        ("c", "°c", "deg c", "deg_c", "degc", "celsius", "grad c", "degrees c"), "degC"
    ),
    **dict.fromkeys(("ºc", "℃", "˚c", "gradc", "deg. c", "cels", "degree_celsius"), "degC"),
    **dict.fromkeys(("f", "°f", "deg f", "deg_f", "degf", "fahrenheit", "℉"), "degF"),
    **dict.fromkeys(("k", "kelvin"), "kelvin"),
    **dict.fromkeys(("%", "%rh", "% rh", "rh%", "rh", "pct", "percent", "%rf", "% rf"), "percent"),
    **dict.fromkeys(("% r.f.", "%r.f.", "% r.h.", "prozent"), "percent"),
    **dict.fromkeys(("°", "º", "deg", "degrees", "degree", "grad"), "degree"),
    **dict.fromkeys(("volts", "volt", "v"), "volt"),
    **dict.fromkeys(("mv", "millivolts"), "millivolt"),
    **dict.fromkeys(("amps", "amp", "a"), "ampere"),
    **dict.fromkeys(("watts", "watt", "w"), "watt"),
    **dict.fromkeys(("mb", "mbar", "millibar"), "mbar"),
    **dict.fromkeys(("meters/second", "m/s", "m s-1", "m.s-1", "meters/sec"), "m/s"),
    **dict.fromkeys(("w/m2", "w/m^2", "w/m²", "w m-2", "watts/meter^2", "w/m**2"), "W/m**2"),
    **dict.fromkeys(("m3", "m³", "cbm"), "m**3"),
    **dict.fromkeys(("l", "ltr", "liter", "litre"), "liter"),
    **dict.fromkeys(("psi", "psig", "psia"), "psi"),
    **dict.fromkeys(("bq/m3", "bq/m³"), "Bq/m**3"),
    **dict.fromkeys(("parts per million", "ppm"), "ppm"),
    **dict.fromkeys(("µg/m³", "ug/m3", "µg/m3", "μg/m³"), "ug/m**3"),
    **dict.fromkeys(("m³/h", "m3/h"), "m**3/h"),
    **dict.fromkeys(("l/min", "l/h", "lx", "lux"), ""),
}
LUX = {"lx": "lux", "lux": "lux", "l/min": "liter/minute", "l/h": "liter/hour"}


@lru_cache(maxsize=1_024)
def understood(written: str) -> str | None:
    """Return a unit that pint knows for one that a logger has written, if there is one."""
    text = written.strip().strip("[]()").strip()
    alias = LUX.get(text.casefold()) or ALIASES.get(text.casefold())
    for unit in filter(None, (alias, text, text.replace("²", "**2").replace("³", "**3"))):
        try:
            return known_unit(unit)
        except ValueError:
            continue
    return None
