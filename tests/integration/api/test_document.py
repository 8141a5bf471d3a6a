"""The OpenAPI document is valid; each operation says what it does, shows it, and how it refuses."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import validate

from api.examples import EXAMPLES

Document = dict[str, Any]
WRITES = {"post", "put", "patch"}


class Operation(NamedTuple):
    """One method of one path, as the document has it."""

    method: str
    path: str
    said: Document

    def __str__(self) -> str:
        """Name the operation."""
        return f"{self.method} {self.path}"

    def contents(self) -> Iterator[Document]:
        """Find what it takes and what it answers when all goes well."""
        yield from self.said.get("requestBody", {}).get("content", {}).values()
        for status, answer in self.said["responses"].items():
            if status.startswith("2"):
                yield from answer.get("content", {}).values()


@pytest.fixture
def document(app: FastAPI) -> Document:
    return app.openapi()


@pytest.fixture
def operations(document: Document) -> list[Operation]:
    return [
        Operation(method, path, said)
        for path, methods in document["paths"].items()
        for method, said in methods.items()
    ]


def shows(content: Document, schemas: Document) -> bool:
    """Tell whether a body or an answer has an example, or is nothing that can be read."""
    schema = content.get("schema", {})
    schema = schema.get("items", schema)
    named = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    shown = bool({"example", "examples"} & content.keys()) or "examples" in named
    return shown or schema.get("format") == "binary"


def test_the_document_is_valid(document: Document) -> None:
    validate(document)


def test_bounds_are_told_in_the_words_of_json_schema(document: Document) -> None:
    assert not re.search(r'"(ge|gt|le|lt)": ', json.dumps(document))


def test_each_operation_says_what_it_does(operations: list[Operation]) -> None:
    for operation in operations:
        summary, description = operation.said["summary"], operation.said["description"]
        assert re.fullmatch(r"[A-Z][^.]{2,50}", summary), operation
        assert description.split("\n")[0].endswith("."), operation
        assert len(operation.said["tags"]) == 1, operation
    names = [operation.said["operationId"] for operation in operations]
    assert len(set(names)) == len(names)


def test_each_body_and_answer_has_an_example(
    document: Document, operations: list[Operation]
) -> None:
    schemas = document["components"]["schemas"]
    for operation in operations:
        assert all(shows(content, schemas) for content in operation.contents()), operation


def test_each_operation_documents_how_it_refuses(operations: list[Operation]) -> None:
    for operation in operations:
        answers = operation.said["responses"]
        assert "default" in answers, operation
        assert ("404" in answers) >= ("{" in operation.path and operation.method != "put")
        assert ("422" in answers) >= ("requestBody" in operation.said), operation
        assert ({"401", "403"} <= set(answers)) >= bool(operation.said["security"]), operation
        adding = operation.method == "post" and "201" in answers and operation.path != "/v1/runs"
        assert ("409" in answers) >= adding, operation


def test_every_example_fits_its_schema(document: Document) -> None:
    schemas = document["components"]["schemas"]
    assert set(EXAMPLES) <= set(schemas)
    for name, schema in schemas.items():
        named = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        checker = OAS31Validator(named, format_checker=oas31_format_checker)
        for example in schema.get("examples", []):
            assert [error.message for error in checker.iter_errors(example)] == [], name
