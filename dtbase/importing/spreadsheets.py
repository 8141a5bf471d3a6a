"""Spreadsheets as CSV: what their cells show last, never what their formulas would compute."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import IO, Any

from dtbase.errors import Invalid, TooLarge

MOST_BYTES = 160 << 20
"""So much may the parts of a spreadsheet unpack to: they are read whole."""

MOST_CELLS = 20_000_000
STEP = 1 << 20
ROWS = 1_000


def as_csv(file: IO[bytes], limit: int, sheet: str | None = None) -> io.RawIOBase:
    """Return a sheet as CSV, its rows by the numbers that the spreadsheet gives them."""
    content = file.read()
    refuse_bomb(content, min(limit, MOST_BYTES))
    return Pieces(lines(open_sheet(content, sheet)))


def refuse_bomb(content: bytes, limit: int) -> None:
    """Unpack every part once and throw it away, before anything reads them whole."""
    if not content.startswith(b"PK"):
        if len(content) > limit:
            raise TooLarge(f"a spreadsheet may have at most {limit:,} bytes")
        return
    total = 0
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for part in archive.infolist():
            with archive.open(part) as stream:
                while chunk := stream.read(STEP):
                    total += len(chunk)
                    if total > limit:
                        raise TooLarge(
                            f"the spreadsheet unpacks to more than {limit:,} bytes: "
                            "save the sheet as CSV"
                        )


def open_sheet(content: bytes, sheet: str | None) -> Any:
    """Open a sheet, the first unless one is named."""
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = book.sheet_names
        if sheet is not None and sheet not in names:
            raise Invalid(f"there is no sheet {sheet!r}, but {', '.join(names)}", field="sheet")
        found = book.get_sheet_by_name(sheet or names[0])
    except (calamine.CalamineError, IndexError) as error:
        raise Invalid(f"it cannot be read: the spreadsheet is damaged: {error}") from error
    if found.total_height * found.total_width > MOST_CELLS:
        raise TooLarge(f"a sheet may have at most {MOST_CELLS:,} cells: save it as CSV")
    return found


def lines(sheet: Any) -> Iterator[bytes]:
    """Write the rows of a sheet, some at a time."""
    width = sheet.total_width
    start = sheet.start
    above, left = start or (0, 0)
    yield b"\n" * above
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [""] * left + [shown(cell) for cell in row]
        cells += [""] * (width - len(cells))
        writer.writerow(cells)
        if number % ROWS == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def shown(cell: object) -> str:
    """Write a cell as a log would: numbers with a point, times in ISO 8601."""
    match cell:
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < 1e15:  # noqa: PLR2004 - exact
            return str(int(cell))
        case datetime():
            return cell.isoformat(sep=" ")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
    return "" if cell is None else str(cell)


class Pieces(io.RawIOBase):
    """A stream of pieces that are made as they are read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._held = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._held:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._held = piece
        given, self._held = self._held[: len(buffer)], self._held[len(buffer) :]
        buffer[: len(given)] = given
        return len(given)
