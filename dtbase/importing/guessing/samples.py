"""The first and the last lines of a file, in its encoding."""

import codecs
import re
from dataclasses import dataclass

import charset_normalizer

from dtbase.domain.imports.profiles import Profile
from dtbase.errors import Invalid
from dtbase.importing.sources import Source, is_wide, open_text

HEAD, TAIL = 1 << 18, 1 << 16
MOST_LINES = 600
LAST_LINES = 30
DEGREES = ("°C", "°F", "℃", "℉")
MOST_BROKEN = 10
OPEN = re.compile(r'(?:^|[,;\t|])\s*"(?:[^"]|"")*$')
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WESTERN = set("°µ²³½¼±·äöüÄÖÜßéèêëàâçñóíúáôûùïîæøåÆØÅ£§«»º€\u2013\u2014\u2018\u2019\u201c\u201d…")
RAW = Profile.model_validate({"encoding": "latin-1", "columns": {"#1": "x/x"}})


@dataclass(frozen=True)
class Sample:
    """Some lines of a file: the first ones, and the last of those that were looked at."""

    encoding: str
    lines: list[str]
    last: list[str]
    sure: bool
    whole: bool


def take(source: Source, sheet: str | None = None, encoding: str | None = None) -> Sample:
    """Read the beginning and the end of a file that holds texts."""
    if source.kind == "excel":
        encoding = "utf-8"
    raw = RAW.model_copy(update={"sheet": sheet})
    try:
        with open_text(source, raw, nuls=True) as stream:
            # the stream is decoded as Latin-1, so that each byte comes through as one sign
            head = stream.text.read(HEAD * 2)
    except OSError as error:
        raise Invalid(f"it cannot be read: {error}") from error
    bytes_ = head if source.kind == "excel" else head.decode().encode("latin-1", "replace")
    bytes_ = bytes_[:HEAD]
    tail = tail_of(source) if source.kind == "text" and source.size > HEAD else b""
    found, sure = (encoding, True) if encoding else encoding_of(bytes_, tail)
    text = cut(decoded(bytes_, found), len(bytes_) == HEAD)
    lines = records(lines_of(text))
    last = lines_of(decoded(tail, found))[1:] if tail and not is_wide(found) else lines
    short = len(lines) <= MOST_LINES and len(bytes_) < HEAD
    return Sample(found, lines[:MOST_LINES], last[-LAST_LINES:], sure, short)


def records(lines: list[str]) -> list[str]:
    """Put lines together whose cells are broken within quotation marks."""
    found: list[str] = []
    place = 0
    while place < len(lines):
        record, taken = lines[place], 1
        while OPEN.search(record) and record.count('"') % 2 and taken < MOST_BROKEN:
            if place + taken == len(lines):
                break
            record, taken = f"{record}\n{lines[place + taken]}", taken + 1
        whole = record.count('"') % 2 == 0
        found += [record] if whole else lines[place : place + taken]
        place += taken
    return found


def tail_of(source: Source) -> bytes:
    """Read the end of a plain file."""
    with source.open() as file:
        file.seek(-TAIL, 2)
        return file.read()


def lines_of(text: str) -> list[str]:
    """Part a text where lines end, and nowhere else."""
    lines = re.split(r"\r\n|\n|\r", text)
    return lines if lines[-1] else lines[:-1]


def decoded(content: bytes, encoding: str) -> str:
    content = content if is_wide(encoding) else content.replace(b"\0", b"")
    return content.decode(encoding, "replace").removeprefix("\ufeff")


def cut(text: str, more: bool) -> str:
    """Leave out the last line where it is cut."""
    return text[: text.rfind("\n") + 1] if more and "\n" in text else text


def encoding_of(head: bytes, tail: bytes) -> tuple[str, bool]:
    """Return the encoding of a file, and whether that is sure."""
    for bom, name in BOMS:
        if head.startswith(bom):
            return name, True
    if (wide := wide_encoding(head)) is not None:
        return wide, True
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
        codecs.getincrementaldecoder("utf-8")("ignore").decode(tail)
        if tail.decode("utf-8", "replace").strip("\ufffd").count("\ufffd") == 0:
            return "utf-8", True
    except UnicodeDecodeError:
        pass
    return single_bytes(head + tail)


def by_degrees(content: bytes) -> str | None:
    """Return the encoding in which degrees stand in a text, as they do in most logs."""
    for encoding in ("gb18030", "cp932", "cp850", "mac_roman"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if any(unit in text for unit in DEGREES):
            return encoding
    return None


def wide_encoding(head: bytes) -> str | None:
    """Tell UTF-16 without its mark by the NULs between letters."""
    even, odd = head[0:4000:2].count(0), head[1:4000:2].count(0)
    half = max(len(head[:4000]) // 2, 1)
    if min(even, odd) > half * 0.1:
        return None  # what a power cut leaves
    if odd > half * 0.6:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.6 else None


def single_bytes(content: bytes) -> tuple[str, bool]:
    """Tell encodings of one byte a letter: that of Western Windows where its signs are usual."""
    western = content.decode("cp1252", "replace")
    signs = {sign for sign in western if not sign.isascii()}
    degrees = None if any(unit in western for unit in DEGREES) else by_degrees(content)
    if degrees is not None:
        return degrees, False
    if signs <= WESTERN:
        return "cp1252", True
    best = charset_normalizer.from_bytes(content).best()
    return (best.encoding if best is not None else "cp1252"), False
