"""What the API says, in the words of the command."""

from collections.abc import Mapping

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
