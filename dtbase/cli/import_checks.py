"""Checking a file without storing anything, by the rules that the API goes by."""

from dtbase.client import Client
from dtbase.domain.batches import Batch, check_times, check_values
from dtbase.domain.measures import Datatype
from dtbase.domain.readings import IngestCounts
from dtbase.errors import Violation
from dtbase.formats import bodies
from dtbase.formats.files import Body

Datatypes = dict[tuple[str, str], Datatype]


def datatypes(client: Client) -> Datatypes:
    """Return the datatype of every series."""
    return {(one.sensor, one.measure): one.datatype for one in client.series.list()}


def check(body: Body, known: Datatypes) -> IngestCounts:
    """Count the readings of a body, or refuse it naming the rules it breaks."""
    batch = bodies.decode(body.content, body.content_type)
    for segment in batch.segments:
        datatype = known.get((segment.sensor, segment.measure))
        if datatype is None:
            note_unknown(batch, segment.name, int(segment.rows[0]))
        else:
            check_times(segment, batch.findings)
            check_values(segment, datatype, batch.findings)
    batch.findings.refuse()
    return IngestCounts(received=len(batch), inserted=0, replaced=0, unchanged=0, kept=0)


def note_unknown(batch: Batch, name: str, row: int) -> None:
    """Note a series that does not exist."""
    rule = "no such sensor with such a measure is registered"
    batch.findings.add(Violation(field="series", series=name, row=row, rule=rule))
