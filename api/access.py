"""Who may do what, as the routes themselves declare it."""

from collections.abc import Iterator, Mapping, Sequence

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.security import Need, Require

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
    """Return the one need that a route declares."""
    found = list(requirements(dependant))
    if len(found) > 1:
        raise TypeError(f"{dependant.call} declares {len(found)} needs")
    return found[0] if found else None


def requirements(dependant: Dependant) -> Iterator[Need]:
    """Find the needs among the things that a route depends on."""
    for each in dependant.dependencies:
        if isinstance(each.call, Require):
            yield each.call.need
        yield from requirements(each)


def sentence(need: Need) -> str:
    """Say what a need is, for the document."""
    role = f"Needs the role `{need.role}`"
    if need.people_only:
        return f"{role} and a log-in; no API key will do."
    return f"{role}; of an API key {f'the scope `{need.scope}`' if need.scope else 'any scope'}."
