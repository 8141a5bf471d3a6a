"""The replay is pure arithmetic on real data in SI units."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from jobs.demo import replay
from jobs.demo.convert import convert_row
from jobs.demo.weather import COLUMNS, read


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("shown", "measured", "weeks"),
    [
        ("2013-01-01T00:00", "2013-01-01T00:00", 0),
        ("2013-12-30T23:00", "2013-12-30T23:00", 0),
        ("2013-12-31T00:00", "2013-01-01T00:00", 52),
        ("2026-11-23T18:00", "2013-12-09T18:00", 676),
        ("2026-12-14T23:59", "2013-12-30T23:59", 676),
        ("2026-12-15T00:00", "2013-01-01T00:00", 728),
    ],
)
def test_an_instant_shows_2013_shifted_by_whole_laps(shown: str, measured: str, weeks: int) -> None:
    assert replay.source(at(shown)) == at(measured)
    assert replay.shift_weeks(at(shown)) == weeks


def test_the_shift_keeps_hour_and_weekday_at_every_hour_of_two_laps() -> None:
    for hour in range(0, 2 * replay.HOURS, 7):
        shown = at("2026-01-05T00:00") + hour * replay.HOUR
        measured = replay.source(shown)
        assert measured.year == 2013
        assert (measured.weekday(), measured.hour) == (shown.weekday(), shown.hour)


def test_hours_across_the_wrap_are_the_last_and_then_the_first_of_the_year() -> None:
    places = replay.places(at("2026-12-14T22:00"), at("2026-12-15T02:00"))
    assert places.tolist() == [8734, 8735, 0, 1]


def test_the_notice_names_the_year_and_the_shift_of_today() -> None:
    before, after = replay.notice(at("2026-12-14T23:00")), replay.notice(at("2026-12-15T00:00"))
    assert "Replay of 2013" in before
    assert "676 weeks" in before
    assert "728 weeks" in after


def test_a_row_is_converted_to_si_units_and_keeps_its_gaps() -> None:
    row = {
        "origin": "EWR",
        "time_hour": "2013-01-01T06:00:00Z",
        "temp": "39.02",
        "dewp": "26.06",
        "humid": "59.37",
        "wind_dir": "270.0",
        "wind_speed": "10.35702",
        "wind_gust": "",
        "precip": "0.01",
        "pressure": "1012.0",
        "visib": "10.0",
    }
    assert convert_row(row) == [
        *("EWR", "2013-01-01T06:00:00Z", "3.9", "-3.3", "59.37", "270", "4.63", ""),
        *("0.254", "1012", "16.09"),
    ]


def test_a_value_just_below_zero_is_not_written_as_minus_zero() -> None:
    row = dict.fromkeys(("dewp", "humid", "wind_dir", "wind_speed", "wind_gust"), "")
    row |= dict.fromkeys(("precip", "pressure", "visib"), "")
    assert convert_row({"origin": "X", "time_hour": "", "temp": "31.999", **row})[2] == "0"


def test_the_shipped_year_holds_what_the_original_table_holds() -> None:
    years = read()
    counts = {name: int((~np.isnan(year)).any(axis=1).sum()) for name, year in years.items()}
    assert counts == {"EWR": 8703, "JFK": 8706, "LGA": 8706}


def test_the_fault_stands_where_it_happened() -> None:
    hour = (at("2013-02-12T08:00") - replay.ORIGIN) // timedelta(hours=1)
    assert read()["EWR"][hour, COLUMNS.index("wind_speed")] == 468.66


def test_no_hour_is_double_or_lost_when_the_clocks_change() -> None:
    temperature = read()["JFK"][:, COLUMNS.index("temperature")]
    for change in ("2013-03-10T05:00", "2013-11-03T05:00"):
        hour = (at(change) - replay.ORIGIN) // timedelta(hours=1)
        assert not np.isnan(temperature[hour : hour + 12]).any()
