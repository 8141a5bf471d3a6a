"""Ids of the parts of a sensor's page."""

from typing import Final

PAGE: Final = "sensor"
PATH: Final = "/sensor"

HERE: Final = "sensor-here"
REQUEST: Final = "sensor-request"
REFRESH: Final = "sensor-refresh"
HEADING: Final = "sensor-heading"
BODY: Final = "sensor-body"
SIDE: Final = "sensor-side"

MEASURE: Final = "sensor-measure"
SENDING: Final = "sensor-sending"
MAKE_KEY: Final = "sensor-make-key"
LINES: Final = "sensor-lines"
WAY: Final = "sensor-way"
MOVING_TITLE: Final = "sensor-moving-title"
WAITING: Final = "sensor-waiting"
TICK: Final = "sensor-tick"
ARRIVED: Final = "sensor-arrived"

MOVE: Final = "sensor-move"
MOVING: Final = "sensor-moving"
MOVE_TO: Final = "sensor-move-to"
MOVE_SINCE: Final = "sensor-move-since"
MOVE_SAVE: Final = "sensor-move-save"
MOVE_CLOSE: Final = "sensor-move-close"
MOVE_OPTIONS: Final = "sensor-move-options"
