"""The twin is named by admins, and everybody is told."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.domain.people.users import Role
from tests.people import add_user, carry, log_in

FARM = {"name": "The farm", "timezone": "Europe/London", "notice": None}


def test_an_admin_names_the_twin_and_the_log_says_so(api: TestClient) -> None:
    assert api.put("/v1/twin", json=FARM).json() == FARM
    assert api.get("/v1/twin").json() == FARM
    (entry,) = api.get("/v1/audit", params={"noun": "twin"}).json()
    assert (entry["before"]["name"], entry["after"]["name"]) == ("My twin", "The farm")


@pytest.mark.parametrize(
    ("field", "value"), [("name", " "), ("name", "a\0b"), ("timezone", "Mars/Olympus")]
)
def test_a_wrong_name_or_zone_is_refused_by_field(api: TestClient, field: str, value: str) -> None:
    answer = api.put("/v1/twin", json={**FARM, field: value})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert api.get("/v1/twin").json()["name"] == "My twin"


def test_an_editor_may_not_name_it(web: TestClient, session: Session) -> None:
    carry(web, log_in(session, add_user(session, "ed@example.org", Role.EDITOR)))
    assert web.put("/v1/twin", json=FARM).status_code == 403
