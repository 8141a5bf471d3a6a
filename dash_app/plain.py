"""Figures as plain dicts: plotly's own classes check every value, which takes longer than drawing.

What is written here is read by plotly.js alone; the tests draw every kind of it in a browser.
"""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import numpy as np

TYPES = {"float32": "f4", "float64": "f8", "int32": "i4"}


class Part(dict[str, Any]):
    """A trace, an axis, a layout: a dict whose values are attributes too, None where unsaid."""

    def __getattr__(self, name: str) -> Any:
        """Return a value, or None."""
        if name.startswith("__"):
            raise AttributeError(name)
        return part_of(self.get(name))


def part_of(value: Any) -> Any:
    """Return a value whose dicts are parts."""
    if isinstance(value, dict):
        return value if isinstance(value, Part) else Part(value)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [part_of(each) for each in value]
    return value


def trace(kind: str, **properties: Any) -> Part:
    """Return a trace; what is None is not said."""
    said = {name: value for name, value in properties.items() if value is not None}
    return Part(type=kind, **said)


class Figure:
    """Traces and a layout."""

    def __init__(self, data: Sequence[Part], layout: dict[str, Any]) -> None:
        self.data, self.layout = list(data), Part(layout)

    def to_dict(self) -> dict[str, Any]:
        """Return what plotly.js reads."""
        data = [{name: packed(value) for name, value in each.items()} for each in self.data]
        return {"data": data, "layout": dict(self.layout)}


def packed(value: Any) -> Any:
    """Return an array as plotly.js unpacks it: quicker to read than a list, and shorter."""
    if not isinstance(value, np.ndarray):
        return value
    if str(value.dtype) not in TYPES:
        return value.tolist()
    return {"dtype": TYPES[str(value.dtype)], "bdata": b64encode(value.tobytes()).decode()}
