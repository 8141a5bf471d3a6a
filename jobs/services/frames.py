"""Telling what is of pandas without importing it: it takes a second and 40 MB."""

import sys
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    import pandas as pd


def is_frame(thing: Any) -> "TypeGuard[pd.DataFrame]":
    return is_one_of(thing, "DataFrame")


def is_index(thing: Any) -> "TypeGuard[pd.DatetimeIndex]":
    return is_one_of(thing, "DatetimeIndex")


def is_of_pandas(thing: Any) -> bool:
    """Tell whether a thing is a frame or one column of it."""
    return is_one_of(thing, "DataFrame", "Series")


def is_one_of(thing: Any, *names: str) -> bool:
    """Tell whether a thing is of some class of pandas; without pandas there is none."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(thing, tuple(getattr(pandas, name) for name in names))
