"""`dtbase setup admin`, whose password stands in a log and therefore runs out."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from dtbase.cli import setup
from dtbase.domain.people.users import Credentials, NewUser, Role, User, UserChange
from dtbase.storage import tables
from dtbase.storage.database import transaction
from dtbase.storage.people import users
from dtbase.storage.people.passwords import get_hasher
from tests.people import HASHER, PASSWORD

ADA = "ada@example.org"
NEW_PASSWORD = "copper lantern orchard"


def tell() -> str:
    result = CliRunner().invoke(setup.app, ["admin", ADA], catch_exceptions=False)
    return result.stdout


@pytest.fixture
def ada(session: Session) -> User:
    new = NewUser.model_validate({"email": ADA, "password": PASSWORD, "role": Role.ADMIN})
    return users.add(session, new, HASHER, datetime.now(UTC) + timedelta(days=1))


def let_it_run_out(session: Session) -> None:
    now = tables.User.password_expires_at
    session.execute(update(tables.User).values(password_expires_at=now - timedelta(days=1)))


def log_in(web: TestClient, password: str) -> tuple[int, str]:
    answer = web.post("/v1/auth/login", json={"email": ADA, "password": password})
    return answer.status_code, answer.json().get("detail", "")


@pytest.mark.usefixtures("own_environment")
def test_the_first_log_in_is_told_once_with_the_day_it_ends() -> None:
    told = tell()
    password = told.split("Password")[1].split()[0]
    credentials = Credentials.model_validate({"email": ADA, "password": password})
    with transaction() as session:
        user = users.verify(session, credentials, get_hasher())
    assert user.password_expires_at is not None
    left = user.password_expires_at - datetime.now(UTC)
    assert timedelta(days=6) < left <= setup.FIRST_PASSWORD_LIFE
    assert f"until {user.password_expires_at:%d %B %Y, %H:%M} UTC" in told
    assert tell() == "There is an admin already.\n"


def test_a_first_password_that_has_run_out_opens_nothing_and_says_what_does(
    web: TestClient, session: Session, ada: User
) -> None:
    assert log_in(web, PASSWORD)[0] == 200
    let_it_run_out(session)
    status, detail = log_in(web, PASSWORD)
    assert (status, f"dtbase user set-password {ADA}" in detail) == (403, True)
    assert log_in(web, "not the password")[0] == 401


def test_a_password_of_ones_own_opens_for_good(
    web: TestClient, session: Session, ada: User
) -> None:
    token = web.post("/v1/auth/login", json={"email": ADA, "password": PASSWORD}).json()
    web.headers["Authorization"] = f"Bearer {token['access_token']}"
    assert web.get("/v1/auth/me").json()["password_expires_at"] is not None
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert web.post("/v1/auth/password", json=change).status_code == 204
    assert web.get("/v1/auth/me").json()["password_expires_at"] is None
    let_it_run_out(session)
    assert log_in(web, NEW_PASSWORD)[0] == 200


def test_a_password_that_an_admin_gives_opens_for_good(
    web: TestClient, session: Session, ada: User
) -> None:
    let_it_run_out(session)
    users.update(session, ada.id, UserChange.model_validate({"password": NEW_PASSWORD}), HASHER)
    assert log_in(web, NEW_PASSWORD)[0] == 200
