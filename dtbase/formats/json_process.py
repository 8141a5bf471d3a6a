"""`python -m dtbase.formats.json_process`: decodes readings in JSON for another process.

JSON is read in one call that lets no thread beside it run. Bodies and answers are told with their
lengths before them; it ends when its input does, and by itself when nothing has come for a while.
"""

import gc
import os
import pickle
import select
import struct

from dtbase.domain.readings.batches import Batch
from dtbase.errors import DTBaseError
from dtbase.formats import json_batches

INPUT, OUTPUT = 0, 1
LENGTH = struct.Struct("<Q")
IDLE = 20.0
"""Seconds after which nothing more is waited for: what was read took much memory."""

GENTLE = 5
"""How much other processes go first."""


def main() -> None:
    """Decode what comes on standard input, one after another."""
    os.nice(GENTLE)
    gc.disable()  # what is read holds no circles, and to look for them would take half of the time
    while select.select([INPUT], [], [], IDLE)[0]:
        body = take(INPUT)
        if body is None:
            return
        tell(OUTPUT, pickle.dumps(outcome(body), pickle.HIGHEST_PROTOCOL))


def outcome(body: bytearray) -> Batch | DTBaseError:
    """Return what a body brings, or why it is refused."""
    try:
        return json_batches.decode(body)
    except DTBaseError as refusal:
        return refusal


def take(source: int) -> bytearray | None:
    """Read one message from a file; None at the end, also amid one."""
    head = exactly(source, LENGTH.size)
    return None if head is None else exactly(source, *LENGTH.unpack(head))


def exactly(source: int, length: int) -> bytearray | None:
    """Read so many bytes, or None where the end comes before."""
    read = bytearray(length)
    left = memoryview(read)
    while left:
        count = os.readv(source, [left])
        if not count:
            return None
        left = left[count:]
    return read


def tell(target: int, message: bytes) -> None:
    """Write one message into a file."""
    for part in (LENGTH.pack(len(message)), message):
        left = memoryview(part)
        while left:
            left = left[os.write(target, left) :]


if __name__ == "__main__":
    main()
