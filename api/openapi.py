"""What the OpenAPI document says beyond the routes: every refusal is a problem document."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from api.errors import MEDIA_TYPE, STATUS, Problem
from api.examples import EXAMPLES
from api.needs import Operation, sentence
from api.security import Need
from dtbase.errors import DTBaseError, Invalid, NotAllowed, NotAuthenticated

REFERENCES = "#/components/schemas/{model}"
REPLACED = ("HTTPValidationError", "ValidationError")

Document = dict[str, Any]
"""A part of an OpenAPI document, which is JSON by nature."""


def answers(*kinds: type[DTBaseError]) -> dict[int | str, Document]:
    """Name the refusals that are special to a route, for its `responses`."""
    statuses = [STATUS[kind] for kind in kinds]
    return {status: refusal(HTTPStatus(status).phrase) for status in statuses}


def refusal(description: str) -> Document:
    """Describe an answer that is a problem."""
    schema = {"$ref": REFERENCES.format(model=Problem.__name__)}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def install(app: FastAPI, needs: Mapping[Operation, Need | None]) -> None:
    """Make the app's OpenAPI document tell of problems, and of who may do what."""
    plain = app.openapi

    def openapi() -> Document:
        if app.openapi_schema is None:
            amend(plain())
            tell_needs(plain(), needs)
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def amend(document: Document) -> None:
    """Add the problem document and who answers it."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template=REFERENCES)
    schemas.update(problem.pop("$defs"))
    schemas[Problem.__name__] = problem
    for name in REPLACED:
        schemas.pop(name, None)
    for name in EXAMPLES.keys() & schemas.keys():
        schemas[name]["examples"] = [EXAMPLES[name]]
    for path in document.get("paths", {}).values():
        for operation in path.values():
            tell_refusals(operation)


def tell_needs(document: Document, needs: Mapping[Operation, Need | None]) -> None:
    """Add to each description who may do it."""
    for (method, path), need in needs.items():
        operation = document["paths"][path][method.lower()]
        said = [operation.get("description", ""), sentence(need) if need else "Open to everybody."]
        operation["description"] = "\n\n".join(filter(None, said))
        operation.setdefault("security", [])


def tell_refusals(operation: Document) -> None:
    """Name the refusals that an operation has by what it takes and whom it lets in."""
    responses = operation["responses"]
    kinds: list[type[DTBaseError]] = (
        [NotAuthenticated, NotAllowed] if "security" in operation else []
    )
    if "422" in responses:
        del responses["422"]
        kinds.append(Invalid)
    for status, described in answers(*kinds).items():
        responses.setdefault(str(status), described)
    responses.setdefault("default", refusal("Any other refusal or failure"))
