"""Files of loggers are read by their looks, and what these do not tell is asked for."""

import gzip
import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from dtbase.domain.imports.profiles import MOST_COLUMNS
from dtbase.errors import Invalid, TooLarge
from dtbase.importing.choosing import choose, refuse_undecided
from dtbase.importing.guessing import Guess, guess
from dtbase.importing.sources import Source
from tests.reading_files import Reading, read

BERLIN = {"time": {"timezone": "Europe/Berlin"}}

TESTO = """Testo 174H;Seriennummer: 38412345
Messort;Kühlraum 2
Messrate;15 min

Datum / Uhrzeit;Temperatur[°C];Feuchte[%rF]
27.03.2026 23:45:00;4,1;81,2
28.03.2026 00:00:00;-;1.082,0
"""
ELPRO = """Logger ELPRO LIBERO\tID 1234
Nr.\tDatum\tUhrzeit\tKanal 1 [°C]\tBem.
1\t28.03.2026\t22:00:00\t21,4\t
2\t28.03.2026\t22:10:00\t21,3\tTür auf
"""
GERMAN = """Datum;Wert
1. März 2026 10:00 Uhr;1,5
2. März 2026 10:00 Uhr;1,6
"""
HOBO = """"Plot Title: Pond 3"
"#","Date Time, GMT+01:00","Temp, °C (LGR S/N: 1, SEN S/N: 1)","Coupler Attached (LGR)"
1,06/13/26 01:00:00 PM,21.394,
2,06/13/26 02:00:00 PM,21.490,Logged
"""
AMERICAN = """Date,Time,Flow (gal),Power (W)
5/28/2026,12:00 AM,"1,204.5",300
5/29/2026,2:00 AM,980.2,302
"""
SWISS = """Zeitstempel;Zählerstand [kWh]
2026-03-28T22:00+01:00;12'345.5
2026-03-28T23:00+01:00;12'346.5
"""
FRENCH = """Date;Heure;Température (°C)
13/02/2026;10:00;1\u202f021,5
13/02/2026;10:15;21,6
"""
THINGSBOARD = """Timestamp;Device name;temperature;humidity
2022-03-31 12:55:11;Thermo A;21.5;40
2022-03-31 12:55:11;Thermo B;19.5;50
"""
INFLUX = """#group,false,false,true,false,false,true,true,true
#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,double,string,string,string
#default,mean,,,,,,,
,result,table,_start,_time,_value,_field,_measurement,host
,,0,2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,15.43,usage_user,cpu,east

#group,false,false,true,false,false,true,true,true
#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,double,string,string,string
#default,mean,,,,,,,
,result,table,_start,_time,_value,_field,_measurement,host
,,1,2026-01-01T00:00:00Z,2026-01-01T00:01:00Z,59.2,used_percent,mem,east
"""
HA_STATISTICS = """statistic_id\tunit\tstart\tmin\tmax\tmean
sensor.bath_temperature\t°C\t26.01.2026 00:00\t20,1\t21,2\t20,6
sensor.bath_temperature\t°C\t27.01.2026 01:00\t20,2\t21,0\t20,5
"""
USGS = """# US Geological Survey
agency_cd\tsite_no\tdatetime\ttz_cd\t00060
5s\t15s\t20d\t6s\t14n
USGS\t01646500\t2026-05-01 00:00\tEDT\t5230
USGS\t01646500\t2026-05-01 00:15\tEDT\t5240
"""
TOA5 = """TOA5,St,CR6,1,a,b,c,Tab
TIMESTAMP,RECORD,AirTC
TS,RN,Deg C
,,Smp
2026-06-01 00:10:00,0,14.2
TOA5,St,CR6,1,a,b,c,Tab
TIMESTAMP,RECORD,AirTC
TS,RN,Deg C
,,Smp
2026-06-01 00:30:00,2,NAN
2026-06-01 00:40:00,3,-7999
2026-06-01 00:50:00,4,14.4
"""
SPACES = """2026-05-01 00:00:00   12.1   55
2026-05-01 00:10:00    9.9   57
"""
EPOCHS = """ts,co2
1748736000000,600
1748736060000,601
"""


def t(series: str, *readings: tuple[str, float]) -> list[Reading]:
    return [(series, f"{time}:00Z", value) for time, value in readings]


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        (
            TESTO,
            "cp1252",
            t("f/Temperatur", ("2026-03-27T22:45", 4.1))
            + t("f/Feuchte", ("2026-03-27T22:45", 81.2), ("2026-03-27T23:00", 1082.0)),
        ),
        (ELPRO, "utf-16", t("f/Kanal_1", ("2026-03-28T21:00", 21.4), ("2026-03-28T21:10", 21.3))),
        (GERMAN, "utf-8-sig", t("f/Wert", ("2026-03-01T09:00", 1.5), ("2026-03-02T09:00", 1.6))),
        (HOBO, "utf-8", t("f/Temp", ("2026-06-13T11:00", 21.394), ("2026-06-13T12:00", 21.49))),
        (
            AMERICAN,
            "utf-8",
            t("f/Flow", ("2026-05-27T22:00", 1204.5), ("2026-05-29T00:00", 980.2))
            + t("f/Power", ("2026-05-27T22:00", 300.0), ("2026-05-29T00:00", 302.0)),
        ),
        (
            SWISS,
            "utf-8",
            t("f/Zaehlerstand", ("2026-03-28T21:00", 12345.5), ("2026-03-28T22:00", 12346.5)),
        ),
        (
            FRENCH,
            "utf-8",
            t("f/Temperature", ("2026-02-13T09:00", 1021.5), ("2026-02-13T09:15", 21.6)),
        ),
        (
            INFLUX,
            "utf-8",
            t("east/usage_user", ("2026-01-01T00:00", 15.43))
            + t("east/used_percent", ("2026-01-01T00:01", 59.2)),
        ),
        (
            USGS,
            "utf-8",
            t("01646500/discharge", ("2026-05-01T04:00", 5230.0), ("2026-05-01T04:15", 5240.0)),
        ),
        (TOA5, "ascii", t("St/AirTC", ("2026-05-31T22:10", 14.2), ("2026-05-31T22:50", 14.4))),
        (
            SPACES,
            "ascii",
            t("f/3", ("2026-04-30T22:00", 12.1), ("2026-04-30T22:10", 9.9))
            + t("f/4", ("2026-04-30T22:00", 55.0), ("2026-04-30T22:10", 57.0)),
        ),
        (EPOCHS, "ascii", t("f/co2", ("2025-06-01T00:00", 600.0), ("2025-06-01T00:01", 601.0))),
    ],
)
def test_a_loggers_file_is_read_as_it_is(
    tmp_path: Path, text: str, encoding: str, expected: list[Reading]
) -> None:
    for newline in ("\n", "\r\n"):
        path = tmp_path / "f.csv"
        path.write_bytes(text.replace("\n", newline).encode(encoding))
        chosen = choose(Source.of(path), BERLIN)
        refuse_undecided(chosen, None)
        was = read(path, chosen.profile.model_dump())
        assert was.rules == []
        assert sorted(was.readings) == sorted(expected)


@pytest.mark.parametrize("text", [THINGSBOARD.replace("Thermo ", "T-")])
def test_a_long_table_names_its_sensors(tmp_path: Path, text: str) -> None:
    chosen = guessed(tmp_path, text)
    assert chosen.profile.keys == ("Device name",)
    was = read(
        tmp_path / "f.csv", choose(Source.of(tmp_path / "f.csv"), BERLIN).profile.model_dump()
    )
    assert sorted({name for name, _, _ in was.readings}) == [
        f"T-{which}/{measure}" for which in "AB" for measure in ("humidity", "temperature")
    ]


def test_home_assistants_statistics_have_a_series_for_each_kind(tmp_path: Path) -> None:
    path = tmp_path / "f.tsv"
    path.write_text(HA_STATISTICS)
    was = read(path, choose(Source.of(path), BERLIN).profile.model_dump())
    values = {name: value for name, _, value in was.readings}
    assert values == {
        "bath/temperature": 20.5,
        "bath/temperature_min": 20.2,
        "bath/temperature_max": 21.0,
    }


def test_a_header_that_says_its_zone_is_believed(tmp_path: Path) -> None:
    chosen = guessed(tmp_path, HOBO)
    assert (chosen.profile.time.timezone, chosen.undecided) == ("Etc/GMT-1", frozenset())


def guessed(folder: Path, text: str) -> Guess:
    path = folder / "f.csv"
    path.write_text(text)
    return guess(Source.of(path))


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("t,v\n06/07/2026 12:00,1\n06/07/2026 12:10,2\n", "days or its months come first"),
        ("time,v\n2026-06-07 12:00,1\n", "which zone"),
        ("time;v\n2026-06-07T12:00Z;1,234\n2026-06-07T13:00Z;1,235\n", "--decimal"),
        ("Zeit;v\n28.03.2026 10:00;1.204\n28.03.2026 11:00;1.305\n", "points part thousands"),
        ("Date,v\n26-03-28 10:00,1\n26-03-28 10:05,2\n", "%y-%m-%d %H:%M"),
        ("Date,v\n01/01/2026,1\n02/01/2026,2\n03/01/2026,3\n", "days or its months come first"),
    ],
)
def test_what_would_be_a_bet_is_asked_for(tmp_path: Path, text: str, doubt: str) -> None:
    with pytest.raises(Invalid, match=doubt):
        refuse_undecided(guessed(tmp_path, text), "Europe/London")


def test_more_cells_than_names_are_refused_and_never_read_as_of_others(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="line 1 names 2 columns, and rows have 3 cells"):
        guessed(tmp_path, "time,temp\n2026-03-28 10:00,21,5\n2026-03-28 10:05,21,6\n")
    by_place = {"names": None, "first": 2, "time": {"timezone": "UTC"}}
    chosen = choose(Source.of(tmp_path / "f.csv"), by_place)
    was = read(tmp_path / "f.csv", chosen.profile.model_dump())
    assert [(name, value) for name, _, value in was.readings] == [
        ("f/2", 21.0), ("f/2", 21.0), ("f/3", 5.0), ("f/3", 6.0)
    ]  # fmt: skip


@pytest.mark.parametrize(("decimal", "value"), [(",", 1204.0), (".", 1.204)])
def test_the_sign_of_fractions_tells_what_the_other_sign_is(
    tmp_path: Path, decimal: str, value: float
) -> None:
    path = tmp_path / "f.csv"
    path.write_text("Zeit;v\n28.03.2026 10:00;1.204\n28.03.2026 11:00;1.305\n")
    chosen = choose(Source.of(path), {**BERLIN, "decimal": decimal})
    assert not chosen.undecided
    assert read(path, chosen.profile.model_dump()).readings[0][2] == value


def test_the_order_of_day_and_month_is_told_by_the_clock_that_goes_on(tmp_path: Path) -> None:
    rows = "".join(f"0{day}/02/2026 {hour}:00,1\n" for day in (3, 4) for hour in (10, 22))
    chosen = guessed(tmp_path, "t,v\n" + rows)
    assert chosen.profile.time.form == ("%d/%m/%Y %H:%M",)
    assert "order" not in chosen.undecided


@pytest.mark.parametrize("text", ["", "hello\n", "a,b\n1,2\n", "\0" * 1000, "time,v\n"])
def test_a_file_without_a_table_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(Invalid, match="no table of times and numbers"):
        guessed(tmp_path, text)


def test_a_table_of_days_by_hours_is_not_taken_for_one_of_series(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="its columns are times of the day"):
        guessed(tmp_path, "Date,01:00,02:00,03:00\n2026-01-01,1,2,3\n2026-01-02,4,5,6\n")


def test_a_column_of_words_for_nothing_is_kept_and_an_empty_one_is_told(tmp_path: Path) -> None:
    chosen = guessed(tmp_path, "time,a,b,c\n2026-01-01T00:00Z,1.5,unknown,\n")
    assert (list(chosen.profile.columns), chosen.left_out) == (["a", "b"], ("c",))


def packed(kind: str, text: str) -> bytes:
    """Pack a text as people do."""
    if kind == "gzip":
        return gzip.compress(text.encode())
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("f.csv", text)
    else:
        frame = pd.read_csv(io.StringIO(text), sep="\t" if "\t" in text else ",")
        frame["time"] = pd.to_datetime(frame["time"])
        if kind == "parquet":
            frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["gzip", "zip", "parquet"])
def test_packed_files_are_read_whatever_their_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "f.dat"
    path.write_bytes(packed(kind, "time,v\n2026-06-07 12:00,1.5\n2026-06-07 13:00,2.5\n"))
    was = read(path, choose(Source.of(path), BERLIN).profile.model_dump())
    assert was.readings == t("f/v", ("2026-06-07T10:00", 1.5), ("2026-06-07T11:00", 2.5))


def test_a_zip_that_unpacks_to_far_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("f.csv", "time,v\n" + "2026-06-07T12:00Z,1\n" * 5_000_000)
    with pytest.raises((Invalid, TooLarge), match="unpacks to more than"):
        read(path, {"columns": {"v": "a/b"}, "duplicates": "last"})


def test_a_table_of_more_columns_than_a_profile_describes_is_refused() -> None:
    names = ",".join(f"c{number}" for number in range(MOST_COLUMNS))
    row = "2026-01-01T00:00:00Z" + ",1" * MOST_COLUMNS
    with pytest.raises(Invalid, match="it has 5,001 columns, and at most 5,000 are read"):
        guess(Source.of_bytes("wide.csv", f"time,{names}\n{row}\n{row}\n".encode(), 10**7))


def test_times_are_found_wherever_they_stand_among_the_first_columns() -> None:
    for place in (0, 1, 7, 60, 199):
        names = [f"c{number}" for number in range(250)]
        cells = ["1.5"] * 250
        names[place], cells[place] = "taken", "2026-01-01T00:00:00Z"
        text = "\n".join([",".join(names), *[",".join(cells)] * 3])
        found = guess(Source.of_bytes("wide.csv", text.encode(), 10**7)).profile
        assert list(found.time.columns) == ["taken"]
