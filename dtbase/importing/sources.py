"""What stands in a file, as a stream of UTF-8: unpacked, decoded, spreadsheets as CSV."""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import pyarrow as pa

from dtbase.domain.imports.profiles import Profile
from dtbase.errors import Invalid, TooLarge
from dtbase.importing import spreadsheets

BLOCK = 1 << 20
"""Bytes that are decoded at once."""

ROWS = 1_000
MOST_RATIO = 400
"""So many times its size may a packed file unpack to, beyond what is small."""

SMALL = 64 << 20
UNBOUNDED = 1 << 62
BLANKS = re.compile(rb"[ \t]+")
EDGES = re.compile(rb"(?m)^[ \t]+|[ \t]+(?=\r?$)")

Kind = Literal["text", "parquet", "excel", "zip", "gzip", "zstd", "bz2"]
MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"PAR1", "parquet"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bz2"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "excel"),
)
BOOKS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")


@dataclass(frozen=True)
class Source:
    """Bytes that can be read from their beginning as often as one likes."""

    name: str
    open: Callable[[], IO[bytes]]
    size: int
    limit: int = UNBOUNDED
    """What it may unpack to."""

    @classmethod
    def of(cls, path: Path, *, whole_lines: bool = False) -> "Source":
        """Take a file; of one that is being written, only the lines that are whole."""
        size = path.stat().st_size
        if not whole_lines:
            return cls(path.name, lambda: path.open("rb"), size)
        end = last_end(path, size)
        return cls(path.name, lambda: Cut(path, end), end)

    @classmethod
    def of_bytes(cls, name: str, content: bytes, limit: int) -> "Source":
        """Take what lies in memory, and may unpack to no more than a limit."""
        return cls(name, lambda: io.BytesIO(content), len(content), limit)

    @property
    def kind(self) -> Kind:
        """Tell what it is by its first bytes, whatever its name."""
        with self.open() as file:
            head = file.read(8)
            if head.startswith(b"PK\x03\x04"):
                file.seek(0)
                return "excel" if is_book(file) else "zip"
        return next((kind for magic, kind in MAGIC if head.startswith(magic)), "text")


class Cut(io.FileIO):
    """The beginning of a file, whatever is written to it meanwhile."""

    def __init__(self, path: Path, end: int) -> None:
        """Read up to an end."""
        super().__init__(path)
        self._end = end

    def read(self, size: int | None = -1) -> bytes:
        left = max(self._end - self.tell(), 0)
        return super().read(left if size is None or size < 0 else min(size, left)) or b""


def last_end(path: Path, size: int) -> int:
    """Return where the last whole line of a file ends."""
    with path.open("rb") as file:
        sign = b"\r" if of_old_mac(file.read(min(size, BLOCK))) else b"\n"
        place = size
        while place > 0:
            start = max(place - BLOCK, 0)
            file.seek(start)
            found = file.read(place - start).rfind(sign)
            if found >= 0:
                return start + found + 1
            place = start
    return 0


def is_book(file: IO[bytes]) -> bool:
    """Tell a spreadsheet from other zips."""
    with damaged("zip"), zipfile.ZipFile(file) as archive:
        return any(name in BOOKS for name in archive.namelist())
    return False


@contextmanager
def damaged(what: str) -> Iterator[None]:
    """Say in a sentence that something cannot be unpacked."""
    try:
        yield
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise Invalid(f"it cannot be read: the {what} is damaged or locked: {error}") from error


class Guarded(io.RawIOBase):
    """A stream that tells how far its file is read, and refuses to grow without end."""

    def __init__(self, inner: Any, file: IO[bytes], most: int, *, nuls: bool = True) -> None:
        """Read from a stream that stands on a file; its NULs may mean something or nothing."""
        self._inner, self._file, self._most, self._nuls = inner, file, most, nuls
        self._total = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._inner.read(len(buffer))
        self._total += len(chunk)
        if self._total > self._most:
            raise TooLarge(f"it unpacks to more than {self._most:,} bytes, which is no table")
        if not self._nuls and b"\0" in chunk:  # what a power cut leaves
            chunk = chunk.replace(b"\0", b"") or b"\n"
        buffer[: len(chunk)] = chunk
        return len(chunk)

    @property
    def position(self) -> int:
        """Return how many bytes of the file are read."""
        return self._file.tell()


class Recoded(io.RawIOBase):
    """A stream of another encoding, or of old Macs, or parted by blanks, as UTF-8 and tabs."""

    def __init__(self, inner: IO[bytes], encoding: str, spaces: bool, macs: bool) -> None:
        self._inner, self._spaces, self._macs = inner, spaces, macs
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._held, self._partial, self._ended = b"", b"", False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._held and not self._ended:
            chunk = self._inner.read(BLOCK)
            self._ended = not chunk
            self._held = self._parted(self._decoder.decode(chunk, final=self._ended).encode())
        given, self._held = self._held[: len(buffer)], self._held[len(buffer) :]
        buffer[: len(given)] = given
        return len(given)

    def _parted(self, text: bytes) -> bytes:
        """Part whole lines by tabs, where blanks part them."""
        if self._macs:
            text = text.replace(b"\r", b"\n")
        if not self._spaces:
            return text
        text = self._partial + text
        cut = len(text) if self._ended else text.rfind(b"\n") + 1
        self._partial = text[cut:]
        return BLANKS.sub(b"\t", EDGES.sub(b"", text[:cut]))


@dataclass
class Stream:
    """A stream of UTF-8, and how far the file below it is read."""

    text: io.BufferedReader
    guard: Guarded


@contextmanager
def open_text(source: Source, profile: Profile, *, nuls: bool = False) -> Iterator[Stream]:
    """Open what a file holds as UTF-8; what cannot be read is refused in a sentence.

    NULs are left out, unless they are asked for or belong to the encoding.
    """
    with source.open() as file, damaged("file"):
        kind = source.kind
        inner = unpacked(file, source, kind, profile)
        packed = kind in {"gzip", "zstd", "bz2", "zip"}
        most = max(SMALL, source.size * MOST_RATIO) if packed else UNBOUNDED
        encoding = "utf-8" if kind == "excel" else profile.encoding
        guard = Guarded(inner, file, min(most, source.limit), nuls=nuls or is_wide(encoding))
        text: Any = io.BufferedReader(guard, BLOCK)
        spaces, macs = profile.delimiter == "spaces", of_old_mac(text.peek(BLOCK))
        if spaces or macs or encoding not in {"utf-8", "utf-8-sig", "ascii"}:
            text = io.BufferedReader(Recoded(text, encoding, spaces, macs), BLOCK)
        if profile.headers == "changing":
            text = io.BufferedReader(spreadsheets.Pieces(rearranged(text, profile)), BLOCK)
        yield Stream(text, guard)


def rearranged(stream: IO[bytes], profile: Profile) -> Iterator[bytes]:
    """Write rows under one header, whichever columns the headers in between name."""
    wanted, times = profile.wanted, set(profile.time.columns)
    delimiter = "\t" if profile.delimiter == "spaces" else profile.delimiter
    texts = io.TextIOWrapper(stream, "utf-8", errors="replace", newline="")
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    places: list[int] = []
    width = 0
    for number, cells in enumerate(csv.reader(texts, delimiter=delimiter), start=1):
        row = [cell.strip() for cell in cells]
        if times <= set(row):
            places = [row.index(name) if name in row else len(row) for name in wanted]
            width = len(row)
            writer.writerow(wanted)
        elif not row or (profile.comments and row[0].startswith(profile.comments)):
            buffer.write(f"{profile.comments if row else ''}\n")
        elif len(row) == width:
            writer.writerow([(*row, "")[place] for place in places])
        else:  # of too many cells for any header, so that it is noted as a bad one
            writer.writerow([*row, *[""] * (len(wanted) + 1 - len(row))])
        if number % ROWS == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def is_wide(encoding: str) -> bool:
    """Tell whether signs of an encoding have NULs in them."""
    return encoding.replace("_", "-").startswith(("utf-16", "utf-32"))


def of_old_mac(head: bytes) -> bool:
    """Tell whether lines end as they did on a Mac before 2001."""
    return b"\r" in head and b"\n" not in head


def unpacked(file: IO[bytes], source: Source, kind: Kind, profile: Profile) -> Any:
    """Return the bytes that a file stands for."""
    if kind in {"gzip", "zstd", "bz2"}:
        return pa.CompressedInputStream(file, kind)
    if kind == "zip":
        return member(file, profile.sheet)
    if kind == "excel":
        return spreadsheets.as_csv(file, source.limit, profile.sheet)
    return file


def members(file: IO[bytes]) -> list[zipfile.ZipInfo]:
    """Return the files of a zip that may be tables."""
    with damaged("zip"):
        listed = zipfile.ZipFile(file).infolist()
    hidden = ("__MACOSX/", ".")
    return [each for each in listed if not each.is_dir() and not each.filename.startswith(hidden)]


def member(file: IO[bytes], wanted: str | None) -> IO[bytes]:
    """Open the one file of a zip that is wanted, piece by piece and never whole."""
    found = members(file)
    chosen = [each for each in found if wanted in {None, each.filename}]
    if len(chosen) != 1:
        names = ", ".join(each.filename for each in found[:10]) or "nothing"
        raise Invalid(f"the zip holds {names}: say which by --sheet NAME", field="sheet")
    return zipfile.ZipFile(file).open(chosen[0])
