"""Corrections of readings: previewed, made, listed, undone."""

from collections.abc import Sequence
from math import inf

from dtbase.client.options import listing
from dtbase.client.transport import Transport
from dtbase.domain.readings.corrections import (
    CorrectedReading,
    Correction,
    NewCorrection,
    Preview,
)


class Corrections:
    """What people change about readings that are stored, why, and its undoing."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        series: str | None = None,
        sensor: str | None = None,
        measure: str | None = None,
        limit: int | None = None,
    ) -> Sequence[Correction]:
        """Return what was corrected, newest first; with a limit, at most so many."""
        asked = listing(series=series, sensor=sensor, measure=measure)
        most = inf if limit is None else limit
        return self._transport.list_of("/v1/corrections", Correction, asked, most)

    def get(self, id_: int) -> Correction:
        """Return one correction, or raise NotFound."""
        return self._transport.get(f"/v1/corrections/{id_}", Correction)

    def readings(
        self, correction: Correction | int, limit: int | None = None
    ) -> Sequence[CorrectedReading]:
        """Return what a correction has changed: before, after, and as first sent."""
        id_ = correction if isinstance(correction, int) else correction.id
        path, most = f"/v1/corrections/{id_}/readings", inf if limit is None else limit
        return self._transport.list_of(path, CorrectedReading, listing(), most)

    def preview(self, new: NewCorrection) -> Preview:
        """Tell how many readings and which hours a correction would change."""
        return self._transport.post("/v1/corrections/preview", Preview, written(new))

    def make(self, new: NewCorrection) -> Correction:
        """Correct readings."""
        return self._transport.post("/v1/corrections", Correction, written(new))

    def undo(self, correction: Correction | int) -> Correction:
        """Put readings back as they were, unless they have changed since."""
        id_ = correction if isinstance(correction, int) else correction.id
        return self._transport.post(f"/v1/corrections/{id_}/undo", Correction, {})


def written(new: NewCorrection) -> object:
    """Write a correction as the API takes it."""
    return new.model_dump(mode="json", exclude_none=True)
