"""Every table answers its rows and draws its forms, and so does a sensor's page, by callbacks."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from dash_app.nouns.all import NOUNS
from dash_app.tables.noun import Noun
from dash_app.tables.rows import BLOCK
from dtbase.domain.people.users import Role
from tests.dashboards import submit_login
from tests.factories import add_sensor
from tests.integration.dashboard.test_dash_tables import call
from tests.people import PASSWORD, add_user

ADA = "ada@example.org"


@pytest.fixture
def ada(server: Flask, session: Session) -> Iterator[FlaskClient]:
    add_user(session, ADA, Role.ADMIN)
    add_sensor(session, "one")
    with server.test_client() as visitor:
        assert submit_login(visitor, ADA, PASSWORD).status_code == 302
        yield visitor


def answered(visitor: FlaskClient, part: str, given: dict[str, Any]) -> dict[str, Any]:
    answer = call(visitor, part, given)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = (answer.json or {})["response"]
    return found


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.name)
def test_a_table_answers_rows_and_draws_the_form_of_a_new_thing(
    ada: FlaskClient, noun: Noun
) -> None:
    answer = ada.get(f"/_rows/{noun.name}/0?name=a&start=2026-01-01")
    assert answer.status_code == 200
    found = answer.json or {}
    assert len(found["rows"]) == min(found["total"], BLOCK)
    assert (found["empty"] is None) == (found["total"] > 0)
    if noun.new is None:
        return
    given = {"table-opened": {"new": True}, "table-noun": noun.name, "url": "?new=1"}
    drawn = answered(ada, "table-drawer.children", given)["table-drawer"]["children"]
    assert f"New {noun.one}" in str(drawn)


def test_a_form_begins_with_what_the_table_is_filtered_by(ada: FlaskClient) -> None:
    given = {
        "table-opened": {"new": True},
        "table-noun": "schedules",
        "url": "?new=1&service=weather&parameters=x",
    }
    drawn = str(answered(ada, "table-drawer.children", given)["table-drawer"]["children"])
    assert "weather" in drawn
    assert "'x'" not in drawn


@pytest.mark.parametrize(("sensor", "there"), [("one", True), ("nothing", False)])
def test_a_sensors_page_offers_lines_for_sending_only_if_it_is_there(
    ada: FlaskClient, sensor: str, there: bool
) -> None:
    given = {"sensor-request": {"search": f"?id={sensor}"}}
    found = answered(ada, "sensor-heading.children", given)
    assert found["sensor-sending"]["hidden"] is not there
    assert ("No such sensor" in str(found["sensor-body"]["children"])) is not there


def test_refused_tries_are_listed_with_their_remedy_until_the_reading_comes(
    ada: FlaskClient, app: FastAPI
) -> None:
    asked = {"sensor-make-key": 1, "url": "?id=one"}
    made = answered(ada, "sensor-lines.children", asked)
    waits = {"sensor-tick": 1, "sensor-waiting": made["sensor-waiting"]["data"], "url": "?id=one"}
    secret = re.search(r"dtb_[\w-]+", str(made["sensor-lines"]["children"]))
    assert secret is not None
    device = TestClient(app, headers={"Authorization": f"Bearer {secret[0]}"})
    reading = {"sensor": "one", "measure": "temperature", "time": "2026-01-01T00:00", "value": 1}

    def shown() -> str:
        return str(answered(ada, "sensor-refresh.data", waits)["sensor-arrived"]["children"])

    assert "Refused tries" not in shown()
    assert device.post("/v1/readings", json={"readings": [reading]}).status_code == 422
    assert "Write the time with its offset" in shown()
    right = reading | {"time": "2026-01-01T00:00:00Z"}
    assert device.post("/v1/readings", json={"readings": [right]}).status_code == 200
    assert "The first reading is here" in shown()
