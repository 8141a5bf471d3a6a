"""A request is one transaction, and its answer tells how that ended."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import InternalError
from sqlalchemy.orm import Session

from api.app import create_app
from api.dependencies import SessionDep, Transactions, get_session
from dtbase.errors import Invalid, Unavailable
from dtbase.storage import database
from dtbase.storage.database import (
    driver_of,
    get_engine,
    get_request_engine,
    reading,
    request_transaction,
    take_long,
    transaction,
)
from dtbase.storage.readings import lifecycle
from tests.people import PASSWORD


@pytest.fixture
def committing(own_environment: str) -> TestClient:
    """Reach an API that commits, with routes that fail in their own ways."""
    assert own_environment
    with transaction() as session:
        session.execute(
            text("CREATE TABLE scribble (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)")
        )
    app = create_app()
    add_routes(app)
    return TestClient(app, raise_server_exceptions=False)


def add_routes(app: FastAPI) -> None:
    @app.post("/scribbles/{number}")
    def add(number: int, session: SessionDep) -> int:
        session.execute(text("INSERT INTO scribble VALUES (:number)"), {"number": number})
        return number

    @app.post("/refused/{number}")
    def refuse(number: int, session: SessionDep) -> None:
        add(number, session)
        raise Invalid("no")

    @app.post("/lost")
    def lose(session: SessionDep) -> None:
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    @app.post("/past-sqlalchemy/{code}")
    def fail(code: str, session: SessionDep) -> None:
        driver_of(session).execute(f"DO $$ BEGIN RAISE SQLSTATE '{code}'; END $$")


def numbers() -> list[int]:
    with get_request_engine().connect() as connection:
        return list(connection.scalars(text("SELECT id FROM scribble ORDER BY id")))


def test_a_success_is_committed_before_it_is_answered(committing: TestClient) -> None:
    assert committing.post("/scribbles/1").status_code == 200
    assert numbers() == [1]


def test_a_commit_that_fails_is_not_answered_as_a_success(committing: TestClient) -> None:
    committing.post("/scribbles/1")
    assert committing.post("/scribbles/1").status_code == 500
    assert numbers() == [1]


def test_a_refusal_rolls_back(committing: TestClient) -> None:
    assert committing.post("/refused/1").status_code == 422
    assert numbers() == []


def test_a_lost_connection_is_unavailable(committing: TestClient) -> None:
    answer = committing.post("/lost")
    assert (answer.status_code, answer.json()["type"]) == (503, "unavailable")
    assert committing.post("/scribbles/1").status_code == 200


@pytest.mark.parametrize(
    ("code", "status"),
    [("53100", 503), ("55P03", 503), ("57014", 503), ("42703", 503), ("40P01", 500)],
)
def test_what_the_driver_itself_is_told_is_unavailable_too(
    committing: TestClient, code: str, status: int
) -> None:
    assert committing.post(f"/past-sqlalchemy/{code}").status_code == status
    assert committing.post("/scribbles/1").status_code == 200


OTHERS = text("""SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()""")


def end_other_connections(database_url: str) -> None:
    with create_engine(database_url, poolclass=NullPool).connect() as own:
        assert True in own.scalars(OTHERS).all()


def test_a_connection_that_died_while_it_rested_is_replaced(
    committing: TestClient, own_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    committing.post("/scribbles/1")
    end_other_connections(own_database_url)
    monkeypatch.setattr(database, "SURELY_ALIVE", 0)  # it has rested for long
    assert committing.post("/scribbles/2").status_code == 200
    assert numbers() == [1, 2]


def test_a_connection_that_died_right_after_its_use_fails_one_request_and_no_more(
    committing: TestClient, own_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "SURELY_ALIVE", 3600)
    committing.post("/scribbles/1")
    end_other_connections(own_database_url)
    assert [committing.post(f"/scribbles/{n}").status_code for n in (2, 3)] == [503, 200]
    assert numbers() == [1, 3]


def test_a_database_that_is_away_is_unavailable(environment: None) -> None:
    away = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")

    def session_of_nothing() -> Iterator[Session]:
        with transaction(away) as session:
            yield session

    app = create_app()
    app.dependency_overrides[get_session] = session_of_nothing
    client = TestClient(app, raise_server_exceptions=False)
    body = {"email": "ann@example.org", "password": PASSWORD}
    answer = client.post("/v1/auth/login", json=body)
    assert (answer.status_code, answer.json()["type"]) == (503, "unavailable")
    assert "127.0.0.1" not in answer.text


def test_a_database_without_our_tables_is_named_with_what_to_do(
    own_environment: str,
) -> None:
    assert own_environment
    with get_engine().begin() as connection:
        connection.execute(text("ALTER TABLE retention RENAME TO elsewhere"))
    with pytest.raises(Unavailable, match="alembic upgrade head"):
        lifecycle.maintain(get_engine(), datetime.now(UTC), timedelta(days=90))


def test_a_request_that_only_reads_can_change_nothing(environment: None) -> None:
    with pytest.raises(InternalError, match="read-only"), reading() as session:
        session.execute(text("DELETE FROM note"))


def test_what_reads_for_long_has_the_time_for_it_and_nothing_after_it(environment: None) -> None:
    limit = text("SHOW statement_timeout")
    with reading() as session:
        take_long(session)
        assert session.scalar(limit) == "10min"
    with reading() as session:
        assert session.scalar(limit) == "30s"


@pytest.mark.parametrize("opened", [reading, request_transaction])
def test_a_connection_that_rested_keeps_its_prepared_statements(
    environment: None, monkeypatch: pytest.MonkeyPatch, opened: Transactions
) -> None:
    monkeypatch.setattr(database, "SURELY_ALIVE", 0)  # each time it has rested for long
    for number in range(7):
        with opened() as session:
            driver_of(session).execute("SELECT %s + 1", [number])
    assert "SELECT $1 + 1" in prepared(opened)


def test_a_connection_that_read_for_long_keeps_its_prepared_statements(environment: None) -> None:
    for number in range(7):
        with reading() as session:
            driver_of(session).execute("SELECT %s + 1", [number])
    with reading() as session:
        take_long(session)
    assert "SELECT $1 + 1" in prepared(reading)


def prepared(opened: Transactions) -> Sequence[str]:
    with opened() as session:
        return session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
