"""A search of a tab is broken off by the next one there, and by leaving; those of others go on."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Thread

import pytest
import requests

from dash_app.finding.searches import OneWay, Searches
from dtbase.client import Client
from dtbase.domain.people.users import Tokens
from dtbase.errors import Unavailable
from tests.twins import eventually

TOKENS = Tokens(access_token="a", refresh_token="b", token_type="bearer", expires_in=900)


@pytest.fixture
def silent() -> Iterator[str]:
    """Serve an API that never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


class Looking:
    """A search that waits in a thread of its own."""

    def __init__(self, searches: Searches, tab: str, url: str) -> None:
        """Begin, and wait until the question is under way."""
        self.ways: list[OneWay] = []
        self.ended: list[str] = []
        self.thread = Thread(target=lambda: self.look(searches, tab, url), daemon=True)
        self.thread.start()
        eventually(lambda: self.ways and self.ways[0].sockets)

    def look(self, searches: Searches, tab: str, url: str) -> None:
        with searches.only(tab) as way:
            self.ways.append(way)
            session = requests.Session()
            session.mount(url, way)
            client = Client(url, tokens=TOKENS, session=session, timeout=240, tries=1)
            try:
                client.find.when("EWR/temperature above 30")
            except Unavailable:
                self.ended.append("broken off" if way.broken else "unavailable")


@pytest.mark.parametrize(
    "act", [lambda searches: searches.leave("one"), lambda searches: enter(searches, "one")]
)
def test_leaving_or_the_next_search_breaks_off_the_one_before_and_no_other(
    silent: str, act: Callable[[Searches], None]
) -> None:
    searches = Searches()
    mine, others = Looking(searches, "one", silent), Looking(searches, "two", silent)
    act(searches)
    mine.thread.join()
    assert mine.ended == ["broken off"]
    assert (others.ended, others.ways[0].broken) == ([], False)
    searches.leave("two")
    others.thread.join()
    assert others.ended == ["broken off"]


def enter(searches: Searches, tab: str) -> None:
    with ExitStack() as stack:
        stack.enter_context(searches.only(tab))


def test_a_search_that_has_not_begun_is_broken_off_as_it_begins(silent: str) -> None:
    way = OneWay()
    way.break_off()
    session = requests.Session()
    session.mount(silent, way)
    with pytest.raises(requests.ConnectionError):
        session.get(silent, timeout=240)


def test_leaving_where_nothing_is_looked_for_is_nothing() -> None:
    Searches().leave("one")
