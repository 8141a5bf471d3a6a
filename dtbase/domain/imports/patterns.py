"""Names of series made from what stands in a row: `{column}`, and `*` for anything."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from dtbase.errors import Invalid

FIELD = re.compile(r"\{([^{}]*)\}")
DASHED = re.compile(r"\{[^{}-]*\}(?:-\{[^{}-]*\})+")
MOST_STARS = 3
LONGEST_NAME = 200
"""Longer names fit no pattern with a star, since holding them against one takes long."""
UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "µ": "u"}
)


def check_pattern(text: str) -> str:
    """Refuse a pattern that would take long to hold against a name, or cannot be read."""
    if "\0" in text:
        raise ValueError("must not hold NUL")
    if text.count("*") > MOST_STARS:
        raise ValueError(f"may have at most {MOST_STARS} stars")
    if FIELD.sub("", text).count("{") or FIELD.sub("", text).count("}"):
        raise ValueError("has a brace that is not closed, or not opened")
    return text


@lru_cache(maxsize=4_096)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return the expression of a pattern; each star is as short as can be."""
    parts = [re.escape(part) for part in pattern.split("*")]
    return re.compile("(.*?)".join(parts), re.DOTALL)


def filled(template: str, texts: Mapping[str, str]) -> str:
    """Put the texts of a row into a template; of fields parted by dashes, the filled ones."""
    template = DASHED.sub(lambda run: "-".join(said_of(run[0], texts)), template)
    return FIELD.sub(lambda field: texts.get(field[1], field[0]), template)


def said_of(run: str, texts: Mapping[str, str]) -> Sequence[str]:
    """Return the fields of a run that hold something in a row, or all where none does."""
    every = run.split("-")
    return [field for field in every if texts.get(field[1:-1], field)] or every


def renamed(name: str, rules: Mapping[str, str]) -> str | None:
    """Return what the rules make of a name: the one that says it in full, or else the first."""
    if name in rules:
        return filled(rules[name], {})
    for pattern, template in rules.items() if len(name) <= LONGEST_NAME else ():
        if "*" in pattern and (match := compiled(pattern).fullmatch(name)):
            groups = {str(place): text for place, text in enumerate(match.groups(), start=1)}
            return filled(template, groups)
    return None


def fields(template: str) -> Sequence[str]:
    return FIELD.findall(template)


def identifier(text: str) -> str:
    """Make a name that a program uses from what a person has written."""
    bare = unicodedata.normalize("NFKD", text.strip().translate(LETTERS))
    letters = "".join(sign for sign in bare if not unicodedata.combining(sign))
    plain = UNFIT.sub("_", letters).strip("._-")
    return plain[:100] or "x"


def parsed(name: str) -> tuple[str, str]:
    """Read `sensor/measure`."""
    sensor, slash, measure = name.partition("/")
    if not (sensor and slash and measure):
        raise Invalid(f"{name!r} is not of the form sensor/measure", field="series")
    return sensor, measure
