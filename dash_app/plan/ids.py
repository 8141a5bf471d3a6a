"""Ids of the parts of a place's page."""

from typing import Final

PATH: Final = "/place"

HERE: Final = "plan-here"
REQUEST: Final = "plan-request"
REFRESH: Final = "plan-refresh"
HEADING: Final = "plan-heading"
TABS: Final = "plan-tabs"
MEASURE: Final = "plan-measure"
TOOLS: Final = "plan-toolbar"
RANGE: Final = "plan-range"
NOTE: Final = "plan-note"
SCENE: Final = "plan-scene"
"""All that the page draws, for assets/60-plan.js."""
DRAWN: Final = "plan-drawn"
PINS: Final = "plan-pins"
"""What somebody has pinned where."""
KEPT: Final = "plan-kept"
"""The floor plan as it is kept since."""
