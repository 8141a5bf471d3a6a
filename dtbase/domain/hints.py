"""What somebody may have meant by a name that is unknown."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel

Place = Sequence[int | str]
"""Where something stands in a document."""

LONGEST_NAME = 100
"""So much of a name is compared and told: it may be as long as a body."""


def did_you_mean(kind: Any, found: Mapping[str, Any]) -> str | None:
    """Say what a key that pydantic does not know may stand for, and which keys there are."""
    if found["type"] != "extra_forbidden" or not found["loc"]:
        return None
    *outer, name = found["loc"]
    known = sorted({field for model in models_at(kind, outer) for field in fields_of(model)})
    if not known:
        return None
    given = str(name)[:LONGEST_NAME]
    close = get_close_matches(given, known, n=1)
    meant = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
    return f"there is no key {given!r} here; {meant}"


def models_at(kind: Any, place: Place) -> Iterable[type[BaseModel]]:
    """Return the models that may stand at a place of a document."""
    inside = [*models_in(kind)]
    if not place:
        return inside
    step, *rest = place
    if isinstance(step, int):
        return models_at(kind, rest)
    fields = [model.model_fields.get(step) for model in inside]
    kinds = [field.annotation for field in fields if field is not None]
    # a step that is no field is a tag with which pydantic tells the parts of a union apart
    return [model for each in kinds or [kind] for model in models_at(each, rest)]


def models_in(kind: Any) -> Iterable[type[BaseModel]]:
    """Return the models that a type consists of, however they are wrapped."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for part in get_args(kind):
        yield from models_in(part)


def fields_of(model: type[BaseModel]) -> Iterable[str]:
    """Return the keys that a model takes."""
    return [field.alias or name for name, field in model.model_fields.items()]
