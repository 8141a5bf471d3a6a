"""What was refused to an API key lately, and what helps."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import Field

from dtbase.domain.frozen import Frozen

MOST = 20
"""So many different refusals of one key are kept."""

SET_ASIDE = "set-aside"
"""What stands in place of an error's code where nothing was refused, and still nothing stored."""


class Refusal(Frozen):
    """One refusal; the same one again and again is counted."""

    at: datetime = Field(description="When it was last.")
    times: int = Field(1, description="How often in the last hour, as far as is kept.")
    request: str = Field(description="The method and the path.")
    code: str = Field(description="As in the problem document; or set-aside.")
    field: str | None = None
    detail: str
    remedy: str | None = Field(None, description="What to change, where that is known.")

    @property
    def kind(self) -> tuple[str, str, str | None]:
        """Return what makes it the same as another one; its detail may name rows and values."""
        return self.request, self.code, self.field

    def and_then(self, later: "Refusal") -> "Refusal":
        """Return what stands for this one and a later one of the same kind."""
        newer = max(self, later, key=lambda each: each.at)
        return newer.model_copy(update={"times": self.times + later.times})


def gathered(refusals: Iterable[Refusal]) -> Sequence[Refusal]:
    """Return one of each kind, the last one first."""
    found: dict[tuple[str, str, str | None], Refusal] = {}
    for each in refusals:
        known = found.get(each.kind)
        found[each.kind] = each if known is None else known.and_then(each)
    newest = sorted(found.values(), key=lambda each: each.at, reverse=True)
    return newest[:MOST]
