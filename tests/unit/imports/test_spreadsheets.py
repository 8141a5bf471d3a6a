"""Spreadsheets are read by what their cells show, and bombs among them are refused."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from dtbase.errors import Invalid, TooLarge
from dtbase.importing import spreadsheets
from dtbase.importing.choosing import choose
from dtbase.importing.sources import Source
from tests.reading_files import read

TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType='
    '"application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs>'
    "</styleSheet>"
)
Cell = str | float | None


def cell(value: Cell) -> str:
    """Write a cell: a text, a number, a day as a number, a formula with its result."""
    if value is None:
        return "<c/>"
    if isinstance(value, str) and value.startswith("day:"):
        return f'<c s="1"><v>{value.removeprefix("day:")}</v></c>'
    if isinstance(value, str) and value.startswith("="):
        formula, _, result = value[1:].partition("->")
        return f"<c><f>{escape(formula)}</f><v>{result}</v></c>"
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f"<c><v>{value}</v></c>"


def book(rows: Sequence[Sequence[Cell]], filler: bytes = b"") -> bytes:
    """Write a spreadsheet with one sheet."""
    body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'
    workbook = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Log" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    links = (
        f'<Relationships xmlns="{RELATIONS}">'
        f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>'
    )
    top = (
        f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", top)
        archive.writestr("xl/workbook.xml", workbook)
        archive.writestr("xl/_rels/workbook.xml.rels", links)
        archive.writestr("xl/styles.xml", STYLES)
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
        if filler:
            archive.writestr("xl/media/filler.bin", filler)
    return buffer.getvalue()


LOG: Sequence[Sequence[Cell]] = (
    ("Boiler room", None, None),
    ("When", "Flow [°C]", "Total"),
    ("day:44651.53829861111", 55.5, "=B3*2->111"),
    ("day:44651.53899305556", "n/a", "=B4*2->112"),
)


def test_a_report_with_merged_names_and_a_row_of_means_is_read_below_them(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [
        [None] * 4, [None, "Report of hall 3"], [], [None, None, "Room 1", None, "Room 2"],
        [None, "Date", "T °C", "RH %", "T °C"], [None, "28.03.2026 10:00", 21.5, 40, 19.5],
        [None, "28.03.2026 10:15", 21.6, 41, 19.6], [None, "Average", 21.55, 40.5, 19.55],
    ]  # fmt: skip
    path = tmp_path / "hall.xlsx"
    path.write_bytes(book(rows))
    chosen = choose(Source.of(path), {"time": {"timezone": "UTC"}})
    assert [(plan.series, plan.unit) for plan in chosen.profile.columns.values()] == [
        ("hall/Room_1_T", "degC"), ("hall/Room_1_RH", "percent"), ("hall/Room_2_T", "degC")
    ]  # fmt: skip
    assert read(path, chosen.profile.model_dump()).tally.trailers == 1


def test_a_sheet_is_read_by_what_its_cells_show(tmp_path: Path) -> None:
    path = tmp_path / "boiler.xlsx"
    path.write_bytes(book(LOG))
    chosen = choose(Source.of(path), {"time": {"timezone": "UTC"}})
    was = read(path, chosen.profile.model_dump())
    assert sorted(was.readings) == [
        ("boiler/Flow", "2022-03-31T12:55:09Z", 55.5),
        ("boiler/Total", "2022-03-31T12:55:09Z", 111.0),
        ("boiler/Total", "2022-03-31T12:56:09Z", 112.0),
    ]
    assert sorted(set(was.rows)) == [3, 4]


def test_a_sheet_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    path = tmp_path / "boiler.xlsx"
    path.write_bytes(book(LOG))
    with pytest.raises(Invalid, match="there is no sheet 'Other', but Log"):
        choose(Source.of(path), {"sheet": "Other"})


def test_a_spreadsheet_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheets, "MOST_BYTES", 1 << 20)
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(book(LOG, bytes(8 << 20)))
    assert path.stat().st_size < 100_000
    with pytest.raises(TooLarge, match="unpacks to more than"):
        choose(Source.of(path), {})


def test_a_damaged_spreadsheet_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "cut.xlsx"
    whole = book(LOG)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Invalid, match="damaged"):
        choose(Source.of(path), {})
