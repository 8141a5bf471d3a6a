"""Lead times in blocks: forecasts are combined, and scored, per block."""

from itertools import pairwise

import numpy as np

from dtbase.domain.frozen import Frozen

EDGES = (0, 1, 6, 24, 48, 168, 336)
FEWEST_STEPS = 3
HOUR = 3600.0


class Block(Frozen):
    """The lead times over `after` hours and up to `until` hours, at places [first, last)."""

    after: float
    until: float
    first: int
    last: int

    @property
    def places(self) -> slice:
        """Return where the block's leads stand in a path."""
        return slice(self.first, self.last)


def blocks(step: float, count: int) -> tuple[Block, ...]:
    """Divide the leads step, 2·step … count·step (seconds) at 1, 6, 24, 48, 168 and 336 hours.

    A block of fewer than three leads joins the next one, so that its weights rest on something.
    """
    ends = [min(count, int(np.floor(edge * HOUR / step + 1e-9))) for edge in EDGES[1:]]
    kept = [0]
    for end in [*ends, count]:
        if end - kept[-1] >= FEWEST_STEPS:
            kept.append(end)
    if kept[-1] < count:
        kept = [*kept[:-1], count] if len(kept) > 1 else [0, count]
    return tuple(block(step, first, last) for first, last in pairwise(kept))


def block(step: float, first: int, last: int) -> Block:
    """Return the block of the leads at places [first, last)."""
    hours = (first * step / HOUR, last * step / HOUR)
    return Block(after=hours[0], until=hours[1], first=first, last=last)
