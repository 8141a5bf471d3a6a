"""Predictions of ended runs, kept by each process: they never change."""

from datetime import datetime
from threading import Lock

from dtbase.client import Client
from dtbase.domain.forecasts.runs import Run
from dtbase.domain.readings.readings import SeriesValues

KEPT_PREDICTIONS = 200


class PredictionShelf:
    """Predictions of ended runs, which never change; the oldest make room."""

    def __init__(self, size: int = KEPT_PREDICTIONS) -> None:
        self._size = size
        self._kept: dict[tuple[int, datetime | None], SeriesValues] = {}
        self._lock = Lock()

    def get(self, client: Client, run: Run) -> SeriesValues | None:
        """Return the predictions of the run's own series."""
        name = (run.id, run.ended_at)
        with self._lock:
            if name in self._kept:
                return self._kept[name]
        answer = client.runs.predictions(run.id)
        found = next((values for values in answer.series if values.key == run.target), None)
        if found is not None:
            self._keep(name, found)
        return found

    def _keep(self, name: tuple[int, datetime | None], values: SeriesValues) -> None:
        with self._lock:
            self._kept[name] = values
            while len(self._kept) > self._size:
                del self._kept[next(iter(self._kept))]


SHELF = PredictionShelf()
