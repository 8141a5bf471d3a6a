"""Ids of the parts of the page of places."""

from typing import Final

PATH: Final = "/places"

HERE: Final = "places-here"
REQUEST: Final = "places-request"
REFRESH: Final = "places-refresh"
FIND: Final = "places-find"
TYPED: Final = "places-typed"
HEADING: Final = "places-heading"
TREE: Final = "places-tree"
DRAWN: Final = "places-drawn"
CARD: Final = "places-card"
MOVE: Final = "places-move"
"""What somebody has dropped where; assets/60-places.js tells."""
MOVED: Final = "places-moved"
CARRIED: Final = "places-carried"
