"""A client whose requests go straight to the application under test."""

import requests
from fastapi.testclient import TestClient
from requests.adapters import BaseAdapter

from dtbase.client import Client


class Wire(BaseAdapter):
    """Carries requests to an application in this process."""

    def __init__(self, web: TestClient) -> None:
        """Carry them by a test client, whose headers are added."""
        super().__init__()
        self.web = web

    def send(
        self, request: requests.PreparedRequest, *_: object, **__: object
    ) -> requests.Response:
        """Ask the application."""
        asked = self.web.request(
            str(request.method),
            str(request.url),
            content=request.body,
            headers=dict(request.headers),
        )
        response = requests.Response()
        response.status_code = asked.status_code
        response.headers.update(asked.headers)
        response._content = asked.content  # noqa: SLF001 - how requests is faked
        response.url = request.url or ""
        return response

    def close(self) -> None:
        """Have nothing to close."""


def client_of(web: TestClient) -> Client:
    """Return a client of an application, with the headers of the test client."""
    session = requests.Session()
    session.mount("http://", Wire(web))
    return Client("http://twin", session=session)
