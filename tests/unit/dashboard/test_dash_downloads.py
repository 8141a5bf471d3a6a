"""What is taken away holds what is shown, in every form; the calls to paste are the page's own."""

import csv
import re
from io import BytesIO, StringIO
from zipfile import ZipFile

import pyarrow.parquet as pq

from dash_app.explore.export import parquet_of, wide, wide_csv_of, workbook_of
from dash_app.explore.scene import Scene
from dash_app.explore.sharing import curl_of, python_of
from dash_app.explore.view import Window
from dash_app.explore.workbook import workbook
from tests.scenes import HOUR, WEEK, ZONE, line_of, scene_of

DAY = Window(start=WEEK.start, end=WEEK.start + 4 * HOUR)


def two() -> Scene:
    lines = (
        line_of("EWR/temperature", columns={"value": [1.5, 2.0, None, 4.0]}),
        line_of("JFK/temperature", columns={"value": [5.0, 6.0, 7.0, 8.0]}, slot=2),
    )
    return scene_of(*lines, window=DAY)


def test_a_wide_file_has_a_row_for_each_time_and_a_column_for_each_line() -> None:
    rows = list(csv.reader(StringIO(wide_csv_of(two()))))
    assert rows[0] == ["time", "EWR temperature (°C)", "JFK temperature (°C)"]
    assert rows[1] == ["2026-07-11T12:00:00-04:00", "1.5", "5.0"]
    assert rows[3] == ["2026-07-11T14:00:00-04:00", "", "7.0"]
    assert len(rows) == 5


def test_parquet_keeps_types_and_zone() -> None:
    table = pq.read_table(BytesIO(parquet_of(two())))
    assert str(table.schema.field("time").type) == f"timestamp[us, tz={ZONE}]"
    assert table.column("EWR temperature (°C)").to_pylist() == [1.5, 2.0, None, 4.0]


def test_a_workbook_holds_times_as_times_and_numbers_as_numbers() -> None:
    with ZipFile(BytesIO(workbook_of(two()))) as file:
        assert file.testzip() is None
        sheet = file.read("xl/worksheets/sheet1.xml").decode()
    assert f"time ({ZONE})" in sheet
    first = re.findall(r"<row>(.*?)</row>", sheet)[1]
    assert first == '<c s="1"><v>46214.5</v></c><c><v>1.5</v></c><c><v>5.0</v></c>'


def test_a_text_in_a_workbook_is_a_text_and_no_formula() -> None:
    with ZipFile(BytesIO(workbook(["a"], [["=1+1 <&\x00"]]))) as file:
        sheet = file.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "=1+1 &lt;&amp;</t>" in sheet


def test_columns_of_one_name_are_numbered() -> None:
    line = line_of("EWR/temperature")
    head, _ = wide(scene_of(line, line.model_copy(update={"slot": 2})))
    assert head == ["time", "EWR temperature (°C)", "EWR temperature (°C) #2"]


def test_python_asks_for_a_frame_of_what_was_measured() -> None:
    code = python_of(two())
    compile(code, "shared", "exec")
    assert 'twin.readings.frame(\n        ["EWR/temperature", "JFK/temperature"],' in code
    assert 'datetime.fromisoformat("2026-07-11T16:00:00Z")' in code
    assert "aggregates" not in code


def test_python_asks_for_the_chart_where_there_is_more() -> None:
    code = python_of(scene_of(line_of("EWR/temperature", forecast=True)))
    compile(code, "shared", "exec")
    assert "twin.glance.chart(" in code


def test_curl_asks_what_the_page_asks() -> None:
    columns = {"mean": [1.0], "min": [0.0], "max": [2.0], "sum": [1.0], "last": [1.0]}
    said = curl_of(scene_of(line_of("EWR/temperature", columns=columns), bucket="1h"))
    assert "--data-urlencode 'line=EWR/temperature'" in said
    assert "--data-urlencode 'bucket=1h'" in said
    assert "--data-urlencode 'aggregates=mean'" in said
    assert "/v1/chart" in said
