"""Finding the route of a request: by its noun, in one step, however many routes there are.

FastAPI would try all routes one after another, each inside the router that brings it. With a
hundred routes that takes longer than most of them work.
"""

from collections.abc import Iterable

from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from api.mounting import path_of
from api.route import Route, UsualWayError

NOUN = 2
"""Where the noun stands in a path that is split at its slashes: /v1/sensors/…"""

Key = tuple[str, str, int]
"""A method, a noun, and how many parts the path has."""


def install(app: FastAPI, routers: Iterable[APIRouter], prefix: str) -> None:
    """Give an application the routes of routers, side by side, and find them by their nouns."""
    app.router.route_class = Route
    for router in routers:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            add(app.router, route, prefix)
    app.router.middleware_stack = Directory(app.router.app, app.routes, prefix)


def add(router: APIRouter, route: APIRoute, prefix: str) -> None:
    """Add a route under a prefix, with all that its own router knows of it."""
    router.add_api_route(
        prefix + route.path,
        route.endpoint,
        response_model=route.response_model,
        status_code=route.status_code,
        tags=route.tags,
        dependencies=route.dependencies,
        summary=route.summary,
        description=route.description,
        responses=route.responses,
        methods=route.methods,
        response_class=route.response_class,
        openapi_extra=route.openapi_extra,
    )


class Directory:
    """Sends each request straight to its route."""

    def __init__(self, otherwise: ASGIApp, routes: Iterable[BaseRoute], prefix: str) -> None:
        """Sort routes by method, noun and length; what fits none goes to the ordinary way."""
        self._otherwise = otherwise
        self._prefix = f"{prefix}/"
        self._routes: dict[Key, list[APIRoute]] = {}
        for route in routes:
            if isinstance(route, APIRoute) and route.path.startswith(self._prefix):
                for method in route.methods or ():
                    self._routes.setdefault(key_of(method, route.path), []).append(route)
        self._paths = {(noun, length) for _, noun, length in self._routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the route answer, or tell that there is none."""
        path = path_of(scope) if scope["type"] == "http" else ""
        if path.startswith(self._prefix):
            key = key_of(scope["method"], path)
            for route in self._routes.get(key, ()):
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found)
                    await answer(route, scope, receive, send)
                    return
            if not path.endswith("/") and key[1:] not in self._paths:
                raise HTTPException(404)
        await self._otherwise(scope, receive, send)


async def answer(route: APIRoute, scope: Scope, receive: Receive, send: Send) -> None:
    """Let a route answer: past the framework where it can, else in the framework's way."""
    if isinstance(route, Route) and route.directly is not None:
        try:
            response = await route.directly(Request(scope, receive, send))
        except UsualWayError:
            pass  # nothing has been done yet
        else:
            await response(scope, receive, send)
            return
    await route.handle(scope, receive, send)


def key_of(method: str, path: str) -> Key:
    """Return where a request is looked up; a noun is never a parameter."""
    parts = path.split("/")
    return method, parts[NOUN], len(parts)
