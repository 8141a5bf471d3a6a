"""Blocks of so many readings, cut where no hour that comes twice is cut."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from dtbase.domain.imports.profiles import Profile
from dtbase.domain.readings.findings import Findings
from dtbase.importing import zones
from dtbase.importing.clock import DAY
from dtbase.importing.sources import Source
from dtbase.importing.tables import Block, blocks
from dtbase.importing.tally import Tally
from dtbase.importing.times import read_columns

MOST_WAITING = 1_000_000
"""So many rows may wait for the end of the hour that comes twice."""


def sized(
    source: Source, profile: Profile, found: Findings, tally: Tally, size: int
) -> Iterator[Block]:
    """Read a file in blocks of so many readings; rows of an hour that comes twice stay together."""
    rows = max(size // len(profile.columns), 1)
    waiting: Block | None = None
    for block in blocks(source, profile, found, tally):
        whole = block if waiting is None else joined(waiting, block)
        start = 0
        while len(whole.rows) - start > rows:
            cut = start + cut_at(part_of(whole, start, start + rows), profile)
            if cut == start:  # the hour is longer than a piece
                further = next_cut(whole, start, rows, profile)
                if further is None:
                    break
                cut = further
            yield part_of(whole, start, cut)
            start = cut
        waiting = part_of(whole, start, len(whole.rows))
        if len(waiting.rows) > MOST_WAITING:
            yield waiting
            waiting = None
    if waiting is not None and len(waiting.rows):
        yield waiting


def next_cut(block: Block, start: int, rows: int, profile: Profile) -> int | None:
    """Return where a block can be cut next, if it can."""
    stop = start + 2 * rows
    while stop < len(block.rows):
        cut = cut_at(part_of(block, start, stop), profile)
        if cut:
            return start + cut
        stop += rows
    return None


def joined(waiting: Block, block: Block) -> Block:
    """Put a block below what has waited."""
    table = pa.concat_tables([waiting.table, block.table])
    return Block(table, np.concatenate([waiting.rows, block.rows]), block.position)


def part_of(block: Block, start: int, stop: int) -> Block:
    """Return some rows of a block."""
    table = block.table.slice(start, stop - start)
    return Block(table, block.rows[start:stop], block.position)


def cut_at(block: Block, profile: Profile) -> int:
    """Return before which row a block may be cut: its end, unless that is in such an hour."""
    count, time = len(block.rows), profile.time
    if time.timezone is None or time.ambiguous != "order" or not count:
        return count
    last = part_of(block, count - 1, count)
    _, end = read_columns(last, time)
    if end.placed[0] or not end.valid[0] or not zones.both(end.micros, time.timezone).twice[0]:
        return count
    _, read = read_columns(block, time)
    near = read.valid & ~read.placed & (np.abs(read.micros - end.micros[0]) < DAY // 6)
    return int(np.flatnonzero(near)[0])
