"""How numbers, units, names and times are printed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dash_app import words
from dtbase.domain.lengths import length_in_words

NEW_YORK = ZoneInfo("America/New_York")
JULY = datetime(2013, 7, 18, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "unit", "printed"),
    [
        (36.66, "degC", "36.7\N{NO-BREAK SPACE}°C"),
        (-3.25, "degC", "\N{MINUS SIGN}3.2\N{NO-BREAK SPACE}°C"),
        (-0.01, "degC", "0.0\N{NO-BREAK SPACE}°C"),
        (86.6, "percent", "87\N{NO-BREAK SPACE}%"),
        (1036.28, "hPa", "1,036.3\N{NO-BREAK SPACE}hPa"),
        (12.0, None, "12.0"),
        (None, "degC", "\N{EN DASH}"),
        (float("nan"), "m/s", "\N{EN DASH}"),
    ],
)
def test_a_value_is_printed_with_its_unit(value: float | None, unit: str, printed: str) -> None:
    assert words.quantity(value, unit) == printed


@pytest.mark.parametrize(
    ("bucket", "label"),
    [("1h", "1 hour"), ("6h", "6 hours"), ("1mo", "1 month"), ("raw", "As measured")],
)
def test_a_bucket_is_named_in_words(bucket: str, label: str) -> None:
    assert words.bucket_label(bucket) == label


def test_a_measure_is_named_as_a_person_writes_it() -> None:
    assert words.measure_label("wind_speed") == "Wind speed"


def test_a_time_is_printed_in_the_zone_of_the_site() -> None:
    assert words.moment(JULY, NEW_YORK, weekday=True) == "Thu 18 Jul 14:00"
    assert words.moment(JULY, NEW_YORK, year=True) == "18 Jul 2013 14:00"
    assert words.offset(JULY, NEW_YORK) == "EDT, UTC\N{MINUS SIGN}4"
    assert words.offset(JULY, ZoneInfo("Asia/Kathmandu")) == "UTC+5:45"


def test_years_are_printed_only_where_they_are_in_doubt() -> None:
    assert (
        words.span(JULY - timedelta(days=7), JULY, NEW_YORK)
        == f"11 Jul 14:00 {words.DASH} 18 Jul 14:00"
    )
    year_before = JULY - timedelta(days=365)
    assert words.span(year_before, JULY, NEW_YORK) == f"18 Jul 2012 {words.DASH} 18 Jul 2013"


@pytest.mark.parametrize(
    ("minutes", "printed"), [(0, "now"), (3, "3 min ago"), (150, "2 h ago"), (4000, "3 days ago")]
)
def test_ages_are_printed_roughly(minutes: int, printed: str) -> None:
    found = words.ago(JULY - timedelta(minutes=minutes), JULY)
    assert found.replace(words.NBSP, " ") == printed


def test_a_reason_becomes_a_sentence() -> None:
    assert words.error_sentence("no answer from x") == "No answer from x."
    assert words.error_sentence("gone/level: no such series") == "gone/level: no such series."


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.4, "1 second"),
        (61.3, "1 minute"),
        (3_600.2, "1 hour"),
        (5_400, "90 minutes"),
        (17_280, "5 hours"),
        (86_400, "1 day"),
        (200_000, "2 days"),
    ],
)
def test_a_rhythm_is_told_as_people_say_it(seconds: float, told: str) -> None:
    assert words.rounded_length(seconds) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (1, "1 second"),
        (90, "90 seconds"),
        (150, "2 minutes 30 seconds"),
        (5_400, "90 minutes"),
        (17_280, "4 hours 48 minutes"),
        (129_600, "36 hours"),
        (172_800, "2 days"),
        (173_100, "48 hours 5 minutes"),
    ],
)
def test_a_length_is_told_in_units_that_people_count_in(seconds: float, told: str) -> None:
    assert length_in_words(timedelta(seconds=seconds)) == told
