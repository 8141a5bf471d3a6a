"""Ids of the parts of the page Quality."""

from functools import partial
from typing import Final

from dash_app.ids import all_of, ident

PAGE: Final = "quality"
PATH: Final = "/quality"

HEADING: Final = "quality-heading"
REQUEST: Final = "quality-request"
REFRESH: Final = "quality-refresh"
HERE: Final = "quality-here"

SENSOR: Final = "quality-sensor"
MEASURE: Final = "quality-measure"
FROM: Final = "quality-from"
TO: Final = "quality-to"
TYPED: Final = "quality-typed"
SENSORS: Final = "quality-sensors"
MEASURES: Final = "quality-measures"

RULES: Final = "quality-rules"
LISTED: Final = "quality-listed"
CORRECTED: Final = "quality-corrected"

EVERY_ROW: Final = "quality-every-row"
CHOSEN: Final = "quality-chosen"
"""The ids of the readings that are ticked."""
TAKE_IN: Final = "quality-take-in"
DROP: Final = "quality-drop"
ASKED: Final = "quality-asked"
ASKED_TEXT: Final = "quality-asked-text"
ASKED_ABOUT: Final = "quality-asked-about"
SURE: Final = "quality-sure"
KEEP: Final = "quality-keep"

OPENED: Final = "quality-opened"
"""What of the address belongs into the drawer."""
DRAWER: Final = "quality-drawer"
KIND: Final = "quality-kind"
PREVIEW: Final = "quality-preview"
PREVIEWED: Final = "quality-previewed"
"""The correction whose preview is shown: what is made is what was shown."""
SEEN: Final = "quality-seen"
WRONG: Final = "quality-wrong"
MAKE: Final = "quality-make"
SERIES: Final = "quality-series"

part, every = partial(ident, PAGE), partial(all_of, PAGE)
"""The id of one of many parts by its name and key; and what matches all parts of a name."""
