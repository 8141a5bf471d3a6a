"""Corrections change what is believed, keep what was sent, and can be undone."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.domain.people.users import Role
from tests.factories import add_sensor
from tests.people import add_user, carry, log_in

DAY = "2026-05-01T"
START = f"{DAY}00:00:00Z"
END = "2026-05-02T00:00:00Z"
WHY = {"reason": "The gauge was frozen.", "start": START, "end": END}


@pytest.fixture
def roof(session: Session) -> str:
    add_sensor(session, "roof")
    return "roof"


def push(api: TestClient, measure: str, values: list[Any], first: int = 0) -> dict[str, Any]:
    """Push hourly values from an hour on, and return the counts."""
    times = [f"{DAY}{hour:02d}:00:00Z" for hour in range(first, first + len(values))]
    part = {"sensor": "roof", "measure": measure, "times": times, "values": values}
    answer = api.post("/v1/readings", json={"series": [part]})
    assert answer.status_code == 200, answer.text
    counts: dict[str, Any] = answer.json()
    return counts


def correct(api: TestClient, measure: str, **said: Any) -> Any:
    return api.post("/v1/corrections", json={"series": f"roof/{measure}", **WHY, **said})


def values(api: TestClient, measure: str, **asked: Any) -> list[Any]:
    """Return what is believed of the day."""
    query = {"series": f"roof/{measure}", "start": START, "end": END, "bucket": "raw", **asked}
    answer = api.get("/v1/readings", params=query)
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["series"]
    columns: list[Any] = found["values"]["value" if "bucket" not in asked else "mean"]
    return columns


def test_readings_below_a_value_are_taken_away_and_come_back(
    api: TestClient, session: Session, roof: str
) -> None:
    push(api, "rain", [1.0, -500.0, 2.0, -100.0])
    said = {"kind": "void", "where": "value < -100"}
    preview = api.post("/v1/corrections/preview", json={"series": "roof/rain", **WHY, **said})
    hour = f"{DAY}01:00:00Z"
    gone = {"time": hour, "value": -500.0, "after_time": None, "after_value": None}
    assert preview.json() == {
        "readings": 1,
        "hours": 1,
        "first_hours": [hour],
        "first_readings": [gone],
    }
    assert values(api, "rain") == [1.0, -500.0, 2.0, -100.0]
    made = correct(api, "rain", **said)
    assert made.status_code == 201, made.text
    assert values(api, "rain") == [1.0, 2.0, -100.0]
    assert values(api, "rain", bucket="1d") == [-97.0]
    undone = api.post(f"/v1/corrections/{made.json()['id']}/undo").json()
    assert undone["undone_by"] == made.json()["made_by"]
    assert values(api, "rain") == [1.0, -500.0, 2.0, -100.0]
    again = api.post(f"/v1/corrections/{made.json()['id']}/undo")
    assert (again.status_code, again.json()["detail"]) == (
        409,
        f"correction {made.json()['id']} was undone already",
    )


def test_a_stretch_in_another_unit_is_rescaled(api: TestClient, roof: str) -> None:
    push(api, "rain", [10.0, 11.0, 12_000.0, 13_000.0])
    said = {"kind": "rescale", "factor": 0.001, "start": f"{DAY}02:00:00Z"}
    assert correct(api, "rain", **said).json()["readings"] == 2
    assert values(api, "rain") == [10.0, 11.0, 12.0, 13.0]


def test_what_is_sent_again_after_a_correction_changes_nothing_and_news_does(
    api: TestClient, roof: str
) -> None:
    sent = [10.0, 11.0, 12_000.0, 13_000.0]
    push(api, "rain", sent)
    correct(api, "rain", kind="rescale", factor=0.001, start=f"{DAY}02:00:00Z")
    assert push(api, "rain", sent)["unchanged"] == 4
    assert values(api, "rain") == [10.0, 11.0, 12.0, 13.0]
    assert push(api, "rain", [13.5], first=3)["replaced"] == 1
    assert values(api, "rain") == [10.0, 11.0, 12.0, 13.5]


def test_voided_readings_stay_away_when_they_are_sent_again(api: TestClient, roof: str) -> None:
    push(api, "rain", [1.0, 2.0])
    correct(api, "rain", kind="void", end=f"{DAY}01:00:00Z")
    assert push(api, "rain", [1.0, 2.0])["unchanged"] == 2
    assert values(api, "rain") == [2.0]
    assert push(api, "rain", [1.5])["inserted"] == 1


def test_readings_move_in_time_and_not_onto_others(api: TestClient, roof: str) -> None:
    push(api, "rain", [1.0, 2.0, 3.0, 4.0])
    moved = correct(api, "rain", kind="shift", by="1h", end=f"{DAY}02:00:00Z")
    assert (moved.status_code, moved.json()["errors"][0]["field"]) == (409, "by")
    moved = correct(api, "rain", kind="shift", by="-30m")
    assert moved.status_code == 201
    assert values(api, "rain") == [2.0, 3.0, 4.0]
    assert values(api, "rain", start="2026-04-30T23:00:00Z") == [1.0, 2.0, 3.0, 4.0]
    api.post(f"/v1/corrections/{moved.json()['id']}/undo")
    assert values(api, "rain") == [1.0, 2.0, 3.0, 4.0]


def test_corrections_are_undone_in_the_order_in_which_they_were_made(
    api: TestClient, roof: str
) -> None:
    push(api, "rain", [1.0, 2.0])
    first = correct(api, "rain", kind="rescale", factor=2).json()["id"]
    second = correct(api, "rain", kind="correct", value=7.0, end=f"{DAY}01:00:00Z").json()["id"]
    assert values(api, "rain") == [7.0, 4.0]
    early = api.post(f"/v1/corrections/{first}/undo")
    assert (early.status_code, early.json()["type"]) == (409, "conflict")
    (changed,) = api.get(f"/v1/corrections/{second}/readings").json()
    assert (changed["sent_value"], changed["value"], changed["after_value"]) == (1.0, 2.0, 7.0)
    before = api.get(f"/v1/corrections/{first}/readings").json()
    assert [(each["sent_value"], each["live"]) for each in before] == [(1.0, False), (2.0, True)]
    api.post(f"/v1/corrections/{second}/undo")
    assert values(api, "rain") == [2.0, 4.0]
    api.post(f"/v1/corrections/{first}/undo")
    assert values(api, "rain") == [1.0, 2.0]
    listed = api.get("/v1/corrections", params={"series": "roof/rain"}).json()
    assert [(each["id"], each["undone_at"] is None) for each in listed] == [
        (second, False),
        (first, False),
    ]


@pytest.mark.parametrize(
    ("measure", "said", "field"),
    [
        ("rain", {"kind": "rescale"}, None),
        ("rain", {"kind": "void", "where": "value << 3"}, "where"),
        ("rain", {"kind": "void", "factor": 2}, None),
        ("rain", {"kind": "void", "reason": " "}, "reason"),
        ("rain", {"kind": "shift", "by": "1y"}, "by"),
        ("people", {"kind": "rescale", "factor": 0.3}, "value"),
        ("state", {"kind": "rescale", "factor": 2}, "kind"),
        ("people", {"kind": "correct", "value": "three"}, "value"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_and_changes_nothing(
    api: TestClient, roof: str, measure: str, said: dict[str, Any], field: str | None
) -> None:
    sent: list[Any] = ["on", "off"] if measure == "state" else [5, 7]
    push(api, measure, sent)
    answer = correct(api, measure, **said)
    assert answer.status_code == 422, answer.text
    if field is not None:
        assert field in answer.json()["errors"][0]["field"]
    assert values(api, measure) == sent


def test_a_viewer_may_not_correct(api: TestClient, session: Session, roof: str) -> None:
    push(api, "rain", [1.0])
    carry(api, log_in(session, add_user(session, "v@example.org", Role.VIEWER)))
    assert correct(api, "rain", kind="void").status_code == 403
    assert values(api, "rain") == [1.0]
