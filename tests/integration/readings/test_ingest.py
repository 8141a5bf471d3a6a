"""Pushing readings: whole or not at all, faithfully, and safe to repeat."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.people.users import Role
from tests.factories import add_sensor
from tests.integration.readings.model import PLAIN
from tests.people import add_user, carry, log_in

DAY = "2026-05-01T"
EPOCH = "2026-05-01T00:00:00Z"
NEXT = "2026-05-02T00:00:00Z"


def part(sensor: str, measure: str, values: list[Any], first_hour: int = 0) -> dict[str, Any]:
    """Return hourly values of one series as JSON columns."""
    times = [f"{DAY}{first_hour + hour:02d}:00:00Z" for hour in range(len(values))]
    return {"sensor": sensor, "measure": measure, "times": times, "values": values}


def push(api: TestClient, *parts: dict[str, Any], **params: str) -> Any:
    """Push columns and return the answer."""
    return api.post("/v1/readings", json={"series": list(parts)}, params=params)


def stored(api: TestClient, sensor: str, measure: str) -> list[Any]:
    """Return the values of a series as they are stored."""
    asked = {"series": f"{sensor}/{measure}", "start": EPOCH, "end": NEXT, "bucket": "raw"}
    answer = api.get("/v1/readings", params=asked)
    assert answer.status_code == 200, answer.text
    values: list[Any] = answer.json()["series"][0]["values"]["value"]
    return values


@pytest.fixture
def sensor(session: Session) -> str:
    """Register a sensor that measures everything."""
    add_sensor(session, "roof")
    return "roof"


@pytest.mark.parametrize(
    ("measure", "values"),
    [
        ("temperature", [1.5, -0.0, 1e-150, 1e150]),
        ("people", [0, -5, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)]),
        ("open", [True, False, True]),
        ("state", ["on", "007", "", "naïve ☂", "true", "1e5", 'a,b\n"c"']),
    ],
)
def test_every_datatype_comes_back_as_it_was_sent(
    api: TestClient, sensor: str, measure: str, values: list[Any]
) -> None:
    answer = push(api, part(sensor, measure, values))
    assert answer.status_code == 200, answer.text
    assert answer.json()["inserted"] == len(values)
    assert stored(api, sensor, measure) == values
    assert list(map(type, stored(api, sensor, measure))) == list(map(type, values))


def test_a_large_batch_of_every_datatype_comes_back_too(api: TestClient, session: Session) -> None:
    names = [f"many-{number}" for number in range(60)]
    for name in names:
        add_sensor(session, name)
    texts = [f"text {hour}" for hour in range(24)]
    big = [2**60 + hour for hour in range(24)]
    parts = [part(name, "state", texts) for name in names]
    parts += [part(name, "people", big) for name in names]
    parts += [part(name, "temperature", [float(hour) for hour in range(24)]) for name in names]
    assert push(api, *parts).json()["inserted"] == 24 * 180
    assert stored(api, "many-59", "state") == texts
    assert stored(api, "many-59", "people") == big


BAD = [
    ("temperature", ["21.5"], "finite number"),
    ("temperature", [True], "finite number"),
    ("temperature", [None], "finite number"),
    ("temperature", [1.7e308], "between 1e-150 and 1e+150 in size"),
    ("temperature", [-1e151], "between 1e-150 and 1e+150 in size"),
    ("temperature", [5e-324], "between 1e-150 and 1e+150 in size"),
    ("people", [1.5], "integer"),
    ("people", [2**63], "integer"),
    ("people", ["1"], "integer"),
    ("open", [1], "true or false"),
    ("open", ["true"], "true or false"),
    ("state", [1], "text"),
    ("state", ["a\0b"], "text"),
    ("state", ["x" * 10_001], "text"),
]


@pytest.mark.parametrize(("measure", "values", "rule"), BAD)
def test_a_value_that_does_not_fit_refuses_the_whole_request(
    api: TestClient, sensor: str, measure: str, values: list[Any], rule: str
) -> None:
    answer = push(api, part(sensor, "rain", [1.0]), part(sensor, measure, values))
    assert answer.status_code == 422
    (violation,) = answer.json()["errors"]
    assert violation["series"] == f"{sensor}/{measure}"
    assert violation["row"] == 0
    assert rule in violation["rule"]
    assert stored(api, sensor, "rain") == []


@pytest.mark.parametrize("measure", ["temperature", "rain", "energy", "direction"])
def test_the_largest_and_smallest_numbers_can_be_summed(
    api: TestClient, sensor: str, measure: str
) -> None:
    values = [1e150, -1e150, 1e150, 1e-150, -1e-150, 0.0] * 4
    unruled = {"rules": {"fail": "off"}}
    assert api.patch(f"/v1/measures/{measure}", json=unruled).status_code == 200
    assert push(api, part(sensor, measure, values)).json()["inserted"] == len(values)
    for bucket in ("2h", "1d"):
        asked = {
            "series": f"{sensor}/{measure}",
            "start": EPOCH,
            "end": "2199-01-01T00:00:00Z",
            "bucket": bucket,
            "aggregates": [*PLAIN],
        }
        assert api.get("/v1/readings", params=asked).status_code == 200


@pytest.mark.parametrize("number", ["Infinity", "-Infinity", "1e999"])
def test_infinity_is_refused(api: TestClient, sensor: str, number: str) -> None:
    body = json.dumps({"series": [part(sensor, "temperature", [0])]}).replace("[0]", f"[{number}]")
    headers = {"Content-Type": "application/json"}
    answer = api.post("/v1/readings", content=body, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "field": "values",
            "series": f"{sensor}/temperature",
            "row": 0,
            "value": number,
            "rule": "must be a finite number",
        }
    ]
    row = f"{sensor},temperature,{EPOCH},{number}\n"
    csv = f"sensor,measure,time,value\n{row}"
    answer = api.post("/v1/readings", content=csv, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["row"] == 2


def test_unknown_sensors_and_measures_are_named(api: TestClient, sensor: str) -> None:
    answer = push(api, part("attic", "temperature", [1, 2]), part(sensor, "noise", [1]))
    assert answer.status_code == 422
    assert [error["series"] for error in answer.json()["errors"]] == [
        "attic/temperature",
        "attic/temperature",
        f"{sensor}/noise",
    ]


@pytest.mark.parametrize("time", ["1899-12-31T23:59:59Z", "2200-01-01T00:00:00Z"])
def test_a_time_out_of_range_is_refused(api: TestClient, sensor: str, time: str) -> None:
    reading = {"sensor": sensor, "measure": "rain", "time": time, "value": 1}
    answer = api.post("/v1/readings", json={"readings": [reading]})
    assert answer.status_code == 422
    (violation,) = answer.json()["errors"]
    assert "between" in violation["rule"]
    assert violation["value"] == time


def test_a_batch_sent_twice_changes_nothing(api: TestClient, sensor: str) -> None:
    batch = part(sensor, "temperature", [1.0, 2.0]), part(sensor, "state", ["a", "b"])
    push(api, *batch)
    counts = push(api, *batch).json()
    assert counts == {
        "received": 4,
        "inserted": 0,
        "replaced": 0,
        "unchanged": 4,
        "kept": 0,
        "set_aside": {},
    }


@pytest.mark.parametrize(
    ("on_conflict", "counts", "after"),
    [
        (
            "replace",
            {"inserted": 1, "replaced": 1, "unchanged": 1, "kept": 0, "set_aside": {}},
            [1.0, 9.0, 3.0],
        ),
        (
            "keep",
            {"inserted": 1, "replaced": 0, "unchanged": 1, "kept": 1, "set_aside": {}},
            [1.0, 2.0, 3.0],
        ),
    ],
)
@pytest.mark.parametrize("others", [0, 1_200])
def test_what_happens_to_a_stored_value_is_for_the_sender_to_say(  # noqa: PLR0913, PLR0917
    api: TestClient,
    session: Session,
    sensor: str,
    on_conflict: str,
    counts: dict[str, int],
    after: list[float],
    others: int,
) -> None:
    add_sensor(session, "other")
    minutes = [
        f"2026-06-{1 + n // 1440:02d}T{n // 60 % 24:02d}:{n % 60:02d}:00Z" for n in range(others)
    ]
    filler = {"sensor": "other", "measure": "rain", "times": minutes, "values": [0.5] * others}
    push(api, part(sensor, "temperature", [1.0, 2.0]))
    answer = push(
        api, part(sensor, "temperature", [1.0, 9.0, 3.0]), filler, on_conflict=on_conflict
    ).json()
    assert answer == {**counts, "inserted": counts["inserted"] + others, "received": 3 + others}
    assert stored(api, sensor, "temperature") == after


def test_refusing_names_the_clashes_and_stores_nothing(api: TestClient, sensor: str) -> None:
    push(api, part(sensor, "temperature", [1.0, 2.0]))
    clash = part(sensor, "temperature", [1.0, 9.0, 3.0])
    answer = push(api, clash, on_conflict="refuse")
    assert answer.status_code == 409
    (violation,) = answer.json()["errors"]
    assert violation["series"] == f"{sensor}/temperature"
    assert violation["value"] == "2"
    assert "01:00" in violation["rule"]
    assert stored(api, sensor, "temperature") == [1.0, 2.0]


def test_a_reading_that_stands_twice_in_a_batch_is_stored_once(
    api: TestClient, sensor: str
) -> None:
    reading = {"sensor": sensor, "measure": "rain", "time": EPOCH}
    values = [{**reading, "value": value} for value in (1.0, 2.0, 2.0)]
    counts = api.post("/v1/readings", json={"readings": values}).json()
    assert counts == {
        "received": 3,
        "inserted": 1,
        "replaced": 1,
        "unchanged": 1,
        "kept": 0,
        "set_aside": {},
    }
    assert stored(api, sensor, "rain") == [2.0]
    refused = api.post("/v1/readings?on_conflict=refuse", json={"readings": values})
    assert refused.status_code == 409


def test_a_push_without_a_query_is_answered_as_one_that_says_the_same_in_its_query(
    api: TestClient, sensor: str
) -> None:
    bodies = [{"series": [part(sensor, "rain", [value])]} for value in (1.0, "wet")]
    for body in bodies:
        said, unsaid = (
            api.post(f"/v1/readings{query}", json=body) for query in ("?on_conflict=replace", "")
        )
        again = api.post("/v1/readings?on_invalid=refuse", json=body)
        assert (unsaid.status_code, unsaid.headers["content-type"]) == (
            said.status_code,
            said.headers["content-type"],
        )
        assert unsaid.content == again.content


def test_an_empty_batch_is_no_error(api: TestClient) -> None:
    assert push(api).json()["received"] == 0


def test_numbers_written_as_text_are_read_in_csv_only(api: TestClient, sensor: str) -> None:
    rows = "\n".join(
        f"{sensor},{measure},{EPOCH},{value}"
        for measure, value in (
            ("temperature", " 1.5"),
            ("people", str(2**60)),
            ("open", "TRUE"),
            ("state", "007"),
        )
    )
    csv = f"sensor,measure,time,value\n{rows}\n"
    answer = api.post("/v1/readings", content=csv, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 200, answer.text
    read = [stored(api, sensor, name) for name in ("temperature", "people", "open", "state")]
    assert read == [[1.5], [2**60], [True], ["007"]]


def test_a_body_over_the_limit_is_refused(api: TestClient, sensor: str) -> None:
    body = b" " * (64 * 1024 * 1024 + 1)
    answer = api.post("/v1/readings", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["type"] == "too-large"


def test_a_viewer_may_not_push(web: TestClient, session: Session, sensor: str) -> None:
    carry(web, log_in(session, add_user(session, "v@example.org", Role.VIEWER)))
    assert push(web, part(sensor, "rain", [1.0])).status_code == 403


def test_texts_are_not_aggregated(api: TestClient, session: Session, sensor: str) -> None:
    push(api, part(sensor, "state", ["on"]), part(sensor, "rain", [1.0]))
    assert session.scalar(text("SELECT count(*) FROM reading_hour")) == 1
    asked = {"series": f"{sensor}/state", "start": EPOCH, "end": NEXT, "bucket": "1h"}
    answer = api.get("/v1/readings", params=asked)
    assert answer.status_code == 422
    assert "bucket=raw" in answer.json()["detail"]
