"""A proxy carries what leaves this machine, and nothing else."""

from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from dtbase.client import Client
from dtbase.errors import Unavailable


class Way(BaseAdapter):
    """Notes which proxies a request would take, and gets nowhere."""

    def send(self, *_: object, proxies: Any = None, **__: object) -> requests.Response:
        self.proxies = proxies
        raise requests.ConnectionError

    def close(self) -> None:
        """Have nothing to close."""


@pytest.mark.parametrize(
    ("url", "proxied"),
    [
        ("http://127.0.0.1:8000", False),
        ("http://localhost:8000/twin", False),
        ("http://[::1]:8000", False),
        ("http://twin.example.org", True),
        ("http://10.1.2.3", True),
    ],
)
def test_no_proxy_is_asked_for_what_is_on_this_machine(
    url: str, proxied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("http_proxy", "http://proxy.example.org:3128")
    session, way = requests.Session(), Way()
    session.mount("http://", way)
    with Client(url, session=session, tries=1) as twin, pytest.raises(Unavailable):
        twin.twin()
    assert ("http" in way.proxies) is proxied
