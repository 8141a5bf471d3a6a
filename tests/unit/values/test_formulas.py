"""Formulas are read by a small grammar, and units follow the arithmetic."""

import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.values.formula_units import in_unit, name_of, unit_of
from dtbase.domain.values.formula_values import Inputs, values_of
from dtbase.domain.values.formulas import LONGEST, Formula, Operand, walk
from dtbase.errors import Invalid

UNITS = {
    "a/temperature": "degC",
    "b/temperature": "degC",
    "c/temperature": "degF",
    "a/pressure": "hPa",
    "b/pressure": "Pa",
    "a/wind": "m/s",
    "a/power": "kW",
    "a/people": None,
    "a/direction": "degree",
    "b/direction": "degree",
    "a/noise": "dB",
}
VALUES = {
    "a/temperature": [10.0, 20.0, np.nan, 30.0],
    "b/temperature": [4.0, np.nan, 2.0, 10.0],
    "c/temperature": [50.0, 50.0, 50.0, 50.0],
    "a/pressure": [1000.0, 1010.0, 1020.0, 1030.0],
    "b/pressure": [100000.0, 50000.0, 0.0, 100.0],
    "a/wind": [1.0, 2.0, 3.0, 4.0],
    "a/power": [2.0, 4.0, 8.0, 16.0],
    "a/people": [1.0, 2.0, 4.0, 5.0],
    "a/direction": [350.0, 10.0, 90.0, 0.0],
    "b/direction": [10.0, 350.0, 270.0, 180.0],
    "a/noise": [60.0, 61.0, 62.0, 63.0],
}
TIMES = np.arange(4) * np.timedelta64(1, "h") + np.datetime64("2026-01-01", "us")


def inputs() -> Inputs:
    series = {
        Operand.parse(name): in_unit(
            np.array(values), UNITS[name], name, direction="direction" in name
        )
        for name, values in VALUES.items()
    }
    return Inputs(TIMES, np.ones(4), 0, series)


def come_to(text: str) -> tuple[list[float | None], str | None]:
    """Return what a formula comes to, and its unit."""
    found = values_of(Formula.parse(text), inputs())
    known = {unit_of(unit): unit for unit in UNITS.values() if unit}
    values = [None if np.isnan(value) else round(float(value), 6) for value in found.values]
    return values, name_of(found.unit, known)


@pytest.mark.parametrize(
    ("text", "values", "unit"),
    [
        ("a/temperature - b/temperature", [6, None, None, 20], "delta_degree_Celsius"),
        ("a/temperature - c/temperature", [0, 10, None, 20], "delta_degree_Celsius"),
        ("a/temperature + 1", [11, 21, None, 31], "degC"),
        ("a/temperature * 1.8 + 32", [50, 68, None, 86], "degC"),
        ("-a/wind", [-1, -2, -3, -4], "m/s"),
        ("+a/wind", [1, 2, 3, 4], "m/s"),
        ("2 * a/wind - 1", [1, 3, 5, 7], "m/s"),
        ("10 - a/wind", [9, 8, 7, 6], "m/s"),
        ("a/pressure / b/pressure", [1, 2.02, None, 1030], None),
        ("a/pressure + b/pressure", [2000, 1510, 1020, 1031], "hPa"),
        ("a/wind ** 2", [1, 4, 9, 16], "meter**2/second**2"),
        ("1 / a/wind", [1, 0.5, 0.333333, 0.25], "second/meter"),
        ("a/people / a/people", [1, 1, 1, 1], None),
        ("[a/wind]-1", [0, 1, 2, 3], "m/s"),
        ("(a/wind)/(a/people)", [1, 1, 0.75, 0.8], "m/s"),
        ("sum(a/wind, a/wind, 1)", [3, 5, 7, 9], "m/s"),
        ("mean(a/temperature, c/temperature)", [10, 15, None, 20], "degC"),
        ("min(a/temperature, b/temperature)", [4, None, None, 10], "degC"),
        ("max(a/wind, 2.5)", [2.5, 2.5, 3, 4], "m/s"),
        ("abs(a/wind - 3)", [2, 1, 0, 1], "m/s"),
        ("cumulative_sum(a/temperature)", [10, 30, None, 60], "degC"),
        ("change_per_hour(a/wind)", [None, 1, 1, 1], "meter/hour/second"),
        ("change_per_hour(a/temperature)", [None, 10, None, None], "delta_degree_Celsius/hour"),
        ("rolling_mean(a/temperature, 2h)", [10, 15, None, 30], "degC"),
        ("degree_hours(a/temperature, 18)", [0, 2, None, 12], "delta_degree_Celsius*hour"),
        ("degree_hours_below(a/temperature, 18)", [8, 0, None, 0], "delta_degree_Celsius*hour"),
        ("a/direction - b/direction", [-20, 20, -180, -180], "degree"),
        ("a/direction + 20", [10, 30, 110, 20], "degree"),
        ("mean(a/direction, b/direction)", [0, 0, None, None], "degree"),
        ("a/temperature - (a/temperature - b/temperature)", [4, None, None, 10], "degC"),
        ("(a/temperature - b/temperature) + a/temperature", [16, None, None, 50], "degC"),
        ("a/noise - a/noise", [0, 0, 0, 0], "dB"),
        ("10 - 2 - a/wind * 2 / 2", [7, 6, 5, 4], "m/s"),
    ],
)
def test_formulas_come_to_what_arithmetic_says(
    text: str, values: list[float | None], unit: str | None
) -> None:
    found, named = come_to(text)
    assert found == pytest.approx(values)
    assert named == unit


def test_temperatures_are_divided_as_kelvin_since_their_zero_is_arbitrary() -> None:
    values, unit = come_to("a/temperature / b/temperature")
    assert values == pytest.approx([283.15 / 277.15, None, None, 303.15 / 283.15])
    assert unit is None


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (
            "a/temperature - a/pressure",
            r"a/temperature \(in °C\) and a/pressure \(in hPa\) cannot be subtracted",
        ),
        ("a/wind + a/people", r"a/wind .* and a/people \(without a unit\) cannot be added"),
        ("mean(a/temperature, a/pressure)", "cannot be averaged"),
        ("(a/wind + a/wind) * 2 + a/power", r"\(a/wind \+ a/wind\) \* 2 \(in m/s\)"),
        ("a/direction * 2 / a/wind", "a/direction is a direction, which cannot be multiplied"),
        ("sum(a/direction, b/direction)", "cannot be added"),
        ("min(a/temperature, a/temperature - b/temperature)", "one of them is a difference"),
        ("rolling_mean(a/wind, 30m)", "is shorter than the buckets"),
        ("cumulative_sum(3) + a/wind", "3 is a number, where a series is wanted"),
    ],
)
def test_what_does_not_go_together_is_named(text: str, rule: str) -> None:
    with pytest.raises(Invalid, match=rule) as refused:
        come_to(text)
    assert refused.value.violations[0]["field"] == "formula"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "a series, a number or"),
        ("3 + 4", "names no series"),
        ("a/wind +", "at character 9, before the end"),
        ("a/wind b/wind", "at character 8, before 'b/wind'"),
        ("a/b/c", "'c' is no function"),
        ("a/wind + 24h", "24h is a window, which only rolling_mean takes"),
        ("24h", "names no series"),
        ("a/wind-b/wind", "have spaces around them"),
        ("(a/wind", r"\) is missing"),
        ("a/wind ** a/wind", "a power is a whole number from 1 to 4"),
        ("a/wind ** 99", "a power is a whole number"),
        ("a/wind ** 1.5", "a power is a whole number"),
        ("open('x')", "at character 6, is nothing that a formula has"),
        ("open(a/wind)", "'open' is no function"),
        ("__import__(a/wind)", "'__import__' is no function"),
        ("mean(a/wind)", "mean takes two or more series"),
        ("rolling_mean(a/wind, 24)", "a series and a window"),
        ("rolling_mean(24h, 24h)", "a series and a window"),
        ("rolling_mean(a/wind, 999d)", "a window is longer than nothing and at most 366d"),
        ("degree_hours(a/wind, b/wind)", "a series and a number"),
        ("a/wind.real; 1", "'; 1', at character 12"),
        ("a/wind + 1e999", "too large a number"),
        ("a/wind + 'x'", "is nothing that a formula has"),
        ("a/wind if 1 else 2", "at character 8, before 'if'"),
    ],
)
def test_what_is_no_formula_is_refused_with_its_place(text: str, rule: str) -> None:
    with pytest.raises(Invalid, match=rule):
        Formula.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 500 + "a/wind" + ")" * 490,
        "-" * 990 + "a/wind",
        " + ".join(["a/wind"] * 110),
        "(" * 30 + " + ".join(["a/wind"] * 40) + ")" * 30,
        " * ".join(["a/b"] * 166),
        "abs(" * 200 + "a/wind" + ")" * 100,
    ],
)
def test_a_hostile_formula_is_refused_before_it_is_evaluated(text: str) -> None:
    assert len(text) <= LONGEST
    with pytest.raises(Invalid, match="parts"):
        Formula.parse(text)


def test_a_long_formula_is_refused_by_its_length() -> None:
    with pytest.raises(Invalid, match="at most 1000 characters"):
        Formula.parse("a/wind + " * 200)


def test_powers_of_units_stay_small() -> None:
    text = "(((a/wind ** 4) ** 4) ** 4) ** 4"
    with pytest.raises(Invalid, match="the powers of the unit"):
        come_to(text)


def test_numbers_with_a_slash_are_a_quotient_and_no_series() -> None:
    assert come_to("a/wind * 9/5")[0] == [1.8, 3.6, 5.4, 7.2]
    assert Formula.parse("[9/5] + 1").series == (SeriesKey(sensor="9", measure="5"),)


def test_a_formula_names_places_and_forecasts_as_a_chart_does() -> None:
    text = "EWR/t - [EWR/t~model=pool~lead=24h] + @newark/t * EWR/t~run=7 / EWR/t~latest"
    formula = Formula.parse(text)
    assert [str(each) for each in formula.operands] == [
        "EWR/t",
        "EWR/t~model=pool~lead=24h",
        "@newark/t",
        "EWR/t~run=7",
        "EWR/t~latest",
    ]
    assert formula.series == (SeriesKey(sensor="EWR", measure="t"),)
    assert [each.location for each in formula.operands][2] == "newark"
    assert len(formula.believed) == 3
    known = Formula.parse("EWR/t~as_of=2026-01-01T00:00:00Z - 1").believed[0].belief
    assert known is not None
    assert known.as_of == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("EWR/t~lead=24h", "lead chooses among the runs of a model"),
        ("EWR/t~colour=red", "'colour=red'"),
        ("EWR/t~run=7~model=pool", "run names the one run"),
        ("@newark/t~latest", "forecasts are of a sensor's series"),
        ("@newark + 1", "nothing that a formula has"),
    ],
)
def test_a_forecast_or_place_that_is_none_is_refused(text: str, rule: str) -> None:
    with pytest.raises(Invalid, match=re.escape(rule)):
        Formula.parse(text)


def test_a_formula_knows_its_series_and_how_far_it_looks_back() -> None:
    text = "rolling_mean(rolling_mean(a/wind, 2h) + b/wind, 1d) - a/wind"
    formula = Formula.parse(text)
    assert [str(key) for key in formula.series] == ["a/wind", "b/wind"]
    assert formula.window == timedelta(hours=26)
    assert {part.text for part in walk(formula.root)} >= {text, "2h", "a/wind"}
