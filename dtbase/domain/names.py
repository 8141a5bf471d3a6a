"""The alphabets of names that appear in URLs and files."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from annotated_types import BaseMetadata
from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, StringConstraints
from pydantic_core import PydanticKnownError

IDENTIFIER_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
IDENTIFIER_RULE = "1 to 100 letters, digits, '.', '_' or '-', starting with a letter or digit"


@dataclass(frozen=True)
class Stripped(StringConstraints):
    """A text without the blanks around it, which count as long as they are sent."""

    strip_whitespace: bool | None = True

    def __iter__(self) -> Iterator[BaseMetadata]:
        """Give the rules one by one: a text is measured before its blanks are taken off."""
        yield from super().__iter__()
        yield BeforeValidator(self.measured)  # type: ignore[misc]

    def measured(self, value: object) -> object:
        """Refuse a text that is too long as it was sent."""
        most = self.max_length
        if most is not None and isinstance(value, str) and len(value) > most:
            raise PydanticKnownError("string_too_long", {"max_length": most})
        return value


Identifier = Annotated[
    str,
    StringConstraints(pattern=IDENTIFIER_PATTERN),
]
"""A name that a program uses: letters, digits, dot, underscore and hyphen, at most 100."""

Title = Annotated[
    str,
    Stripped(
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
    ),
]
"""A name that a person reads: not only blanks, and nothing that steers a terminal."""

Text = Annotated[str, Stripped(max_length=10_000, pattern=r"^[^\x00]*$")]
"""A note or description without NUL."""


def check_storable(parameters: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Refuse what JSON may hold and PostgreSQL may not."""
    if "\\u0000" in json.dumps(parameters):
        raise ValueError("no name and no text in it may hold NUL")
    return parameters


Parameters = Annotated[
    dict[str, JsonValue], Field(max_length=1_000), AfterValidator(check_storable)
]
"""Named values of any kind, for a program that knows them."""
