"""Prometheus learns what the API does, and strangers learn nothing."""

from datetime import UTC, datetime

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.orm import Session

from tests.factories import add_sensor

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def scrape(api: TestClient) -> Samples:
    """Return every sample by name and labels."""
    answer = api.get("/v1/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def since(before: Samples, now: Samples) -> Samples:
    """Return by how much each sample has grown: the counters are the process's, not a test's."""
    return {key: value - before.get(key, 0.0) for key, value in now.items()}


def test_readings_are_counted_by_what_became_of_them(api: TestClient, session: Session) -> None:
    add_sensor(session, "one")
    before = scrape(api)
    time = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
    for value in (1, 1, 2):
        part = {"sensor": "one", "measure": "temperature", "times": [time], "values": [value]}
        assert api.post("/v1/readings", json={"series": [part]}).status_code == 200
    found = scrape(api)
    for outcome in ("inserted", "unchanged", "replaced"):
        assert since(before, found)["dtbase_readings_total", (("outcome", outcome),)] == 1
    assert found["dtbase_aggregates_pending", ()] >= 1
    assert found["dtbase_aggregates_oldest_seconds", ()] >= 0


def test_requests_are_timed_by_route_and_not_by_path(api: TestClient) -> None:
    before = scrape(api)
    api.get("/v1/sensors/nobody")
    api.get("/v1/sensors/nothing")
    api.get("/made/up")
    found = since(before, scrape(api))

    def counted(route: str) -> float:
        labels = (("method", "GET"), ("route", route), ("status", "404"))
        return found["dtbase_request_seconds_count", labels]

    assert counted("/sensors/{identifier}") == 2
    assert counted("elsewhere") == 1


def test_strangers_get_no_metrics(web: TestClient) -> None:
    assert web.get("/v1/metrics").status_code == 401
