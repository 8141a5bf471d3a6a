"""A meter that is declared, pushed to and asked through the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient

DAY = datetime(2026, 5, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def declare(api: TestClient, **measure: Any) -> None:
    """Register a meter whose only measure is of that kind."""
    kind = {"name": "kind", "measures": [{"name": "stand", **measure}]}
    assert api.post("/v1/sensor-types", json=kind).status_code == 201
    assert api.post("/v1/sensors", json={"identifier": "m", "type": "kind"}).status_code == 201


def push(api: TestClient, times: list[datetime], values: list[Any]) -> None:
    said = [time.isoformat() for time in times]
    body = {"series": [{"sensor": "m", "measure": "stand", "times": said, "values": values}]}
    answer = api.post("/v1/readings", json=body)
    assert answer.status_code == 200, answer.text


def ask(api: TestClient, start: datetime, end: datetime, **asked: Any) -> dict[str, Any]:
    """Return the one series of an answer; without gaps, so that places are times."""
    span = {"start": start.isoformat(), "end": end.isoformat(), "fill": "null"}
    answer = api.get("/v1/readings", params={"series": "m/stand", **span, **asked})
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["series"]
    return dict(found)


def told(api: TestClient, hours: int, bucket: str, name: str = "mean") -> list[float | None]:
    found = ask(api, DAY, DAY + hours * HOUR, bucket=bucket, aggregates=name)
    return [None if each is None else round(each, 6) for each in found["values"][name]]


def every(minutes: float, count: int, start: datetime = DAY) -> list[datetime]:
    return [start + timedelta(minutes=minutes * place) for place in range(count)]


def send(api: TestClient, values: list[Any], start: datetime = DAY, **said: Any) -> Any:
    """Push hourly readings of which something is said."""
    times = [time.isoformat() for time in every(60, len(values), start)]
    part = {"sensor": "m", "measure": "stand", "times": times, "values": values, **said}
    return api.post("/v1/readings", json={"series": [part]})
