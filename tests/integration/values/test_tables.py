"""Tables in every format hold what JSON holds, and can be pushed again as they are."""

import csv
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient
from pyarrow import ipc, parquet
from sqlalchemy.orm import Session

from dtbase.domain.registry.locations import Location
from dtbase.storage.readings import readings
from dtbase.storage.registry import locations
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values import reads, streams
from tests.factories import add_sensor, batch_of

START = datetime(2026, 3, 28, tzinfo=UTC)
MINUTES = 600
VALUES: dict[str, list[Any]] = {
    "temperature": [minute / 7 for minute in range(MINUTES)],
    "people": [2**60 + minute for minute in range(MINUTES)],
    "open": [minute % 3 == 0 for minute in range(MINUTES)],
    "state": [f'at "{minute}", so\nthere' for minute in range(MINUTES)],
}
RANGE = {"start": "2026-03-28T00:00:00Z", "end": "2026-03-29T00:00:00Z"}
ALL = ["mean", "min", "max", "sum", "count", "first", "last"]


@pytest.fixture
def stored(session: Session) -> dict[str, Resolved]:
    """Store a value of every datatype, each a minute later than the one before."""
    found = add_sensor(session, "one")
    for place, (measure, values) in enumerate(VALUES.items()):
        times = [START + timedelta(minutes=minute + place) for minute in range(MINUTES)]
        readings.write(session, batch_of(found[measure], times, values))
    return found


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_AT_ONCE", 300)
    monkeypatch.setattr(reads, "PAGE", 97)


def table_of(api: TestClient, format_: str, **asked: Any) -> pa.Table:
    answer = api.get("/v1/readings", params={**RANGE, "format": format_, **asked})
    assert answer.status_code == 200, answer.text
    if format_ == "parquet":
        return parquet.read_table(BytesIO(answer.content))
    return ipc.open_stream(answer.content).read_all()


def csv_of(api: TestClient, **asked: Any) -> list[list[str]]:
    answer = api.get("/v1/readings", params={**RANGE, "format": "csv", **asked})
    assert answer.status_code == 200, answer.text
    return list(csv.reader(StringIO(answer.text, newline="")))


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("format_", ["arrow", "parquet"])
@pytest.mark.parametrize("measure", VALUES)
def test_a_raw_table_holds_every_value_exactly(api: TestClient, format_: str, measure: str) -> None:
    table = table_of(api, format_, series=f"one/{measure}", bucket="raw")
    assert table.column_names == ["sensor", "measure", "time", "value"]
    assert table["value"].to_pylist() == VALUES[measure]
    assert set(table["measure"].to_pylist()) == {measure}
    assert table.schema.metadata[b"dtbase.bucket"] == b"raw"
    times = table["time"].to_pylist()
    first = START + timedelta(minutes=list(VALUES).index(measure))
    assert times == [first + timedelta(minutes=minute) for minute in range(MINUTES)]


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("measure", VALUES)
def test_raw_json_holds_every_value_exactly(api: TestClient, measure: str) -> None:
    asked = {**RANGE, "series": f"one/{measure}", "bucket": "raw"}
    (one,) = api.get("/v1/readings", params=asked).json()["series"]
    assert one["values"]["value"] == VALUES[measure]
    assert list(map(type, one["values"]["value"])) == list(map(type, VALUES[measure]))


@pytest.mark.usefixtures("stored")
def test_a_csv_of_all_datatypes_holds_every_value_in_order(api: TestClient) -> None:
    header, *rows = csv_of(api, series=[f"one/{measure}" for measure in VALUES], bucket="raw")
    assert header == ["sensor", "measure", "time", "value"]
    written = [
        [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
        for values in VALUES.values()
    ]
    read = [[value for _, measure, _, value in rows if measure == wanted] for wanted in VALUES]
    assert read[1:] == written[1:]
    assert [float(value) for value in read[0]] == VALUES["temperature"]
    assert [measure for _, measure, _, _ in rows] == [
        measure for measure in VALUES for _ in range(MINUTES)
    ]


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("format_", ["arrow", "parquet"])
def test_different_datatypes_in_one_column_are_refused_but_not_side_by_side(
    api: TestClient, format_: str
) -> None:
    asked = {**RANGE, "bucket": "raw", "series": [f"one/{measure}" for measure in VALUES]}
    answer = api.get("/v1/readings", params={**asked, "format": format_})
    assert answer.status_code == 422
    assert "layout=wide" in answer.json()["detail"]
    table = table_of(api, format_, **asked, layout="wide")
    assert table.num_rows == MINUTES + len(VALUES) - 1
    for place, measure in enumerate(VALUES):
        missing = len(VALUES) - 1 - place
        expected = [None] * place + VALUES[measure] + [None] * missing
        assert table[f"one/{measure}"].to_pylist() == expected


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("format_", ["csv", "arrow", "parquet"])
def test_what_was_exported_can_be_pushed_again_and_changes_nothing(
    api: TestClient, format_: str
) -> None:
    for measure in VALUES:
        asked = {**RANGE, "format": format_, "series": f"one/{measure}", "bucket": "raw"}
        answer = api.get("/v1/readings", params={**asked, "timezone": "America/New_York"})
        kind = {"Content-Type": answer.headers["content-type"]}
        pushed = api.post("/v1/readings", content=answer.content, headers=kind)
        assert pushed.status_code == 200, pushed.text
        assert pushed.json()["unchanged"] == MINUTES


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("bucket", ["10m", "1h", "3h", "1d"])
@pytest.mark.parametrize("fill", ["none", "null", "previous", "linear"])
def test_tables_of_buckets_hold_what_json_holds(api: TestClient, bucket: str, fill: str) -> None:
    series = ["one/temperature", "one/people", "one/rain"]
    asked = {"series": series, "bucket": bucket, "aggregates": ALL, "fill": fill}
    asked |= {"timezone": "Europe/London", "start": "2026-03-28T05:03:00Z"}
    parts = api.get("/v1/readings", params={**RANGE, **asked}).json()["series"]
    table = table_of(api, "arrow", **asked)
    assert table.schema.metadata[b"dtbase.bucket"] == bucket.encode()
    for name in ALL:
        expected = [value for part in parts for value in part["values"][name]]
        assert table[name].to_pylist() == expected
    wide = table_of(api, "parquet", **asked, layout="wide")
    for part in parts:
        for name in ALL:
            held = wide[f"{part['sensor']}/{part['measure']}/{name}"].to_pylist()
            if fill == "none":
                held = [value for value in held if value is not None]
            assert held == part["values"][name] or not part["count"]


@pytest.mark.usefixtures("stored")
def test_a_wide_csv_has_a_column_for_each_series_and_leaves_missing_values_out(
    api: TestClient,
) -> None:
    header, *rows = csv_of(
        api,
        series=["one/temperature", "one/rain"],
        bucket="1h",
        layout="wide",
        timezone="Asia/Tokyo",
    )
    assert header == ["time", "one/temperature", "one/rain"]
    assert rows[0][0] == "2026-03-28T09:00:00+09:00"
    assert [row[2] for row in rows] == [""] * 10


@pytest.mark.usefixtures("stored")
def test_an_empty_table_still_has_its_header(api: TestClient) -> None:
    nothing = {"series": "one/rain", "bucket": "raw"}
    assert csv_of(api, **nothing) == [["sensor", "measure", "time", "value"]]
    assert csv_of(api, **nothing, layout="wide") == [["time", "one/rain"]]
    for format_ in ("arrow", "parquet"):
        assert table_of(api, format_, **nothing).num_rows == 0


@pytest.mark.parametrize("format_", ["csv", "arrow", "parquet"])
@pytest.mark.parametrize("layout", ["long", "wide"])
@pytest.mark.parametrize("bucket", ["raw", "1d"])
def test_a_location_without_sensors_answers_an_empty_table(
    api: TestClient, session: Session, format_: str, layout: str, bucket: str
) -> None:
    locations.add(session, Location(identifier="attic", name="Attic"))
    asked = {**RANGE, "location": "attic", "format": format_, "layout": layout, "bucket": bucket}
    answer = api.get("/v1/readings", params=asked)
    assert answer.status_code == 200, answer.text


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("format_", ["json", "csv", "arrow", "parquet"])
def test_every_answer_names_its_bucket_and_its_source_in_headers(
    api: TestClient, format_: str
) -> None:
    asked = {**RANGE, "series": "one/temperature", "format": format_}
    for bucket, source in (("raw", "raw"), ("10m", "raw"), ("1h", "hour"), ("1d", "day")):
        headers = api.get("/v1/readings", params={**asked, "bucket": bucket}).headers
        assert (headers["DTBase-Bucket"], headers["DTBase-Source"]) == (bucket, source)


@pytest.mark.usefixtures("stored")
def test_a_download_has_a_name_and_the_format_that_is_accepted(api: TestClient) -> None:
    asked = {**RANGE, "series": "one/temperature", "bucket": "1h"}
    answer = api.get("/v1/readings", params=asked, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    name = re.search(r'filename="([^"]+)"', answer.headers["content-disposition"])
    assert name is not None
    assert name[1] == "one-temperature_20260328-20260329_1h.csv"
    assert "Accept" in answer.headers["vary"]
    wins = api.get(
        "/v1/readings", params={**asked, "format": "json"}, headers={"Accept": "text/csv"}
    )
    assert wins.json()["bucket"] == "1h"


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"series": "one/nothing", "format": "csv"}, 404, "one/nothing"),
        ({"series": "one/state", "format": "csv", "bucket": "1h"}, 422, "texts"),
        (
            {"series": "one/state", "format": "parquet", "bucket": "1h", "layout": "wide"},
            422,
            "texts",
        ),
        ({"series": "one/rain", "layout": "wide"}, 422, "layout=wide"),
        ({"series": "one/rain", "format": "xml"}, 422, "format"),
        ({"series": "one/rain", "format": "csv", "timezone": "Mars/Olympus"}, 422, "IANA"),
    ],
)
def test_what_no_table_can_hold_is_refused_as_a_problem(
    api: TestClient, asked: dict[str, str], status: int, said: str
) -> None:
    answer = api.get("/v1/readings", params={**RANGE, **asked})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]


@pytest.mark.usefixtures("stored")
def test_json_of_too_many_values_says_what_to_ask_for_instead(
    api: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "MOST_VALUES", 1_000)
    asked = {**RANGE, "series": ["one/temperature", "one/people"], "bucket": "raw"}
    answer = api.get("/v1/readings", params=asked)
    assert answer.status_code == 422
    assert "format=csv" in answer.json()["detail"]
    assert len(csv_of(api, **asked)) == 2 * MINUTES + 1
    many = {**RANGE, "series": "one/temperature", "bucket": "1s", "fill": "null"}
    assert api.get("/v1/readings", params=many).status_code == 422
