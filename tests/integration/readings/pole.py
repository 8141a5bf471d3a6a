"""A sensor whose readings are judged: pushed over the API, looked at in the database."""

from contextlib import nullcontext
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.registry.measures import Datatype, Measure
from dtbase.storage.readings import looking, rejudging

DAY = "2026-05-01T"
MEASURES = (
    Measure(name="temperature", unit="degC"),
    Measure(name="stage", unit="m"),
    Measure(name="humidity", unit="percent"),
    Measure(name="power", unit="W"),
    Measure(name="people", datatype=Datatype.INTEGER),
    Measure(name="open", datatype=Datatype.BOOLEAN),
    Measure(name="state", datatype=Datatype.STRING),
)


def push(api: TestClient, measure: str, values: list[Any], **params: str) -> Any:
    """Push hourly values of the sensor, and return the answer."""
    times = [f"{DAY}{hour:02d}:00:00Z" for hour in range(len(values))]
    return push_at(api, measure, times, values, **params)


def push_at(
    api: TestClient, measure: str, times: list[str], values: list[Any], **params: str
) -> Any:
    part = {"sensor": "pole", "measure": measure, "times": times, "values": values}
    return api.post("/v1/readings", json={"series": [part]}, params=params)


def mean(api: TestClient, measure: str) -> float:
    """Return the mean of the day."""
    asked = {"series": f"pole/{measure}", "bucket": "1d"}
    asked |= {"start": f"{DAY}00:00:00Z", "end": "2026-05-02T00:00:00Z"}
    answer = api.get("/v1/readings", params=asked)
    assert answer.status_code == 200, answer.text
    (value,) = answer.json()["series"][0]["values"]["mean"]
    return float(value)


def kept_aside(session: Session) -> list[tuple[str, str, str]]:
    """Return measure, raw value and rule of everything set aside."""
    rows = session.execute(text("SELECT measure, raw, rule FROM reading_aside ORDER BY id"))
    return [tuple(row) for row in rows]


def look(session: Session) -> list[str]:
    """Look at what came as the service does, in the transaction of the test."""
    return list(looking.look_all(lambda: nullcontext(session)))


def rejudge(session: Session) -> list[str]:
    """Judge again whatever is to be judged, as the service does."""
    return list(rejudging.rejudge_all(lambda: nullcontext(session)))


def stored(session: Session) -> dict[str, list[tuple[float | None, int | None]]]:
    """Return value and mark of all that is stored, by measure."""
    rows = session.execute(
        text(
            "SELECT m.name, r.value, r.mark FROM reading r JOIN series s ON s.id = r.series_id"
            " JOIN measure m ON m.id = s.measure_id ORDER BY r.time"
        )
    )
    found: dict[str, list[tuple[float | None, int | None]]] = {}
    for name, value, mark in rows:
        found.setdefault(name, []).append((value, mark))
    return found


def marks_of(session: Session) -> list[int | None]:
    return [mark for _, mark in stored(session)["temperature"]]
