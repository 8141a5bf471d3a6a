"""Readings that are suspect stay in, are flagged, and can be left out."""

from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.domain.readings.judging import Mark
from tests.integration.readings.pole import DAY, look, marks_of, mean, push, push_at, stored


def test_suspect_readings_stay_in_and_are_marked_by_those_before_them(
    api: TestClient, session: Session, pole: str
) -> None:
    said = {
        "suspect": {"maximum": 30},
        "fastest": {"change": 5, "per": "1h"},
        "flat": {"lasts": "2h"},
    }
    api.patch("/v1/measures/temperature", json={"rules": said})
    push(api, "temperature", [10, 14, 20, 20, 20, 31])
    marks = [mark for _, mark in stored(session)["temperature"]]
    assert marks == [None, None, Mark.FASTEST, None, Mark.FLAT, Mark.FASTEST | Mark.SUSPECT]
    push_at(api, "temperature", [f"{DAY}02:30:00Z"], [21])
    marks = [mark for _, mark in stored(session)["temperature"]]
    assert marks == [None, None, Mark.FASTEST, None, None, None, Mark.FASTEST | Mark.SUSPECT]
    assert mean(api, "temperature") == pytest.approx((10 + 14 + 20 + 21 + 20 + 20 + 31) / 7)


def test_rules_of_both_neighbours_are_looked_at_soon_and_again_after_late_readings(
    api: TestClient, session: Session, pole: str
) -> None:
    said = {
        "spike": {"above": 5},
        "climatology": [{"months": [5, 6], "minimum": 5}, {"months": [12], "maximum": 0}],
        "gap": {"lasts": "2h"},
        "fastest": {"change": 30},
    }
    api.patch("/v1/measures/temperature", json={"rules": said})
    push(api, "temperature", [10, 11, 30, 12, 3])
    assert look(session) == ["pole/temperature"]
    marks = [mark for _, mark in stored(session)["temperature"]]
    assert marks == [None, Mark.SPIKE, Mark.SPIKE, None, Mark.CLIMATOLOGY]
    push_at(api, "temperature", [f"{DAY}01:30:00Z", f"{DAY}02:30:00Z"], [20.5, 21.0])
    push_at(api, "temperature", [f"{DAY}09:00:00Z"], [60])
    marks = [mark for _, mark in stored(session)["temperature"]]
    assert marks[-1] is None
    assert look(session) == ["pole/temperature"]
    marks, both = marks_of(session), Mark.SPIKE | Mark.CLIMATOLOGY
    assert marks == [None, None, None, Mark.SPIKE, None, None, both, Mark.GAP]
    assert look(session) == []
    asked = {"series": "pole/temperature", "start": f"{DAY}00:00:00Z", "end": f"{DAY}10:00:00Z"}
    asked |= {"bucket": "raw", "flags": "true"}
    (found,) = api.get("/v1/readings", params=asked).json()["series"]
    assert found["values"]["flag"][-2:] == ["suspect", "good"]
    assert found["values"]["rules"][-2:] == ["spike,climatology", "gap"]
    spiked = {"start": f"{DAY}02:00:00Z", "end": f"{DAY}02:15:00Z"}
    api.delete("/v1/readings", params={"series": "pole/temperature", **spiked})
    assert look(session) == ["pole/temperature"]
    assert Mark.SPIKE not in marks_of(session)


def test_a_large_batch_keeps_what_is_suspect_of_it_new_and_replaced(
    api: TestClient, session: Session, pole: str
) -> None:
    api.patch("/v1/measures/temperature", json={"rules": {"suspect": {"maximum": 30}}})
    times = [
        f"2026-04-{1 + n // 1440:02d}T{n // 60 % 24:02d}:{n % 60:02d}:00Z" for n in range(3000)
    ]
    for every, shift in ((7, 0), (5, 0.5)):
        values = [31.0 + shift if n % every == 0 else 20.0 + shift for n in range(3000)]
        assert push_at(api, "temperature", times, values).status_code == 200
        expected = [(each, 1 if each > 30 else None) for each in values]
        assert stored(session)["temperature"] == expected


def test_suspect_readings_are_flagged_and_can_be_left_out(api: TestClient, pole: str) -> None:
    api.patch("/v1/measures/temperature", json={"rules": {"suspect": {"maximum": 30}}})
    push(api, "temperature", [10, 31, 20])
    asked = {"series": "pole/temperature", "start": f"{DAY}00:00:00Z", "end": f"{DAY}05:00:00Z"}
    raw = asked | {"bucket": "raw"}
    (found,) = api.get("/v1/readings", params=raw).json()["series"]
    assert found["values"] == {"value": [10, 31, 20], "rules": [None, "suspect", None]}
    (found,) = api.get("/v1/readings", params=raw | {"quality": "good"}).json()["series"]
    assert found["values"] == {"value": [10, 20]}
    day = asked | {"bucket": "1d", "quality": "good"}
    (found,) = api.get("/v1/readings", params=day).json()["series"]
    assert found["values"] == {"mean": [15]}
    table = api.get("/v1/readings", params=raw | {"quality": "good", "format": "csv"}).text
    assert table.count("\n") == 3


def test_each_reading_has_a_flag_in_every_format(
    api: TestClient, session: Session, pole: str
) -> None:
    api.patch("/v1/measures/temperature", json={"rules": {"suspect": {"maximum": 30}}})
    push(api, "temperature", [10, 31, -9999, -300, 20])
    push(api, "people", [1, 2])
    asked = {"start": f"{DAY}00:00:00Z", "end": f"{DAY}06:00:00Z", "bucket": "raw", "flags": "true"}
    hot = asked | {"series": "pole/temperature"}
    (found,) = api.get("/v1/readings", params=hot).json()["series"]
    assert found["values"] == {
        "value": [10, 31, 20],
        "flag": ["good", "suspect", "good"],
        "rules": [None, "suspect", None],
    }
    (people,) = api.get("/v1/readings", params=asked | {"series": "pole/people"}).json()["series"]
    assert people["values"]["flag"] == ["not_evaluated"] * 2
    kept = api.get("/v1/set-aside", params={"sort": "id"}).json()
    assert [(each["raw"], each["flag"]) for each in kept] == [
        ("-9999", "missing"),
        ("-300", "fail"),
    ]
    lines = api.get("/v1/readings", params=hot | {"format": "csv"}).text.splitlines()
    assert lines[0] == "sensor,measure,time,value,flag,rules"
    assert lines[2] == f"pole,temperature,{DAY}01:00:00Z,31,suspect,suspect"
    for format_, read in (("parquet", pq.read_table), ("arrow", read_arrow)):
        table = read(BytesIO(api.get("/v1/readings", params=hot | {"format": format_}).content))
        assert table.column("flag").to_pylist() == ["good", "suspect", "good"]
    both = asked | {"series": ["pole/temperature", "pole/people"], "layout": "wide"}
    wide = api.get("/v1/readings", params=both | {"format": "csv"}).text.splitlines()
    assert wide[2] == f"{DAY}01:00:00Z,31,suspect,suspect,2,not_evaluated,"
    good = api.get("/v1/readings", params=hot | {"format": "csv", "quality": "good"}).text
    assert "suspect" not in good


def read_arrow(body: BytesIO) -> pa.Table:
    return pa.ipc.open_stream(body).read_all()


def test_flags_are_of_raw_readings(api: TestClient, pole: str) -> None:
    push(api, "temperature", [10, 31])
    day = {"series": "pole/temperature", "flags": "true", "bucket": "1d"}
    refused = api.get("/v1/readings", params=day)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "flags")


def test_charts_periods_and_formulas_pass_over_flags(api: TestClient, pole: str) -> None:
    api.patch("/v1/measures/temperature", json={"rules": {"suspect": {"maximum": 30}}})
    push(api, "temperature", [10, 31, 20])
    span = {"start": f"{DAY}00:00:00Z", "end": f"{DAY}05:00:00Z"}
    chart = api.get("/v1/chart", params={"line": "pole/temperature", **span})
    assert chart.status_code == 200, chart.text
    assert "suspect" not in chart.text
    asked = {"condition": "pole/temperature above 15", "traces": "3", **span}
    periods = api.get("/v1/periods", params=asked)
    assert periods.status_code == 200, periods.text
    assert periods.json()["periods"][0]["highest"] == 31
