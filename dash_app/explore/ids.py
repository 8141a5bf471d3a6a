"""Ids of the parts of Explore."""

from typing import Final

from dash_app.ids import ident

PAGE: Final = "explore"

REQUEST: Final = "explore-request"
DRAWN: Final = "explore-drawn"
HIDDEN: Final = "explore-hidden"
ZOOM: Final = "explore-zoom"
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
BUCKET: Final = "explore-bucket"
RESOLVED: Final = "explore-resolved"
COPY: Final = "explore-copy"
CSV: Final = "explore-csv"
FORECAST: Final = "explore-forecast"
FORECAST_TEXT: Final = "explore-forecast-text"

ON_CHART: Final = "explore-on"
COUNT: Final = "explore-count"
CLEAR: Final = "explore-clear"
TREE: Final = "explore-tree"

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


def jump(place: str) -> dict[str, str]:
    """Return the id of a button in a message that leads somewhere else."""
    return ident(PAGE, "jump", place)
