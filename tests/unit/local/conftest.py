"""Tests that start processes leave none behind."""

from collections.abc import Iterator

import pytest

from dtbase.local.children import Child
from tests.children import stopping_children


@pytest.fixture(autouse=True)
def children() -> Iterator[list[Child]]:
    """Give the children that the test has started, which end with it."""
    with stopping_children() as started:
        yield started
