"""Runs of models: asking for one, following it, reading what it predicts."""

import math
from urllib.parse import quote

from pydantic import JsonValue

from dtbase.client.transport import Found, Transport
from dtbase.domain.forecasts.outcomes import NewOutcome
from dtbase.domain.forecasts.runs import NewRun, Run, RunPredictions, RunStatus
from dtbase.domain.paging import MOST


class Runs:
    """Runs of models."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def start(
        self,
        model: str,
        sensor: str,
        measure: str,
        horizon: int = 48,
        parameters: dict[str, JsonValue] | None = None,
        *,
        scenario: str = "default",
    ) -> Run:
        """Queue a forecast of one series, so many steps of its cadence ahead."""
        new = NewRun(
            sensor=sensor,
            measure=measure,
            horizon=horizon,
            scenario=scenario,
            parameters=parameters or {},
        )
        path = f"/v1/models/{quote(model, safe='')}/runs"
        return self._transport.post(path, Run, new.model_dump(mode="json"))

    def add(self, outcome: NewOutcome) -> Run:
        """Store a run that happened elsewhere, with all that it predicts."""
        return self._transport.post("/v1/runs", Run, outcome.model_dump(mode="json"))

    def delete(self, run_id: int) -> None:
        """Delete a run that has ended, with its predictions."""
        self._transport.send("DELETE", f"/v1/runs/{run_id}")

    def get(self, run_id: int) -> Run:
        """Return one run, or raise NotFound."""
        return self._transport.get(f"/v1/runs/{run_id}", Run)

    def list(
        self,
        model: str | None = None,
        sensor: str | None = None,
        measure: str | None = None,
        status: RunStatus | None = None,
        limit: int | None = None,
    ) -> Found[Run]:
        """Return the runs that fit, newest first.

        With a limit, at most so many; `more` of the answer tells whether there are others.
        """
        wanted = {
            "model": model,
            "sensor": sensor,
            "measure": measure,
            "status": status,
            "limit": min(limit or MOST, MOST),
        }
        return self._transport.list_of("/v1/runs", Run, wanted, most=limit or math.inf)

    def predictions(self, run_id: int) -> RunPredictions:
        return self._transport.get(f"/v1/runs/{run_id}/predictions", RunPredictions)
