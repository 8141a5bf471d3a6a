"""A workbook with one sheet, as Excel and its like open it: times as times, numbers as numbers."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from dtbase.domain.registry.series import Value

Cell = Value | datetime | None

TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - Excel knows no zones
DAY_SECONDS = 86_400
FORBIDDEN = dict.fromkeys(code for code in range(32) if chr(code) not in "\t\n\r")

PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{TYPES}">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships'
    '+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{SHEET_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{SHEET_TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{LINKS}"><Relationship Id="rId1"'
    f' Type="{DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><sheets>'
    '<sheet name="Explore" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{LINKS}"><Relationship Id="rId1"'
    f' Type="{DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2"'
    f' Type="{DOCUMENT}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164"'
    ' formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts><fonts count="2"><font/><font><b/></font>'
    '</fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf/>'
    '<xf numFmtId="164" applyNumberFormat="1"/><xf fontId="1" applyFont="1"/></cellXfs>'
    "</styleSheet>",
}
PLAIN, TIME, BOLD = 0, 1, 2


def workbook(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """Write rows under a head that stays in view."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as file:
        for name, part in PARTS.items():
            file.writestr(name, XML + part)
        file.writestr("xl/worksheets/sheet1.xml", XML + "".join(_sheet(head, rows)))
    return out.getvalue()


def _sheet(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
    yield f'<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
    yield '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    yield '</sheetView></sheetViews><cols><col min="1" max="1" width="18" customWidth="1"/></cols>'
    yield "<sheetData><row>" + "".join(_text(each, BOLD) for each in head) + "</row>"
    for row in rows:
        yield "<row>" + "".join(map(_cell, row)) + "</row>"
    yield "</sheetData></worksheet>"


def _cell(value: Cell) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, datetime):
        days = (value.replace(tzinfo=None) - EPOCH).total_seconds() / DAY_SECONDS
        return f'<c s="{TIME}"><v>{days!r}</v></c>'
    if isinstance(value, str):
        return _text(value, PLAIN)
    return f"<c><v>{value!r}</v></c>"


def _text(text: str, style: int) -> str:
    """Write a text as it is; being no formula, it computes nothing."""
    said = escape(text.translate(FORBIDDEN))
    return f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{said}</t></is></c>'
