"""A dry run: whole files held against the rules that the API goes by, and nothing stored."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from dtbase.client import Client
from dtbase.domain.readings.batches import (
    Earliest,
    Findings,
    Segment,
    check_times,
    check_values,
    row_of,
)
from dtbase.domain.registry.measures import Datatype
from dtbase.errors import Invalid, TooLarge, Violation
from dtbase.formats import bodies
from dtbase.formats.file_layouts import Layout
from dtbase.formats.files import Body, pieces

Datatypes = dict[tuple[str, str], Datatype]
UNKNOWN = "no such sensor with such a measure is registered; its other rows are counted, not listed"
FEWER_ROWS = "say fewer --rows"


@dataclass
class Report:
    """What a dry run finds in a file: how many rows could be read, and why no more."""

    found: Earliest = field(default_factory=Earliest)
    readings: int = 0
    rows: int = 0
    stopped: str = ""

    @property
    def is_clean(self) -> bool:
        """Tell whether an import would store all of the file."""
        return not (self.found.count or self.stopped)


def datatypes(client: Client) -> Datatypes:
    return {(one.sensor, one.measure): one.datatype for one in client.series.list()}


def check_file(
    path: Path, layout: Layout, rows: int, known: Datatypes, advance: Callable[[int], None]
) -> Report:
    """Check a file to its end, or to where it can be read no further."""
    report = Report()
    try:
        for piece in pieces(path, layout, 0, rows, report.found):
            for body in piece.bodies:
                report.readings += check(body, known, report.found)
            report.rows = piece.end
            advance(piece.position)
    except TooLarge as error:
        report.stopped = f"{error.detail}: {FEWER_ROWS}"
    except Invalid as error:
        report.stopped = error.detail
    return report


def check(body: Body, known: Datatypes, found: Findings) -> int:
    """Note the rules that a body breaks by the file's rows, and count its readings."""
    batch = bodies.decode(body.content, body.content_type)
    unread = [one | {"row": body.row_of(one["row"])} for one in batch.findings.shown]
    # a wide file's columns stand one below the other here
    found.add_many(batch.findings.count, iter(sorted(unread, key=row_of)))
    for segment in batch.segments:
        check_segment(replace(segment, rows=body.rows_of(segment.rows)), known, found)
    return len(batch)


def check_segment(segment: Segment, known: Datatypes, found: Findings) -> None:
    """Note the rules that readings of one series break."""
    datatype = known.get((segment.sensor, segment.measure))
    if datatype is None:
        note_unknown(segment, found)
        return
    check_times(segment, found)
    check_values(segment, datatype, found)


def note_unknown(segment: Segment, found: Findings) -> None:
    """Note the readings of a series that does not exist, and show the first of them only."""
    first = Violation(field="series", series=segment.name, row=int(segment.rows[0]), rule=UNKNOWN)
    known = any(one["rule"] == UNKNOWN and one["series"] == segment.name for one in found.shown)
    found.add_many(len(segment), iter(() if known else (first,)))
