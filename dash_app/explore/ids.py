"""Ids of the parts of Explore."""

from typing import Final

from dash_app.ids import ident

PAGE: Final = "explore"

REQUEST: Final = "explore-request"
DRAWN: Final = "explore-drawn"
HIDDEN: Final = "explore-hidden"
ZOOM: Final = "explore-zoom"
ACT: Final = "explore-act"
"""What somebody did that only the server knows the next view of."""

PENDING: Final = "explore-pending"
REFRESH: Final = "explore-refresh"
POLL: Final = "explore-poll"
DOWNLOAD: Final = "explore-download"

RANGE: Final = "explore-range"
FROM: Final = "explore-from"
TO: Final = "explore-to"
APPLY: Final = "explore-apply"
SPAN: Final = "explore-span"
EARLIER: Final = "explore-earlier"
LATER: Final = "explore-later"
BACK: Final = "explore-back"
BACK_UNIT: Final = "explore-back-unit"
AHEAD: Final = "explore-ahead"
AHEAD_UNIT: Final = "explore-ahead-unit"
AROUND: Final = "explore-around"
COMPARED: Final = "explore-compared"
COMPARE_OFF: Final = "explore-compare-off"
SHIFT: Final = "explore-shift"
SHIFT_UNIT: Final = "explore-shift-unit"
MONTH: Final = "explore-month"
MONTH_SHOW: Final = "explore-month-show"
SHIFT_SHOW: Final = "explore-shift-show"
SHOWN: Final = "explore-shown"
LOOK: Final = "explore-look"
PANELS: Final = "explore-panels"
ORIGIN: Final = "explore-origin"
ORIGIN_CLOSE: Final = "explore-origin-close"
BODY: Final = "explore-body"
BUCKET: Final = "explore-bucket"
COPY: Final = "explore-copy"
PYTHON: Final = "explore-python"
CURL: Final = "explore-curl"
SHARE: Final = "explore-share"
CODE: Final = "explore-code"
FORECAST: Final = "explore-forecast"
FORECAST_TEXT: Final = "explore-forecast-text"

ON_CHART: Final = "explore-on"
COUNT: Final = "explore-count"
CLEAR: Final = "explore-clear"
TREE: Final = "explore-tree"
CHOSEN: Final = "explore-chosen"
SEARCH: Final = "explore-search"
SEARCH_ROOM: Final = "explore-search-room"
OF_TYPE: Final = "explore-of-type"
OF_LOCATION: Final = "explore-of-location"
OF_MEASURE: Final = "explore-of-measure"
ADD_ALL: Final = "explore-add-all"
PLACE: Final = "explore-place"
PLACE_MEASURE: Final = "explore-place-measure"
ADD_PLACE: Final = "explore-add-place"
BELIEF_OF: Final = "explore-belief-of"
BELIEF_MODEL: Final = "explore-belief-model"
BELIEF_SCENARIO: Final = "explore-belief-scenario"
BELIEF_AS_OF: Final = "explore-belief-as-of"
BELIEF_RUN: Final = "explore-belief-run"
ADD_BELIEF: Final = "explore-add-belief"
FORMULA: Final = "explore-formula"
ADD_FORMULA: Final = "explore-add-formula"

GRAPH: Final = "explore-graph"
STAGE: Final = "explore-stage"
NOTE: Final = "explore-note"
LEGEND: Final = "explore-legend"
RUNS: Final = "explore-runs"
FOOT: Final = "explore-foot"
TABLE: Final = "explore-table"
CARD: Final = "explore-card"


def station(sensor: str) -> dict[str, str]:
    """Return the id of the checkboxes of one sensor."""
    return ident(PAGE, "station", sensor)


def remove(key: str) -> dict[str, str]:
    """Return the id of the button that takes a series off the chart."""
    return ident(PAGE, "remove", key)


def say(said: str) -> dict[str, str]:
    """Return the id of a button that makes the address say `name=value`."""
    return ident(PAGE, "say", said)


def aggregate(unit: str) -> dict[str, str]:
    """Return the id of the choice of the aggregate of one panel."""
    return ident(PAGE, "aggregate", unit)


def file(kind: str) -> dict[str, str]:
    """Return the id of the button that downloads a kind of file."""
    return ident(PAGE, "file", kind)


def jump(place: str) -> dict[str, str]:
    """Return the id of a button in a message that leads somewhere else."""
    return ident(PAGE, "jump", place)
