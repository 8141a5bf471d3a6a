"""Keeping the secrets of a run out of whatever it leaves."""

from collections.abc import Collection

SHORTEST = 4
"""Characters of a secret from which on it is looked for: a shorter one would be everywhere."""


class Redact:
    """Takes secrets out of texts, in every form in which they may be written."""

    def __init__(self) -> None:
        """Begin with none."""
        self.secrets: Collection[str] = ()

    def __call__(self, text: str) -> str:
        """Return a text without secrets."""
        for form in sorted(self.secrets, key=len, reverse=True):
            if len(form) >= SHORTEST:
                text = text.replace(form, "…")
        return text
