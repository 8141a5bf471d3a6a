"""What the API says, in the words of the command."""

from collections.abc import Mapping, Sequence

from dtbase.cli.output import plain
from dtbase.errors import DTBaseError, Violation

OPTIONS: Mapping[str, str] = {
    "cascade=true": "--cascade",
    "keep=true": "--keep",
}
"""What the API calls its options, and what the command calls them."""


def spoken(sentence: str) -> str:
    """Return a sentence of the API with the command's own options in it."""
    for said, option in OPTIONS.items():
        sentence = sentence.replace(said, option)
    return sentence


def others(error: DTBaseError) -> Sequence[str]:
    """List the broken rules that a refusal only counts as "and 6 more".

    The API names a hundred at most. A refusal of several lines lists them itself.
    """
    if " more)" not in error.detail or "\n" in error.detail:
        return ()
    return [f"  {plain(line(violation))}" for violation in error.violations]


def line(violation: Violation) -> str:
    """Write a broken rule with where it stands."""
    row = f"row {violation['row']}" if "row" in violation else ""
    where = ", ".join(part for part in (row, violation["field"]) if part)
    value = f" ({violation['value']})" if "value" in violation else ""
    return f"{where}{value}: {violation['rule']}".removeprefix(": ")
