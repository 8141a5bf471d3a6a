"""Ids of the parts of a service's page."""

from typing import Any, Final

from dash import ALL

from dash_app.ids import ident

PAGE: Final = "service"
PATH: Final = "/service"

HERE: Final = "service-here"
REQUEST: Final = "service-request"
REFRESH: Final = "service-refresh"
HEADING: Final = "service-heading"
FORM: Final = "service-form"
SET: Final = "service-set"
RUN: Final = "service-run"
TOLD: Final = "service-told"
SET_NAME: Final = "service-set-name"
KEEP: Final = "service-keep"
HISTORY: Final = "service-history"
ONE: Final = "service-one"


def part(name: str, key: str) -> dict[str, str]:
    """Return the id of one of many parts."""
    return ident(PAGE, name, key)


def every(name: str) -> dict[str, Any]:
    """Return what matches all parts of that name."""
    return {"page": PAGE, "part": name, "key": ALL}
