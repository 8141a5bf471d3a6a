"""Who may do what, as the routes themselves declare it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from fastapi import APIRouter, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import compile_path

from api.errors import ProblemResponse, unroutable
from api.security import Need

Operation = tuple[str, str]
"""A method and a path."""


def needs(routers: Sequence[APIRouter], prefix: str) -> Mapping[Operation, Need | None]:
    """Return what every operation asks of whoever comes; none for those open to everybody."""
    return {
        (method, prefix + route.path): declared(route.dependant)
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }


def declared(dependant: Dependant) -> Need | None:
    found = list(requirements(dependant))
    if len(found) > 1:
        raise TypeError(f"{dependant.call} declares {len(found)} needs")
    return found[0] if found else None


def requirements(dependant: Dependant) -> Iterator[Need]:
    """Find the needs among the things that a route depends on."""
    for each in dependant.dependencies:
        need = declarer(each.call)
        if need is not None:
            yield need
        yield from requirements(each)


def declarer(call: object) -> Need | None:
    """Return the need whose `now` or `later` a dependency is."""
    owner = getattr(call, "__self__", None)
    return owner if isinstance(owner, Need) else None


def install(app: FastAPI, needs: Mapping[Operation, Need | None]) -> None:
    """Answer a wrong method with all that the path takes, not only what its first route does."""

    async def not_taken(request: Request, error: Exception) -> ProblemResponse:
        answer = unroutable(request, error)
        answer.headers["Allow"] = ", ".join(methods(needs, request.url.path))
        return answer

    app.add_exception_handler(405, not_taken)


def methods(operations: Iterable[Operation], path: str) -> Sequence[str]:
    """Return what a path takes, over all the routes that fit it."""
    return sorted({method for method, pattern in operations if compiled(pattern).match(path)})


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Return the expression of a route's path."""
    return compile_path(pattern)[0]


def sentence(need: Need) -> str:
    """Say what a need is, for the document."""
    role = f"Needs the role `{need.role}`"
    if need.people_only:
        return f"{role} and a log-in; no API key will do."
    return f"{role}; of an API key {f'the scope `{need.scope}`' if need.scope else 'any scope'}."
