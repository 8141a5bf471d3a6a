"""Every route asks who is there, save those listed here."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

PUBLIC = {
    ("POST", "/v1/auth/login"),
    ("POST", "/v1/auth/refresh"),
    ("POST", "/v1/auth/logout"),
    ("GET", "/v1/health"),
}
OUTSIDE = {"/openapi.json", "/docs", "/docs/oauth2-redirect", "/static-offline-docs"}


def operations(app: FastAPI) -> Iterator[tuple[str, str]]:
    for path, methods in app.openapi()["paths"].items():
        for method in methods:
            yield method.upper(), path


def test_every_route_needs_a_log_in_unless_listed(app: FastAPI, web: TestClient) -> None:
    asked = {
        (method, path): web.request(method, re.sub(r"{\w+}", "1", path)).status_code
        for method, path in operations(app)
    }
    assert asked
    assert {route for route in asked if asked[route] != 401} - PUBLIC == set()


def test_every_route_with_a_forged_token_is_closed(app: FastAPI, web: TestClient) -> None:
    web.headers["Authorization"] = "Bearer eyJhbGciOiJub25lIn0.e30."
    for method, path in set(operations(app)) - PUBLIC:
        answer = web.request(method, re.sub(r"{\w+}", "1", path))
        assert answer.status_code == 401, (method, path)
        assert answer.headers["www-authenticate"] == "Bearer"


def test_every_public_route_exists(app: FastAPI) -> None:
    assert set(operations(app)) >= PUBLIC


def test_no_route_hides_from_the_document(app: FastAPI) -> None:
    assert {path for route in app.routes if (path := getattr(route, "path", None))} == OUTSIDE


def test_every_operation_documents_its_refusals(app: FastAPI) -> None:
    document = app.openapi()
    assert "HTTPValidationError" not in str(document)
    for methods in document["paths"].values():
        for operation in methods.values():
            kinds = operation["responses"]["default"]["content"]
            assert list(kinds) == ["application/problem+json"]
            assert ("401" in operation["responses"]) >= ("security" in operation)


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
def test_the_documentation_needs_no_other_host(web: TestClient, path: str) -> None:
    answer = web.get(path)
    assert answer.status_code == 200
    links = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert all(link.startswith("/") for link in links)
    assert {web.get(link).status_code for link in links} <= {200}
