"""Files as people brought them, each with the readings that it means."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dtbase.cli import app
from dtbase.cli.exits import Incomplete
from dtbase.domain.registry.measures import Measure, Statistic
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.errors import Conflict, Invalid
from dtbase.storage.database import transaction
from dtbase.storage.registry import sensor_types, sensors
from tests.importing import all_stored

CASES = Path(__file__).parent / "cases"
Reading = tuple[str, float]


def given(sensor: str, *measures: Measure) -> None:
    """Register a sensor with measures."""
    with transaction() as session:
        sensor_types.add(session, SensorType(name=sensor, measures=measures))
        sensors.add(session, NewSensor(identifier=sensor, type=sensor))


def do(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["import", *map(str, arguments)])


def done(*arguments: object) -> str:
    """Import, and return what is said."""
    result = do(*arguments)
    if isinstance(result.exception, Exception):
        raise result.exception
    return result.stdout


@pytest.fixture
def case(variables: dict[str, str], tmp_path: Path) -> Path:
    """Return a folder with the files of all cases."""
    for path in CASES.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_a_campbell_logger_leaves_out_nan_and_its_sentinel(case: Path) -> None:
    rain = Measure(name="rain", unit="mm", statistic=Statistic.TOTAL)
    given("gh", Measure(name="air", unit="degC"), Measure(name="rh", unit="percent"), rain)
    columns = ("AirTC_Avg=gh/air", "RH=gh/rh", "Rain_mm_Tot=gh/rain")
    options = [f"--column={each}" for each in columns]
    said = done(
        "--time", "TIMESTAMP", *options, "--timezone", "Etc/GMT", case / "greenhouse_Table1.dat"
    )
    assert "15 readings imported (15 inserted)" in said
    assert "3 cells without a value" in said
    found = all_stored()
    assert [value for _, value in found["gh/air"]] == [14.21, 14.18, 14.02, 13.98, 13.95]
    assert found["gh/air"][3][0] == datetime(2026, 6, 1, 0, 50, 0, 500_000, tzinfo=UTC)
    assert sum(value for _, value in found["gh/rain"]) == pytest.approx(0.2)


@pytest.mark.parametrize("name", ["heizraum_cp1252.csv", "heizraum_utf8bom.csv"])
def test_a_german_log_is_read_by_its_signs(case: Path, name: str) -> None:
    energy = Measure(name="energy", unit="kWh", statistic=Statistic.COUNTER)
    given(
        "hz",
        Measure(name="temperature", unit="degC"),
        Measure(name="humidity", unit="percent"),
        energy,
    )
    columns = (
        "Temperatur [°C]=hz/temperature",
        "Feuchte [%]=hz/humidity",
        "Zähler [kWh]=hz/energy",
    )
    done(
        "--time",
        "Zeitstempel",
        *[f"--column={c}" for c in columns],
        "--timezone",
        "Europe/Berlin",
        case / name,
    )
    found = all_stored()
    assert [value for _, value in found["hz/temperature"]] == [12.4, 12.1, 11.8, 11.6, 11.9, 13.0]
    assert [value for _, value in found["hz/energy"]] == [
        1204.5,
        1205.1,
        1205.8,
        1206.2,
        1206.9,
        1207.3,
    ]
    assert len(found["hz/humidity"]) == 5
    assert found["hz/energy"][0][0] == datetime(2026, 3, 28, 21, tzinfo=UTC)


def test_the_hour_that_comes_twice_is_told_apart_by_its_order(case: Path) -> None:
    given("m", Measure(name="use", unit="kWh", statistic=Statistic.TOTAL))
    done("--column", "kwh=m/use", "--timezone", "America/New_York", case / "meter_local.csv")
    found = all_stored()["m/use"]
    first = datetime(2026, 11, 1, 4, tzinfo=UTC)
    assert found == [(first + n * timedelta(minutes=15), n + 1.0) for n in range(16)]
    hours = [sum(value for _, value in found[n : n + 4]) for n in range(0, 16, 4)]
    assert hours == [10, 26, 42, 58]


@pytest.mark.parametrize(("which", "values"), [("earliest", range(5, 9)), ("latest", range(5, 9))])
def test_one_pass_for_an_hour_that_is_logged_twice_is_refused(
    case: Path, which: str, values: Sequence[int]
) -> None:
    given("m", Measure(name="use", unit="kWh", statistic=Statistic.TOTAL))
    options = ("--column", "kwh=m/use", "--timezone", "America/New_York", "--ambiguous", which)
    with pytest.raises(Invalid, match="more than once with different values; say --duplicates"):
        done(*options, case / "meter_local.csv")
    assert all_stored() == {}


def test_home_assistants_history_goes_to_a_series_for_each_entity(case: Path) -> None:
    said = done("--register", case / "history.csv")
    assert "registered sensor fridge with temperature" in said
    assert "5 readings imported" in said
    assert "2 cells without a value" in said
    found = all_stored()
    assert [value for _, value in found["fridge/temperature"]] == [4.1, 4.3, 4.2]
    assert [value for _, value in found["fridge/energy"]] == [275.69, 275.7]


def test_entities_become_the_series_that_are_named(case: Path) -> None:
    energy = Measure(name="energy", unit="kWh", statistic=Statistic.COUNTER)
    given("f", Measure(name="temperature", unit="degC"), energy)
    named = ("sensor.fridge_temperature=f/temperature", "sensor.fridge_energy=f/energy")
    done(*[f"--series={each}" for each in named], case / "two_numeric.csv")
    assert [value for _, value in all_stored()["f/temperature"]] == [4.1, 4.3, 4.2]


def test_one_column_for_a_file_of_two_entities_does_not_mix_them(case: Path) -> None:
    given("f", Measure(name="temperature", unit="degC"))
    options = ("--time", "last_changed", "--column", "state=f/temperature")
    with pytest.raises((Invalid, Conflict), match="more than once with different values"):
        done(*options, case / "two_numeric.csv")
    assert all_stored() == {}
    done(*options, case / "one_entity.csv")
    assert len(all_stored()["f/temperature"]) == 3


DENVER = (
    *("--time", "TMSTAMP", "--timezone", "America/Denver"),
    *("--column", "Temp=l/temp", "--column", "Rain=l/rain"),
)


@pytest.fixture
def logger(case: Path) -> Path:
    rain = Measure(name="rain", unit="mm", statistic=Statistic.TOTAL)
    given("l", Measure(name="temp", unit="degC"), rain)
    return case


def test_a_header_that_is_written_again_is_passed_over(logger: Path) -> None:
    assert "1 repeated headers" in done(*DENVER, logger / "reconnected.csv")
    assert [value for _, value in all_stored()["l/temp"]] == [12.1, 11.8, 11.5, 11.3]


def test_totals_at_the_end_are_passed_over(logger: Path) -> None:
    assert "1 empty, 2 summaries" in done(*DENVER, logger / "totals.csv")
    assert [value for _, value in all_stored()["l/rain"]] == [0, 0.2]


def test_a_line_that_is_half_written_is_refused_or_skipped_by_name(logger: Path) -> None:
    path = logger / "halfway.csv"
    with pytest.raises(Invalid, match=r"say --skip-bad(.|\n)*row 4: .* must have 4 cells, not 3"):
        done(*DENVER, path)
    assert all_stored() == {}
    result = do(*DENVER, "--skip-bad", path)
    assert isinstance(result.exception, Incomplete)
    assert "4 readings imported (4 inserted)" in result.stdout
    assert "row 4" not in result.stdout
    skipped = (logger / "halfway.csv.skipped.csv").read_text().splitlines()
    assert skipped[1].startswith('4,,row,"2026-06-10 02:00:00,3,11"')


def test_a_growing_file_goes_on_where_it_ended(logger: Path) -> None:
    path = logger / "halfway.csv"
    assert "4 readings imported" in done(*DENVER, "--growing", path)
    with path.open("a") as file:
        file.write(".25,0.4\n2026-06-10 03:00:00,4,11.1,0\n")
    assert "going on after row 3" in do(*DENVER, "--growing", path).stderr
    assert [value for _, value in all_stored()["l/temp"]] == [12.1, 11.8, 11.25, 11.1]


def test_months_before_days_are_asked_for_and_the_odd_row_is_named(logger: Path) -> None:
    path = logger / "daynight.csv"
    with pytest.raises(Invalid, match="months come first: --time-form '%m/%d/%Y %I:%M %p' or"):
        done(*DENVER, path)
    form = ("--time-form", "%m/%d/%Y %I:%M %p")
    odd = r"row 2: '06/07/2026 12:00' must be a time such as 12/31/2026 06:05 PM \(%m/%d/%Y %I:%M"
    with pytest.raises(Invalid, match=odd):
        done(*DENVER, *form, path)
    assert isinstance(do(*DENVER, *form, "--skip-bad", path).exception, Incomplete)
    assert all_stored()["l/temp"] == [(datetime(2026, 6, 7, 19, tzinfo=UTC), 11.8)]


@pytest.mark.parametrize(
    ("stamps", "options"),
    [
        (("1648731311", "1648731371"), ()),
        (("1648731311000", "1648731371000"), ()),
        (("44651.538321759", "44651.539016204"), ("--time-unit", "excel", "--timezone", "UTC")),
        (("44651.538321759", "44651.539016204"), ("--timezone", "UTC")),
        (("1648731311000000", "1648731371000000"), ()),
        (("20220331125511", "20220331125611"), ("--timezone", "UTC")),
    ],
)
def test_numbers_are_times_of_the_unit_that_they_have(
    case: Path, stamps: tuple[str, str], options: tuple[str, ...]
) -> None:
    given("d", Measure(name="v", unit="V"))
    path = case / "epochs.csv"
    path.write_text(f"time,v\n{stamps[0]},3.1\n{stamps[1]},3.2\n")
    done("--column", "v=d/v", *options, path)
    first = datetime(2022, 3, 31, 12, 55, 11, tzinfo=UTC)
    assert all_stored()["d/v"] == [(first, 3.1), (first + timedelta(minutes=1), 3.2)]


def test_seconds_that_are_taken_for_milliseconds_are_refused(case: Path) -> None:
    given("d", Measure(name="v", unit="V"))
    path = case / "epochs.csv"
    path.write_text("time,v\n1648731311,3.1\n")
    with pytest.raises(Invalid, match=r"lies in January 1970.*say --time-unit s"):
        done("--column", "v=d/v", "--time-unit", "ms", path)
    assert all_stored() == {}
