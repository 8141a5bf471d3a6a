"""Tokens of a machine's identity, from what stands in for Azure on this machine."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from dtbase.errors import Invalid, Unavailable
from dtbase.settings import get_identity_settings
from jobs.services.identity import identified

HEADER = {"Authorization": "azure-identity api://model"}


class Azure(BaseHTTPRequestHandler):
    """Gives a token to whoever has the header, for one audience."""

    def do_GET(self) -> None:
        """Answer as the identity endpoint of Container Apps does."""
        asked = parse_qs(urlsplit(self.path).query)
        known = self.headers["X-IDENTITY-HEADER"] == "proof" and asked["client_id"] == ["me"]
        self.send_response(200 if known and asked["resource"] == ["api://model"] else 400)
        self.end_headers()
        self.wfile.write(json.dumps({"access_token": "a.b.c"}).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[HTTPServer]:
    """Serve tokens, and tell where."""
    server = HTTPServer(("127.0.0.1", 0), Azure)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{server.server_port}/token")
    monkeypatch.setenv("IDENTITY_HEADER", "proof")
    monkeypatch.setenv("AZURE_CLIENT_ID", "me")
    get_identity_settings.cache_clear()
    yield server
    server.shutdown()
    server.server_close()
    get_identity_settings.cache_clear()


def test_a_header_that_asks_for_it_becomes_a_token(endpoint: HTTPServer) -> None:
    others = {"X-Key": "azure", "X-Other": "0"}
    assert identified(HEADER | others) == {"Authorization": "Bearer a.b.c"} | others


def test_an_audience_that_azure_does_not_know_is_told(endpoint: HTTPServer) -> None:
    with pytest.raises(Unavailable, match="no token for api://other"):
        identified({"Authorization": "azure-identity api://other"})


def test_a_worker_elsewhere_says_that_it_has_no_identity() -> None:
    get_identity_settings.cache_clear()
    with pytest.raises(Invalid, match="nowhere that has an identity"):
        identified(HEADER)
