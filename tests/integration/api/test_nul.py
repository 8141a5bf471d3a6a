"""NUL, which PostgreSQL cannot store, is refused wherever a text comes in."""

import copy
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient
from pyarrow import csv, ipc, parquet
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from dtbase.errors import Invalid
from dtbase.storage.database import said_by, transaction
from tests.factories import add_sensor

TIME = "2026-01-31T12:00:00Z"
NAMES = [("one\0", "temperature"), ("one", "temperature\0"), ("\0", "\0")]


def table(sensor: str, measure: str, time: str) -> pa.Table:
    """Return one reading as a table."""
    columns = {"sensor": [sensor], "measure": [measure], "time": [time], "value": ["1"]}
    return pa.table(columns)


def as_csv(table: pa.Table) -> bytes:
    out = BytesIO()
    csv.write_csv(table, out)
    return out.getvalue()


def as_arrow(table: pa.Table) -> bytes:
    out = BytesIO()
    with ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table)
    return out.getvalue()


def as_parquet(table: pa.Table) -> bytes:
    out = BytesIO()
    parquet.write_table(table, out)
    return out.getvalue()


TABLES = {
    "text/csv": as_csv,
    "application/vnd.apache.arrow.stream": as_arrow,
    "application/vnd.apache.parquet": as_parquet,
}


@pytest.mark.parametrize(("sensor", "measure"), NAMES)
def test_a_name_with_nul_is_refused_in_every_format(
    api: TestClient, session: Session, sensor: str, measure: str
) -> None:
    add_sensor(session, "one")
    series = {"sensor": sensor, "measure": measure, "times": [TIME], "values": [1]}
    reading = {"sensor": sensor, "measure": measure, "time": TIME, "value": 1}
    answers = [
        api.post("/v1/readings", json={"series": [series]}),
        api.post("/v1/readings", json={"series": [series | {"times": [], "values": []}]}),
        api.post("/v1/readings", json={"readings": [reading]}),
        *(
            api.post("/v1/readings", content=write(table(sensor, measure, TIME)),
                     headers={"Content-Type": media_type})
            for media_type, write in TABLES.items()
        ),
    ]  # fmt: skip
    for answer in answers:
        assert answer.status_code == 422, answer.text
        assert "is registered" in answer.json()["errors"][0]["rule"]
    good = {"sensor": "one", "measure": "temperature", "time": TIME, "value": 1}
    assert api.post("/v1/readings", json={"readings": [good]}).status_code == 200


@pytest.mark.parametrize("time", [TIME + "\0", "\0" + TIME, TIME[:10] + "\0" + TIME[10:]])
def test_a_time_with_nul_is_refused_in_every_format(
    api: TestClient, session: Session, time: str
) -> None:
    add_sensor(session, "one")
    reading = {"sensor": "one", "measure": "temperature", "time": time, "value": 1}
    answers = [
        api.post("/v1/readings", json={"readings": [reading]}),
        *(
            api.post("/v1/readings", content=write(table("one", "temperature", time)),
                     headers={"Content-Type": media_type})
            for media_type, write in TABLES.items()
        ),
    ]  # fmt: skip
    for answer in answers:
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"] == "times"
    start = {"series": "one/temperature", "start": time}
    assert api.get("/v1/readings", params=start).status_code == 422


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where the texts of a document stand."""
    if isinstance(value, str):
        yield path
    items: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    for key, inner in items:
        yield from leaves(inner, (*path, key))


def spoilt(document: Any, path: tuple[Any, ...]) -> Any:
    """Return a document in which one text holds NUL."""
    if not path:
        return document + "\0"
    other = copy.copy(document)
    other[path[0]] = spoilt(other[path[0]], path[1:])
    return other


def bodies(document: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield each operation that takes JSON, with its first example."""
    schemas = document["components"]["schemas"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = (
                operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            )
            schema = content.get("schema", {})
            schema = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
            examples = [each["value"] for each in content.get("examples", {}).values()]
            for example in [*examples, *schema.get("examples", [])][:1]:
                yield method, path, example


def test_nul_in_any_text_of_any_body_is_no_failure_of_ours(api: TestClient) -> None:
    tried = 0
    for method, path, example in bodies(api.get("/openapi.json").json()):
        address = path
        for name in ("identifier", "name", "model", "service", "scenario"):
            address = address.replace(f"{{{name}}}", "thing")
        address = address.replace("{", "").replace("}", "")
        for place in leaves(example):
            answer = api.request(method, address, json=spoilt(example, place))
            assert answer.status_code < 500, (method, path, place, answer.text)
            tried += 1
    assert tried > 50


def test_nul_in_any_parameter_is_no_failure_of_ours(api: TestClient) -> None:
    for path, operations in api.get("/openapi.json").json()["paths"].items():
        for method, operation in operations.items():
            for each in operation.get("parameters", []):
                if each["in"] == "query":
                    address = path.replace("{", "").replace("}", "")
                    answer = api.request(method, address, params={each["name"]: "a\0"})
                elif each["in"] == "path":
                    inner = path.replace(f"{{{each['name']}}}", "a%00")
                    answer = api.request(method, inner.replace("{", "").replace("}", ""))
                else:
                    continue
                assert answer.status_code < 500, (method, path, each["name"], answer.text)


def test_what_the_database_refuses_for_its_text_is_told_without_the_statement(
    engine: Engine,
) -> None:
    with pytest.raises(Invalid, match="holds NUL") as refused, transaction(engine) as session:
        session.execute(text("SELECT CAST(:a AS text)"), {"a": "\0"})
    assert "SELECT" not in refused.value.detail
    with pytest.raises(Invalid, match="holds NUL"), transaction(engine) as session:
        session.execute(text("SELECT convert_from('\\x00', 'UTF8')"))


def test_the_reason_of_a_failed_run_holds_no_statement(engine: Engine) -> None:
    with pytest.raises(SQLAlchemyError) as failed, transaction(engine) as session:
        session.execute(text("SELECT 1 / CAST(:none AS int)"), {"none": 0})
    assert said_by(failed.value).startswith("DivisionByZero: division by zero")
    assert "SELECT" not in said_by(failed.value)
