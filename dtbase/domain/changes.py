"""What to change about a thing: what is absent stays as it is."""

from typing import Any, ClassVar, TypeVar

from pydantic import ConfigDict, ValidationError, ValidationInfo, field_validator

from dtbase.domain.frozen import Frozen
from dtbase.domain.refusals import rule_of
from dtbase.errors import Invalid, Violation

T = TypeVar("T", bound=Frozen)

Schema = dict[str, Any]


def describe(schema: Schema, kind: type["Change"]) -> None:
    """Adapt the schema of a change: no defaults and no nulls, as absent is not null; an example."""
    for name, described in schema.get("properties", {}).items():
        described.pop("default", None)
        if name not in kind.clearable and "anyOf" in described:
            (value,) = (each for each in described.pop("anyOf") if each != {"type": "null"})
            described.update(value)
    schema["examples"] = [kind.example]


class Change(Frozen):
    """New values for some fields; null empties a field that may be empty."""

    model_config = ConfigDict(json_schema_extra=describe)
    clearable: ClassVar[frozenset[str]] = frozenset()
    example: ClassVar[dict[str, Any]] = {}

    @field_validator("*", mode="before")
    @classmethod
    def keep(cls, value: object, info: ValidationInfo) -> object:
        """Refuse null where a value must stand."""
        if value is None and info.field_name not in cls.clearable:
            raise ValueError("cannot be null; leave it out to keep it as it is")
        return value

    def gives(self, field: str) -> bool:
        return field in self.model_fields_set


def revised(thing: T, change: Change) -> T:
    """Return a thing with a change made, or refuse a change that does not fit the rest of it."""
    given = {name: getattr(change, name) for name in change.model_fields_set}
    try:
        return thing.model_validate({**thing.model_dump(), **given})
    except ValidationError as error:
        found = [
            Violation(field=".".join(map(str, each["loc"])) or ", ".join(given), rule=rule_of(each))
            for each in error.errors()
        ]
        raise Invalid(found[0]["rule"], violations=found) from error
