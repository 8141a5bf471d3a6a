"""The pages that exist, in the order of the navigation."""

from collections.abc import Callable
from dataclasses import dataclass

from dash import Dash
from dash.development.base_component import Component

from dtbase.domain.people.users import Role
from dtbase.domain.registry.twin import Twin


@dataclass(frozen=True)
class Page:
    """One entry of the navigation: what it is called and how it is built."""

    path: str
    title: str
    icon: str
    layout: Callable[[Twin], list[Component]]
    register: Callable[[Dash], None]
    group: str = ""
    role: Role = Role.VIEWER
    listed: bool = True
    """Whether the navigation leads there; some pages are reached otherwise."""
    hint: str = ""
    """What tells it from a page of a like name, beside its title in the navigation."""


def pages_for(pages: tuple[Page, ...], role: Role) -> tuple[Page, ...]:
    """Return the pages that somebody of that role may see."""
    return tuple(page for page in pages if role.includes(page.role))


def page_at(pages: tuple[Page, ...], path: str | None) -> Page | None:
    """Return the page at the path; the first one is the front page."""
    if path in {None, "", "/"}:
        return pages[0]
    return next((page for page in pages if page.path == path), None)
