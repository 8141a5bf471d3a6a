"""Ids of the parts of Overview."""

from typing import Final

PAGE: Final = "overview"

FIND: Final = "overview-find"
WITHIN: Final = "overview-within"
KIND: Final = "overview-kind"
STATE: Final = "overview-state"
TYPED: Final = "overview-typed"
ATTENTION: Final = "overview-attention"
HEADING: Final = "overview-heading"
PLACES: Final = "overview-places"
BASE: Final = "overview-base"
HERE: Final = "overview-here"
REQUEST: Final = "overview-request"
