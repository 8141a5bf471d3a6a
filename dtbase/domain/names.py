"""The alphabets of names that appear in URLs and files."""

import json
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, StringConstraints
from pydantic_core import PydanticKnownError

IDENTIFIER_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
IDENTIFIER_RULE = "1 to 100 letters, digits, '.', '_' or '-', starting with a letter or digit"


def as_sent(most: int) -> BeforeValidator:
    """Count a text's characters before the blanks around it are taken off, as the rule says."""

    def check(value: object) -> object:
        if isinstance(value, str) and len(value) > most:
            raise PydanticKnownError("string_too_long", {"max_length": most})
        return value

    return BeforeValidator(check)


Identifier = Annotated[
    str,
    StringConstraints(pattern=IDENTIFIER_PATTERN),
]
"""A name that a program uses: letters, digits, dot, underscore and hyphen, at most 100."""

Title = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
    ),
    as_sent(200),
]
"""A name that a person reads: not only blanks, and nothing that steers a terminal."""

Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=10_000, pattern=r"^[^\x00]*$"),
    as_sent(10_000),
]
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
