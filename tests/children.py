"""What a test starts ends with it, also when the test fails."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dtbase.local.children import Child, Recipe


@contextmanager
def stopping_children() -> Iterator[list[Child]]:
    """Note whatever is started by a recipe, and stop at the end of the block what still runs."""
    started: list[Child] = []
    start = Recipe.start

    def noted(recipe: Recipe) -> Child:
        started.append(start(recipe))
        return started[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recipe, "start", noted)
        try:
            yield started
        finally:
            for child in reversed(started):
                child.stop()
