"""What a small request brings, to be stored together with what others bring."""

from typing import NamedTuple

from api.callers import Admission, Principal
from dtbase.domain.readings.batches import Batch
from dtbase.domain.registry.stamps import NOTHING_SAID, Said
from dtbase.formats import bodies, json_batches
from dtbase.formats.json_batches import Reading


class AloneError(Exception):
    """A request cannot be stored with the others; it has to try by itself."""


class Push(NamedTuple):
    """Readings that somebody sent, and who that is."""

    admission: Admission
    body: bytes
    content_type: str
    encoding: str
    limit: int
    said: Said = NOTHING_SAID

    def read(self, asking: Principal) -> Batch:
        """Decode the readings of whoever may push them, or refuse."""
        batch = self.decode()
        asking.check_push(batch.sensors)
        return batch

    def decode(self) -> Batch:
        """Decode the readings, or refuse them."""
        return bodies.decode(self.unpacked(), self.content_type).supplemented(self.said)

    def unpacked(self) -> bytes:
        """Undo the body's content encoding."""
        return bodies.unpack(self.body, self.encoding, self.limit)

    def numbers(self) -> list[Reading] | None:
        """Decode a few numbers of which nothing else is said; None where it is anything else."""
        plain = bodies.kind_of(self.content_type) == bodies.JSON and bodies.is_plain(self.encoding)
        return json_batches.numbers(self.body) if plain and self.said == NOTHING_SAID else None
