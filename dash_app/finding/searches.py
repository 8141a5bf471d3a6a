"""Searches that are under way: one a tab, broken off when its person asks for another or leaves.

The API sees that its connection was closed, and ends the search in the database.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any

from flask import Blueprint, Flask, request
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from werkzeug.wrappers import Response

from dash_app import account

LEAVE = "/_find/leave"
LONGEST_NAME = 100

routes = Blueprint("searches", __name__)


class OneWay(HTTPAdapter):
    """A way to the API for one search, which another thread can close."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.sockets: list[socket.socket] = []
        self.broken = False
        super().__init__(pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Learn of every connection that is opened."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = pools_noting(self)

    def note(self, opened: socket.socket) -> None:
        """Keep a connection, or close it if the search is not wanted any more."""
        with self.lock:
            self.sockets.append(opened)
            broken = self.broken
        if broken:
            self.break_off()

    def break_off(self) -> None:
        """Close the way: whoever waits for an answer learns at once that there is none."""
        with self.lock:
            self.broken = True
            opened = [*self.sockets]
        for each in opened:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


def pools_noting(way: OneWay) -> dict[str, type[HTTPConnectionPool]]:
    """Return the pools of connections that tell a way of theirs."""

    class Plain(HTTPConnection):
        """A connection that is told of."""

        def connect(self) -> None:
            super().connect()
            way.note(self.sock)

    class Secure(HTTPSConnection):
        """A connection that is told of."""

        def connect(self) -> None:
            super().connect()
            way.note(self.sock)

    class PlainPool(HTTPConnectionPool):
        """Connections that are told of."""

        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        """Connections that are told of."""

        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


class Searches:
    """The search of each tab; a newer one, and leaving, break it off."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ways: dict[str, OneWay] = {}

    @contextmanager
    def only(self, tab: str) -> Iterator[OneWay]:
        """Return the way of a search, which takes the place of the one before it in its tab."""
        way = OneWay()
        with self._lock:
            before = self._ways.get(tab)
            self._ways[tab] = way
        if before is not None:
            before.break_off()
        try:
            yield way
        finally:
            with self._lock:
                if self._ways.get(tab) is way:
                    del self._ways[tab]
            way.close()

    def leave(self, tab: str) -> None:
        """Break off what a tab still looks for."""
        with self._lock:
            way = self._ways.pop(tab, None)
        if way is not None:
            way.break_off()


SEARCHES = Searches()


def init_searches(server: Flask) -> None:
    """Let the browser tell that somebody has left."""
    server.register_blueprint(routes)


@routes.post(LEAVE)
def leave() -> Response:
    """End what a tab looks for."""
    SEARCHES.leave(tab_of(request.args.get("tab", "")))
    return Response(status=204)


def tab_of(name: str) -> str:
    """Return a tab of the browser that asks; nobody names another's."""
    return f"{account.session_name()}:{name[:LONGEST_NAME]}"
