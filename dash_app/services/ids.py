"""Ids of the parts of a service's page."""

from functools import partial
from typing import Final

from dash_app.ids import all_of, ident

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

part, every = partial(ident, PAGE), partial(all_of, PAGE)
"""The id of one of many parts by its name and key; and what matches all parts of a name."""
