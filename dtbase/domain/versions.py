"""Versions of things, so that two people editing do not overwrite each other unnoticed."""

import json
from hashlib import sha256
from typing import Self

from dtbase.domain.frozen import Frozen
from dtbase.errors import Invalid, Stale

RULE = 'must be * or entity tags as the ETag header gives them, such as "0f9a…"'


def version_of(thing: Frozen) -> str:
    """Return what changes whenever the thing does: a digest of all that it says."""
    told = thing.model_dump(mode="json", exclude=set(thing.unversioned))
    document = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return sha256(document.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Expected(Frozen):
    """The versions of a thing that may be changed; None means whatever it has become."""

    versions: tuple[str, ...] | None = None

    @classmethod
    def of(cls, thing: Frozen) -> Self:
        """Expect a thing to be as it was when it was read."""
        return cls(versions=(version_of(thing),))

    @classmethod
    def parse(cls, header: str) -> Self:
        """Read the value of an If-Match header; weak tags never match."""
        if header.strip() == "*":
            return cls()
        tags = [tag.strip() for tag in header.split(",")]
        if not all(tag.removeprefix("W/")[:1] == tag[-1:] == '"' and len(tag) > 1 for tag in tags):
            raise Invalid(RULE, field="If-Match")
        return cls(versions=tuple(tag.strip('"') for tag in tags if not tag.startswith("W/")))

    def check(self, present: Frozen, what: str) -> None:
        """Refuse if the thing has changed since it was read."""
        if self.versions is not None and version_of(present) not in self.versions:
            raise Stale(
                f"{what} has changed since you read it; read it again and repeat the change",
                field="If-Match",
            )


WHATEVER = Expected()
"""Change a thing whatever it has become."""
