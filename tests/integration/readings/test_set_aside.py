"""What the rules of a series do not believe is set aside: it refuses nothing, and is never lost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.registry.rules import MeasureRules, Range
from dtbase.domain.registry.sensors import NewSensor, SensorChange, SensorType, SensorTypeChange
from dtbase.storage.readings import asides
from dtbase.storage.registry import sensor_types, sensors
from tests.integration.readings.pole import (
    DAY,
    MEASURES,
    kept_aside,
    mean,
    push,
    push_at,
    rejudge,
    stored,
)


@pytest.mark.parametrize(
    ("measure", "values", "rule", "expected"),
    [
        ("stage", [2.5, -999999, 2.7], "placeholders", 2.6),
        ("stage", [2.5, -9999.0, -99999, 2.7], "placeholders", 2.6),
        ("temperature", [10, -9999, 20, -273.2], "fail", 15.0),
        ("humidity", [40, 120.5, 60, -999], "fail", 50.0),
        ("people", [4, "unavailable", 6, "Unknown "], "placeholders", 5.0),
        ("temperature", [24.1, "unavailable", 24.3, "NaN"], "placeholders", 24.2),
        ("open", [True, "unavailable", False], "placeholders", 0.5),
    ],
)
def test_what_stands_for_nothing_or_cannot_be_is_no_part_of_a_mean(  # noqa: PLR0913, PLR0917
    api: TestClient,
    session: Session,
    pole: str,
    measure: str,
    values: list[Any],
    rule: str,
    expected: float,
) -> None:
    answer = push(api, measure, values)
    assert answer.status_code == 200, answer.text
    counts = answer.json()
    aside = sum(counts["set_aside"].values())
    assert rule in counts["set_aside"]
    assert (counts["received"], counts["inserted"]) == (len(values), len(values) - aside)
    assert mean(api, measure) == pytest.approx(expected)
    assert len(kept_aside(session)) == aside


def test_power_may_be_what_stands_for_nothing_elsewhere(api: TestClient, pole: str) -> None:
    assert push(api, "power", [-9999, 9999]).json()["set_aside"] == {}


def test_values_are_set_aside_as_they_were_sent_and_each_once(
    api: TestClient, session: Session, pole: str
) -> None:
    for _ in range(2):
        assert push(api, "temperature", [1.5, " Unavailable "]).json()["set_aside"] == {
            "placeholders": 1
        }
    assert kept_aside(session) == [("temperature", " Unavailable ", "placeholders")]


def test_a_large_batch_keeps_its_placeholders_out(api: TestClient, pole: str) -> None:
    start = datetime(2026, 5, 1, tzinfo=UTC)
    times = [(start + timedelta(minutes=minute)).isoformat() for minute in range(1_440)]
    values = [-9999.0 if minute % 100 == 7 else 1.0 for minute in range(1_440)]
    counts = push_at(api, "stage", times, values).json()
    assert (counts["inserted"], counts["set_aside"]) == (1_425, {"placeholders": 15})
    assert mean(api, "stage") == 1.0


@pytest.mark.parametrize(
    ("ahead", "rule"),
    [(timedelta(hours=23), None), (timedelta(hours=25), "ahead"), (timedelta(days=3650), "ahead")],
)
def test_a_reading_may_be_a_day_ahead(
    api: TestClient, pole: str, ahead: timedelta, rule: str | None
) -> None:
    time = (datetime.now(UTC) + ahead).isoformat()
    counts = push_at(api, "temperature", [time], [21.0]).json()
    assert counts["set_aside"] == ({rule: 1} if rule else {})
    latest = api.get("/v1/series/latest", params={"sensor": "pole"}).json()
    (found,) = [each for each in latest if each["measure"] == "temperature"]
    assert (found["value"] is None) == (rule is not None)


def test_seconds_taken_for_thousandths_are_set_aside(api: TestClient, pole: str) -> None:
    times = ["1970-01-01T00:00:01.648731Z", "1970-01-20T01:58:51Z", "1970-01-21T00:00:00Z"]
    assert push_at(api, "state", times, ["a", "b", "c"]).json()["set_aside"] == {"earliest": 2}


def test_rules_of_a_sensor_win_over_those_of_its_type_and_of_the_measure(
    api: TestClient, session: Session, pole: str
) -> None:
    said = {"rules": {"fail": {"maximum": 30}, "placeholders": [85]}}
    assert api.patch("/v1/measures/temperature", json=said).json()["rules"]["placeholders"] == [85]
    assert push(api, "temperature", [85, 31, 20]).json()["set_aside"] == {
        "fail": 1,
        "placeholders": 1,
    }
    typed = {"temperature": MeasureRules(fail=Range(maximum=40))}
    sensor_types.update(session, "pole", SensorTypeChange(rules=typed))
    assert push(api, "temperature", [85, 31, 41]).json()["set_aside"] == {
        "fail": 1,
        "placeholders": 1,
    }
    sensors.update(session, "pole", SensorChange(rules={"temperature": MeasureRules(fail="off")}))
    assert push(api, "temperature", [85, 31, 999]).json()["set_aside"] == {"placeholders": 1}
    assert api.get("/v1/sensors/pole").json()["rules"]["temperature"]["fail"] == "off"


def test_a_new_sensor_takes_the_rules_of_its_type(api: TestClient, session: Session) -> None:
    typed = {"stage": MeasureRules(fail=Range(minimum=0, maximum=10))}
    kind = SensorType(name="pole", measures=MEASURES, rules=typed)
    sensor_types.add(session, kind)
    assert sensor_types.get(session, "pole") == kind
    sensors.add(session, NewSensor(identifier="pole", type="pole"))
    assert push(api, "stage", [1, 11]).json()["set_aside"] == {"fail": 1}


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"fail": {"minimum": 3, "maximum": 2}}, "rules.fail"),
        ({"fail": {}}, "rules.fail"),
        ({"ahead": "1y"}, "rules.ahead"),
        ({"flat": {"lasts": "1h", "tolerance": -1}}, "rules.flat"),
        ({"placeholders": [True]}, "rules.placeholders"),
    ],
)
def test_rules_that_make_no_sense_are_refused_by_name(
    api: TestClient, pole: str, rules: dict[str, Any], field: str
) -> None:
    answer = api.patch("/v1/measures/stage", json={"rules": rules})
    assert answer.status_code == 422
    assert all(
        error["field"].startswith(f"body.{field}") or error["field"].startswith(field)
        for error in answer.json()["errors"]
    )


def test_errors_of_form_refuse_the_batch_unless_they_are_to_be_set_aside(
    api: TestClient, session: Session, pole: str
) -> None:
    values = [1.5, "on", 2.5, [1]]
    assert push(api, "temperature", values).status_code == 422
    answer = push(api, "temperature", values, on_invalid="set_aside")
    assert answer.status_code == 200, answer.text
    assert answer.json()["set_aside"] == {"form": 2}
    assert kept_aside(session) == [
        ("temperature", "on", "form"),
        ("temperature", "[1]", "form"),
    ]
    assert mean(api, "temperature") == 2.0


@pytest.mark.parametrize("naive", ["2026-05-01T01:00:00", "yesterday", 1648731311])
def test_a_time_that_cannot_be_read_can_be_set_aside(
    api: TestClient, session: Session, pole: str, naive: Any
) -> None:
    times = [f"{DAY}00:00:00Z", naive]
    assert push_at(api, "temperature", times, [1, 2]).status_code == 422
    answer = push_at(api, "temperature", times, [1, 2], on_invalid="set_aside")
    assert answer.json()["set_aside"] == {"form": 1}
    (kept,) = api.get("/v1/set-aside").json()
    assert (kept["time"], kept["sent_time"], kept["raw"]) == (None, str(naive), "2")


def test_rows_of_a_csv_that_are_wrong_in_form_can_be_set_aside(
    api: TestClient, session: Session, pole: str
) -> None:
    rows = ["00:00:00Z,1", "01:00:00,2", "02:00:00Z,24.6 C", "03:00:00Z", "04:00:00Z,3"]
    lines = "".join(f"pole,temperature,{DAY}{row}\n" for row in rows)
    headers = {"Content-Type": "text/csv"}
    params = {"on_invalid": "set_aside"}
    body = f"sensor,measure,time,value\n{lines}"
    answer = api.post("/v1/readings", content=body, headers=headers, params=params)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["inserted"], answer.json()["set_aside"]) == (2, {"form": 3})
    assert sorted(each["raw"] for each in api.get("/v1/set-aside").json()) == [
        "2",
        "24.6 C",
        f"pole,temperature,{DAY}03:00:00Z",
    ]


def test_readings_of_an_unknown_series_can_be_set_aside(
    api: TestClient, session: Session, pole: str
) -> None:
    assert push(api, "noise", [3]).status_code == 422
    assert push(api, "noise", [3], on_invalid="set_aside").json()["set_aside"] == {"form": 1}
    assert kept_aside(session) == [("noise", "3", "form")]


def test_what_is_set_aside_is_listed_taken_in_and_dropped(
    api: TestClient, session: Session, pole: str
) -> None:
    push(api, "stage", [1.0, -9999, -99999, 2.0])
    push(api, "people", ["unavailable", 3])
    listed = api.get("/v1/set-aside", params={"measure": "stage"}).json()
    assert [(each["raw"], each["rule"]) for each in listed] == [
        ("-99999", "placeholders"),
        ("-9999", "placeholders"),
    ]
    one = {"measure": "stage", "start": f"{DAY}01:00:00Z", "end": f"{DAY}02:00:00Z"}
    taken = api.post("/v1/set-aside/take-in", json=one).json()
    assert taken == {"taken_in": 1, "unreadable": 0, "clashing": 0, "dropped": 0, "left": 0}
    assert mean(api, "stage") == pytest.approx(-9996 / 3)
    words = api.post("/v1/set-aside/take-in", json={"measure": "people"}).json()
    assert words["unreadable"] == 1
    assert api.post("/v1/set-aside/drop", json={}).status_code == 422
    assert api.post("/v1/set-aside/drop", json={"all": True}).json() == {"dropped": 2, "left": 0}
    assert api.get("/v1/set-aside").json() == []


def test_what_is_set_aside_is_counted_by_rule_and_by_series(api: TestClient, pole: str) -> None:
    push(api, "stage", [1.0, -9999, -99999, 2.0])
    push(api, "temperature", [-300])
    counts = api.get("/v1/set-aside/counts").json()
    assert (counts["readings"], counts["out_of_reach"]) == (3, 0)
    assert counts["rules"][0] == {
        "rule": "placeholders",
        "readings": 2,
        "first": f"{DAY}01:00:00Z",
        "last": f"{DAY}02:00:00Z",
    }
    assert [(each["measure"], each["readings"]) for each in counts["series"]] == [
        ("stage", 2),
        ("temperature", 1),
    ]
    one = api.get("/v1/set-aside/counts", params={"measure": "temperature"}).json()
    assert [(each["rule"], each["readings"]) for each in one["rules"]] == [("fail", 1)]


def test_what_would_become_of_those_chosen_is_told_before_anything_changes(
    api: TestClient, pole: str
) -> None:
    push(api, "stage", [1.0, -9999, -99999, 2.0])
    push(api, "people", ["unavailable", 3])
    listed = api.get("/v1/set-aside").json()
    some = {"ids": [each["id"] for each in listed if each["raw"] != "-99999"]}
    tried = api.post("/v1/set-aside/take-in", json=some, params={"dry_run": True}).json()
    assert tried == {"taken_in": 1, "unreadable": 1, "clashing": 0, "dropped": 0, "left": 0}
    gone = api.post("/v1/set-aside/drop", json=some, params={"dry_run": True}).json()
    assert gone == {"dropped": 2, "left": 0}
    assert api.get("/v1/set-aside").json() == listed
    assert mean(api, "stage") == 1.5
    assert api.post("/v1/set-aside/take-in", json=some).json() == tried
    assert mean(api, "stage") == pytest.approx(-9996 / 3)


def test_a_reading_that_stands_at_the_time_stays_when_others_are_taken_in(
    api: TestClient, pole: str
) -> None:
    push(api, "stage", [-9999])
    push(api, "stage", [3.0])
    assert api.post("/v1/set-aside/take-in", json={"all": True}).json()["clashing"] == 1
    assert mean(api, "stage") == 3.0
    assert len(api.get("/v1/set-aside").json()) == 1


def test_health_and_metrics_count_what_is_set_aside_by_rule(api: TestClient, pole: str) -> None:
    push(api, "stage", [1.0, -9999, -99999, 2.0])
    push(api, "humidity", [121])
    assert 'dtbase_set_aside{rule="placeholders"} 2.0' in api.get("/v1/metrics").text


def test_what_is_set_aside_is_counted_as_it_comes_and_goes(
    api: TestClient, session: Session, pole: str
) -> None:
    for value in range(30):
        push(api, "stage", [float(value), -9999 if value % 2 else -99999])
        push(api, "humidity", [121 + value])
    assert asides.counts(session) == {"fail": 30, "placeholders": 2}
    lines = session.scalar(text("SELECT count(*) FROM aside_count")) or 0
    asides.add_up(session)
    assert asides.counts(session) == {"fail": 30, "placeholders": 2}
    assert session.scalar(text("SELECT count(*) FROM aside_count")) == 2 < lines
    api.post("/v1/set-aside/take-in", json={"rule": "placeholders"})
    api.post("/v1/set-aside/drop", json={"rule": "fail"})
    assert asides.counts(session) == {"placeholders": 1}  # of two at one time one is taken in


def test_a_changed_rule_judges_again_what_is_stored_and_what_is_set_aside(
    api: TestClient, session: Session, pole: str
) -> None:
    push(api, "temperature", [10, 85, 20, -300])
    said = {"rules": {"placeholders": [85], "fail": "off"}}
    assert api.patch("/v1/measures/temperature", json=said).status_code == 200
    assert rejudge(session) == ["pole/temperature"]
    assert stored(session)["temperature"] == [(10, None), (20, None), (-300, None)]
    assert kept_aside(session) == [("temperature", "85", "placeholders")]
    assert api.patch("/v1/measures/temperature", json={"rules": None}).status_code == 200
    assert rejudge(session) == ["pole/temperature"]
    assert stored(session)["temperature"] == [(10, None), (85, None), (20, None)]
    assert kept_aside(session) == [("temperature", "-300", "fail")]
    assert rejudge(session) == []


def test_what_somebody_has_taken_in_is_left_alone_by_rules(
    api: TestClient, session: Session, pole: str
) -> None:
    push(api, "temperature", [10, -300])
    api.post("/v1/set-aside/take-in", json={"all": True})
    api.patch("/v1/measures/temperature", json={"rules": {"fail": {"minimum": -50}}})
    rejudge(session)
    assert [value for value, _ in stored(session)["temperature"]] == [10, -300]


def test_what_stands_for_nothing_is_told_in_the_unit_that_is_sent(
    api: TestClient, session: Session, pole: str
) -> None:
    counts = push(api, "stage", [250, -9999, 270], unit="cm").json()
    assert (counts["inserted"], counts["set_aside"]) == (2, {"placeholders": 1})
    assert mean(api, "stage") == pytest.approx(2.6)
    (kept,) = api.get("/v1/set-aside").json()
    assert (kept["raw"], kept["sent_time"], kept["why"]) == (
        "-9999",
        f"{DAY}01:00:00Z",
        "sent in cm",
    )
    api.patch("/v1/measures/stage", json={"rules": {"placeholders": "off"}})
    rejudge(session)
    assert api.post("/v1/set-aside/take-in", json={"all": True}).json()["unreadable"] == 1
    assert mean(api, "stage") == pytest.approx(2.6)


def test_a_csv_says_its_unit_too(api: TestClient, pole: str) -> None:
    rows = "".join(
        f"pole,stage,{DAY}0{hour}:00:00Z,{value}\n" for hour, value in ((0, 250), (1, -9999))
    )
    answer = api.post(
        "/v1/readings",
        content=f"sensor,measure,time,value\n{rows}",
        headers={"Content-Type": "text/csv"},
        params={"unit": "cm"},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["set_aside"] == {"placeholders": 1}
    assert mean(api, "stage") == 2.5


def test_what_is_set_aside_follows_its_sensor_to_another_name(
    api: TestClient, session: Session, pole: str
) -> None:
    push(api, "stage", [-9999])
    sensors.update(session, "pole", SensorChange(identifier="old"))
    sensors.add(session, NewSensor(identifier="pole", type="pole"))
    assert [each["sensor"] for each in api.get("/v1/set-aside").json()] == ["old"]
    taken = api.post("/v1/set-aside/take-in", json={"sensor": "old"}).json()
    assert taken["taken_in"] == 1
    latest = api.get("/v1/series/latest", params={"sensor": "pole"}).json()
    assert all(each["value"] is None for each in latest)


@pytest.mark.parametrize(
    ("body", "aside"),
    [
        ('{"sensor": "po\\u0000le", "measure": "stage", "times": ["x"], "values": [1]}', 1),
        (
            '{"sensor": "po\\u0000le", "measure": "stage", "times": ["2026-05-01T00:00Z"],'
            ' "values": ["\\u0000"]}',
            1,
        ),
        ('{"sensor": "pole", "measure": "stage", "times": ["\\u0000"], "values": [1]}', 1),
        (
            '{"sensor": "pole", "measure": "stage", "times": ["2026-05-01T00:00Z"], "values": ['
            + "[" * 50
            + "]" * 50
            + "]}",
            1,
        ),
        (
            '{"sensor": "no", "measure": "no", "values": [1, {}],'
            ' "times": ["0001-01-01T00:00Z", "9999-12-31T23:59:59Z"]}',
            2,
        ),
    ],
    ids=["names", "values", "times", "depth", "years"],
)
def test_whatever_is_sent_can_be_set_aside(
    api: TestClient, pole: str, body: str, aside: int
) -> None:
    answer = api.post(
        "/v1/readings?on_invalid=set_aside",
        content=f'{{"series": [{body}]}}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["set_aside"] == {"form": aside}
    assert len(api.get("/v1/set-aside").json()) == aside
