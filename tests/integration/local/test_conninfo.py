"""The driver connects by itself where the settings say, as what stands on SQLAlchemy does."""

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url

from dtbase.storage.database import NOTICE_DEATH, conninfo
from tests.conftest import Servers, point_at


def test_the_driver_connects_with_our_limits_and_with_the_options_of_the_address(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = make_url(servers.database_url).update_query_dict({"options": "-c work_mem=5MB"})
    point_at(monkeypatch, address.render_as_string(hide_password=False), servers.redis_url)
    asked = {**NOTICE_DEATH, "statement_timeout": "7s", "work_mem": "5MB"}
    with psycopg.connect(conninfo(statement_timeout="7s")) as connection:
        told = {name: connection.execute(f"SHOW {name}".encode()).fetchone() for name in asked}
    assert told == {name: (value,) for name, value in asked.items()}


def test_a_password_is_what_it_says_whatever_is_in_it(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "postgresql://ann:a%20%2B%25'b@db.example.org:5433/twin"
    point_at(monkeypatch, address, servers.redis_url)
    told = conninfo_to_dict(conninfo())
    assert told["password"] == "a +%'b"
    assert (told["user"], told["host"], told["port"]) == ("ann", "db.example.org", "5433")
