"""States are told by their time, their changes, the first and the last."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.integration.readings.declaring import DAY, HOUR, ask, declare, every, push


def states_of(
    api: TestClient, hours: int, bucket: str, **asked: Any
) -> dict[str, list[float | str | None]]:
    names = ["time", "changes", "first", "last", "count"]
    found = ask(api, DAY, DAY + hours * HOUR, bucket=bucket, aggregates=names, **asked)
    return dict(found["values"])


def test_states_are_told_by_their_time_their_changes_first_and_last(api: TestClient) -> None:
    declare(api, datatype="string", statistic="state")
    times = [DAY, DAY + HOUR, DAY + 1.5 * HOUR, DAY + 2 * HOUR, DAY + 5 * HOUR]
    push(api, times, ["off", "heat", "heat", "cool", "off"])
    assert states_of(api, 8, "8h") == {
        "time:cool": [3 * 3600],
        "time:heat": [3600],
        "time:off": [4 * 3600],
        "changes": [3],
        "first": ["off"],
        "last": ["off"],
        "count": [5],
    }
    hours = states_of(api, 8, "1h")
    assert hours["last"] == ["off", "heat", "cool", "cool", "cool", "off", "off", "off"]
    assert hours["changes"] == [0, 1, 1, 0, 0, 1, 0, 0]
    assert hours["time:heat"] == [0, 3600, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "Australia/Lord_Howe"])
def test_a_door_is_open_for_its_time_in_every_zone(api: TestClient, zone: str) -> None:
    declare(api, datatype="boolean", statistic="state")
    push(api, every(90, 16), [place % 2 == 1 for place in range(16)])
    days = states_of(api, 24, "1d", timezone=zone)
    assert sum(float(each or 0) for each in days["time:true"]) == 12 * 3600
    assert sum(float(each or 0) for each in days["time:false"]) == 12 * 3600
    assert sum(float(each or 0) for each in days["changes"]) == 15


def test_a_state_holds_no_longer_than_is_said_and_from_before_the_range(api: TestClient) -> None:
    declare(api, datatype="boolean", statistic="state", options={"holds": "2h"})
    push(api, [DAY - HOUR, DAY + 6 * HOUR], [True, False])
    assert states_of(api, 12, "12h")["time:true"] == [3600]
    assert states_of(api, 12, "12h")["time:false"] == [2 * 3600]


def test_a_table_of_states_has_a_column_for_each(api: TestClient) -> None:
    declare(api, datatype="string", statistic="state")
    push(api, [DAY, DAY + HOUR], ["off", "on"])
    asked = {
        "series": "m/stand",
        "start": DAY.isoformat(),
        "end": (DAY + 2 * HOUR).isoformat(),
        "bucket": "1h",
        "aggregates": ["last", "time", "changes"],
        "format": "csv",
    }
    header, first, second = api.get("/v1/readings", params=asked).text.splitlines()
    assert header == "sensor,measure,time,last,time:off,time:on,changes"
    assert first.endswith(",off,3600,0,0")
    assert second.endswith(",on,0,3600,1")
    for format_ in ("parquet", "arrow"):
        assert api.get("/v1/readings", params={**asked, "format": format_}).is_success


def test_more_states_than_are_said_are_refused(api: TestClient) -> None:
    declare(api, datatype="string", statistic="state", options={"states": 3})
    push(api, every(60, 5), ["a", "b", "c", "d", "e"])
    asked = {"series": "m/stand", "start": DAY.isoformat(), "bucket": "1d"}
    refused = api.get("/v1/readings", params={**asked, "aggregates": "time"})
    assert refused.status_code == 422
    assert "more than 3 states" in refused.text
    assert api.get("/v1/readings", params={**asked, "aggregates": "changes"}).is_success
    refused = api.get("/v1/readings", params={**asked, "aggregates": "mean"})
    assert "ask for time, changes, first, last or count" in refused.text


WEEKS = 24 * 7


def test_a_valve_that_says_nothing_for_weeks_has_been_open_until_it_closed(api: TestClient) -> None:
    declare(api, datatype="string", statistic="state")
    push(api, [DAY, DAY + 3 * WEEKS * HOUR, DAY + 4 * WEEKS * HOUR], ["open", "closed", "closed"])
    found = states_of(api, 4 * WEEKS, "1w")
    week = 7 * 86_400
    assert sum(float(each or 0) for each in found["time:open"]) == 3 * week
    assert sum(float(each or 0) for each in found["time:closed"]) == week
    assert sum(float(each or 0) for each in found["changes"]) == 1


def test_the_newest_state_holds_for_a_week_and_then_nobody_knows(api: TestClient) -> None:
    declare(api, datatype="boolean", statistic="state")
    push(api, [DAY], [True])
    found = states_of(api, 4 * WEEKS, "1w")
    assert sum(float(each or 0) for each in found["time:true"]) == 7 * 86_400
    push(api, [DAY + 3 * WEEKS * HOUR], [False])
    found = states_of(api, 4 * WEEKS, "1w")
    assert sum(float(each or 0) for each in found["time:true"]) == 3 * 7 * 86_400


@pytest.mark.parametrize(
    ("datatype", "open_", "closed"), [("boolean", True, False), ("string", "true", "false")]
)
@pytest.mark.parametrize("aggregates", [["time"], ["time", "changes"]])
def test_a_range_that_ends_in_a_long_silence_is_told_by_what_ended_it(
    api: TestClient, datatype: str, open_: object, closed: object, aggregates: list[str]
) -> None:
    declare(api, datatype=datatype, statistic="state")
    push(api, [DAY, DAY + 30 * 24 * HOUR], [open_, closed])
    found = ask(api, DAY, DAY + 20 * 24 * HOUR, bucket="1d", aggregates=aggregates)
    assert found["values"]["time:true"] == [86_400] * 20
    assert "time:false" not in found["values"]
    assert found.get("provisional_from") is None


def test_presence_as_texts_has_its_time_in_each_and_no_other_figure(api: TestClient) -> None:
    declare(api, datatype="string", statistic="state")
    push(api, every(120, 5), ["off", "on", "gone", "on", "off"])
    found = states_of(api, 8, "8h")
    assert (found["time:on"], found["time:gone"]) == ([4 * 3600], [2 * 3600])
    span = {"start": DAY.isoformat(), "end": (DAY + 8 * HOUR).isoformat()}
    (figures,) = api.get("/v1/statistics", params={"series": "m/stand", **span}).json()
    assert figures["count"] == 4
    assert figures["mean"] is figures["median"] is figures["max"] is None
