"""Regular expressions of other people, by an engine whose time grows linearly with the text.

It is the one that pydantic brings, of Rust: without look-around and back-references. Even so, a
pattern that repeats much makes a large program, so its weight is bounded before it is compiled.
"""

import re
from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema

LONGEST = 1_000
HEAVIEST = 10_000
"""Characters of a pattern, each counted as often as its repetitions make it count."""

CLASS = 10
"""What one character counts that stands for a whole class of Unicode's, such as \\w."""

PART = re.compile(r"\\[pP]\{[^}]*\}|\\.|\{(\d{1,9})(?:,(\d{0,9}))?\}|.", re.DOTALL)
CLASSES = (r"\w", r"\W", r"\d", r"\D", r"\s", r"\S", r"\p", r"\P", ".")


def weight(pattern: str) -> int:
    """Return how large the program of a pattern is, at most: nested repetitions multiply."""
    groups = [0]
    last = 0
    for part in PART.finditer(pattern):
        text = part[0]
        if text == "(":
            groups.append(0)
            last = 0
        elif text == ")" and groups[1:]:
            last = groups.pop()
            groups[-1] += last
        elif part[1] is not None:
            more = last * max(int(part[1]), int(part[2] or 0), 1) - last
            groups[-1] += more
            last += more
        else:
            last = CLASS if text.startswith(CLASSES) else 1
            groups[-1] += last
    return sum(groups)


@lru_cache(maxsize=256)
def compiled(pattern: str) -> SchemaValidator:
    """Compile a pattern, or raise ValueError."""
    if len(pattern) > LONGEST or weight(pattern) > HEAVIEST:
        raise ValueError(f"the pattern {pattern[:50]!r} is too long or repeats too much")
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern))
    except SchemaError as error:
        reason = str(error).strip().splitlines()[-1].removeprefix("error: ")
        raise ValueError(f"the pattern {pattern[:50]!r} cannot be read: {reason[:200]}") from error


def cost(pattern: str, text: str) -> int:
    """Return the steps that searching a text may take."""
    return 1 + len(text) * weight(pattern) // 100


def found(pattern: str, text: str) -> bool:
    try:
        compiled(pattern).validate_python(text, strict=True)
    except ValidationError:
        return False
    return True
