"""Tables ask the real API: what a role may not do is refused, however it is asked."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from dash_app.gate import CSRF_COOKIE, CSRF_HEADER
from dash_app.tables.grid import script
from dtbase.domain.people.users import Role
from dtbase.domain.registry.sensors import NewSensor, Sensor
from dtbase.storage.registry import sensors
from tests.dashboards import submit_login
from tests.factories import add_sensor
from tests.people import PASSWORD, add_user


@pytest.fixture
def visitor(server: Flask, session: Session) -> Iterator[FlaskClient]:
    for role in Role:
        add_user(session, f"{role}@example.org", role)
    add_sensor(session, "one")
    with server.test_client() as visitor:
        yield visitor


def enter(visitor: FlaskClient, role: Role) -> None:
    assert submit_login(visitor, f"{role}@example.org", PASSWORD).status_code == 302


def call(visitor: FlaskClient, part: str, given: dict[str, Any], token: str = "") -> TestResponse:
    """Send a callback as a script would, whatever the page offers."""
    known = next(
        each
        for each in visitor.get("/_dash-dependencies").json or ()
        if part in each["output"] and {i["id"] for i in each["inputs"]} & given.keys()
    )
    visitor.get("/")
    cookie = visitor.get_cookie(CSRF_COOKIE)
    assert cookie is not None
    written = [
        {"id": name.rpartition(".")[0], "property": name.rpartition(".")[2]}
        for name in known["output"].strip(".").split("...")
    ]
    asked = {
        "output": known["output"],
        "outputs": written if known["output"].startswith("..") else written[0],
        **{
            kind: [
                {**each, "value": given.get(each["id"])}
                for each in known["inputs" if kind == "inputs" else "state"]
            ]
            for kind in ("inputs", "state")
        },
        "changedPropIds": [f"{name}.n_clicks" for name in given],
        "parsedChangedPropsIds": [f"{name}.n_clicks" for name in given],
    }
    headers = {CSRF_HEADER: token or cookie.value}
    return visitor.post("/_dash-update-component", json=asked, headers=headers)


def edited(thing: Sensor, name: str) -> dict[str, Any]:
    """Return what the grid says when somebody has edited a name."""
    data = {"key": thing.identifier, "thing": thing.model_dump(mode="json")}
    return {
        "table-grid": [{"colId": "name", "value": name, "data": data}],
        "table-noun": "sensors",
    }


def test_the_script_of_the_grid_comes_with_tables_and_not_with_every_page(
    visitor: FlaskClient,
) -> None:
    enter(visitor, Role.VIEWER)
    assert "_dash-component-suites/dash_ag_grid" not in visitor.get("/sensors").text
    answer = visitor.get(script())
    assert answer.status_code == 200
    assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_a_cell_that_an_editor_edits_is_stored(visitor: FlaskClient, session: Session) -> None:
    enter(visitor, Role.EDITOR)
    answer = call(visitor, "table-result", edited(sensors.get(session, "one"), "Mast"))
    assert '"name":"Mast"' in answer.text.replace(" ", "")
    assert sensors.get(session, "one").name == "Mast"


def test_a_viewer_who_forces_an_edit_changes_nothing(
    visitor: FlaskClient, session: Session
) -> None:
    enter(visitor, Role.VIEWER)
    answer = call(visitor, "table-result", edited(sensors.get(session, "one"), "Mast"))
    assert "stays as it was" in answer.text
    assert "role editor" in answer.text
    assert sensors.get(session, "one").name is None


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_who_may_not_delete_and_forces_it_deletes_nothing(
    visitor: FlaskClient, session: Session, role: Role
) -> None:
    enter(visitor, role)
    thing = sensors.get(session, "one").model_dump(mode="json")
    about = {"things": [thing], "cascade": True}
    given = {"table-really": 1, "table-asked-about": about, "table-noun": "sensors"}
    answer = call(visitor, "table-asked-about", given)
    assert "role admin" in answer.text
    assert sensors.get(session, "one").identifier == "one"


def test_a_callback_without_our_token_is_refused(visitor: FlaskClient, session: Session) -> None:
    enter(visitor, Role.EDITOR)
    thing = sensors.get(session, "one")
    assert call(visitor, "table-result", edited(thing, "Mast"), token="x.y").status_code == 403
    assert sensors.get(session, "one").name is None


def test_the_file_of_a_table_holds_what_fits_and_no_formula(
    visitor: FlaskClient, session: Session
) -> None:
    for name in ("two", "three"):
        new = NewSensor(identifier=name, type="everything", name=f"=HYPERLINK({name})")
        sensors.add(session, new)
    enter(visitor, Role.VIEWER)
    answer = visitor.get("/_table/sensors?q=t&sort=-identifier&columns=identifier,name")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="sensors.csv"'
    assert list(csv.reader(StringIO(answer.text))) == [
        ["Sensor", "Name"],
        ["two", "'=HYPERLINK(two)"],
        ["three", "'=HYPERLINK(three)"],
    ]
    assert visitor.get("/_table/nothing").status_code == 404


def test_the_log_has_filters_that_are_called_as_a_route_could_call_its_own(
    visitor: FlaskClient,
) -> None:
    enter(visitor, Role.ADMIN)
    asked = "noun=sensor&start=2000-01-01"
    found = visitor.get(f"/_rows/audit/0?{asked}").json or {}
    assert {row["noun"] for row in found["rows"]} == {"sensor"}
    lines = [*csv.reader(StringIO(visitor.get(f"/_table/audit?{asked}&columns=noun").text))]
    assert lines[1:] == [["sensor"]] * found["total"]


def test_rows_begin_where_they_are_asked_for_and_tell_how_many_fit(
    visitor: FlaskClient, session: Session
) -> None:
    sensors.add(session, NewSensor(identifier="two", type="everything"))
    enter(visitor, Role.VIEWER)
    found = visitor.get("/_rows/sensors/1?sort=identifier").json or {}
    assert ([row["key"] for row in found["rows"]], found["total"]) == (["two"], 2)
    none = visitor.get("/_rows/sensors/0?q=three").json or {}
    assert (none["rows"], none["total"], none["told"]) == ([], 0, "0 sensors")
    assert "No sensor fits" in str(none["empty"])


def test_rows_are_for_who_may_see_them(visitor: FlaskClient) -> None:
    assert visitor.get("/_rows/sensors/0").status_code == 401
    enter(visitor, Role.EDITOR)
    assert visitor.get("/_rows/audit/0").status_code == 404
    assert visitor.get("/_rows/nothing/0").status_code == 404
