"""What a viewer is not offered is refused where a script forces it, and changes nothing.

Tables have tests of their own; so have plans, shapes, imports and corrections, in the browser.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dash_app.importing.passing import Ask, Came
from dtbase.domain.imports.profiles import Profile
from dtbase.domain.imports.reports import ImportAnswer, ImportReport
from dtbase.domain.people.users import Role
from dtbase.domain.registry.locations import Location
from dtbase.storage import tables
from dtbase.storage.registry import locations
from tests.dashboards import submit_login
from tests.factories import add_sensor
from tests.integration.dashboard.test_dash_tables import call
from tests.people import PASSWORD, add_user

PROFILE = Profile.model_validate({"time": {"columns": ["t"]}, "columns": {"v": "one/temperature"}})
READ = ImportAnswer(
    report=ImportReport(file="a.csv", kind="a table"),
    profile=PROFILE,
    sensors=("one",),
    begins=datetime(2026, 1, 1, tzinfo=UTC),
)
CAME = Came(file="a.csv", ask=Ask(), answer=READ).model_dump(mode="json")
HERE = {"url": "?id=one"}
FORECAST = {
    "forecasts-queue": 1,
    "forecasts-series": ["one/temperature"],
    "forecasts-with": "pool",
    "forecasts-horizon": 48,
    "forecasts-often": "day",
}
MOVED = {"place": "house", "before": "", "into": "yard", "back": False}
ACTS: dict[str, tuple[str, dict[str, Any], Role]] = {
    "name the twin": (
        "start-refresh.data",
        {"start-save": 1, "start-name": "Mine", "start-zone": "UTC"},
        Role.ADMIN,
    ),
    "make a key": ("sensor-lines.children", {"sensor-make-key": 1, **HERE}, Role.EDITOR),
    "move a sensor": (
        "sensor-moving.is_open",
        {"sensor-move-save": 1, "sensor-move-to": "house", **HERE},
        Role.EDITOR,
    ),
    "move a place": ("places-moved.children", {"places-move": MOVED}, Role.EDITOR),
    "queue a forecast": ("forecasts-refresh.data", FORECAST, Role.EDITOR),
    "put sensors at a place": (
        "import-placing.children",
        {"import-place-go": 1, "import-place": "house", "import-answer": CAME},
        Role.EDITOR,
    ),
}


@pytest.fixture
def visitor(server: Flask, session: Session) -> Iterator[FlaskClient]:
    for role in Role:
        add_user(session, f"{role}@example.org", role)
    add_sensor(session, "one")
    for identifier in ("house", "yard"):
        locations.add(session, Location(identifier=identifier, name=identifier.title()))
    with server.test_client() as visitor:
        yield visitor


def changes(session: Session) -> int:
    return session.execute(select(func.count()).select_from(tables.AuditEntry)).scalar_one()


@pytest.mark.parametrize("act", ACTS)
def test_what_a_viewer_forces_is_refused_by_the_role_and_changes_nothing(
    visitor: FlaskClient, session: Session, act: str
) -> None:
    part, given, role = ACTS[act]
    assert submit_login(visitor, "viewer@example.org", PASSWORD).status_code == 302
    before = changes(session)
    answer = call(visitor, part, given)
    assert f"needs the role {role}" in answer.text.lower()
    assert changes(session) == before
    assert session.scalars(select(tables.Run)).all() == []


@pytest.mark.parametrize("act", ["move a sensor", "move a place", "put sensors at a place"])
def test_the_same_done_by_an_editor_is_done(
    visitor: FlaskClient, session: Session, act: str
) -> None:
    part, given, _ = ACTS[act]
    assert submit_login(visitor, "editor@example.org", PASSWORD).status_code == 302
    before = changes(session)
    assert call(visitor, part, given).status_code == 200
    assert changes(session) == before + 1
