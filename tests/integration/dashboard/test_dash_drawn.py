"""Every table answers its rows and draws its forms, and so does a sensor's page, by callbacks."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from dash_app.nouns.all import NOUNS
from dash_app.tables.noun import Noun
from dtbase.domain.people.users import Role
from tests.dashboards import in_front_of, submit_login
from tests.factories import add_sensor
from tests.integration.dashboard.test_dash_tables import call
from tests.people import PASSWORD, add_user

ADA = "ada@example.org"


@pytest.fixture
def server(web: TestClient, redis_url: str) -> Flask:
    return in_front_of(web, redis_url)


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
    found: dict[str, Any] = answer.json["response"]
    return found


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.name)
def test_a_table_answers_rows_and_draws_the_form_of_a_new_thing(
    ada: FlaskClient, noun: Noun
) -> None:
    asked = {"startRow": 0, "endRow": 50}
    given = {"table-grid": asked, "table-noun": noun.name, "url": "?name=a&start=2026-01-01"}
    rows = answered(ada, "table-grid.getRowsResponse", given)["table-grid"]["getRowsResponse"]
    assert len(rows["rowData"]) == min(rows["rowCount"], 50)
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
