"""Keeping the secrets of a run out of whatever it leaves."""

import re
from collections.abc import Iterable

SHORTEST = 4
"""Characters of a secret from which on it is looked for: a shorter one would be everywhere."""

BACKSLASHES = r"(?i:\\(?:u005c|x5c)?|%(?:25)?5c|&\#92;|&\#x5c;){1,64}+"
"""Some backslashes, escaped in any way; so many at most, that no text takes long to search."""


class Redact:
    """Takes secrets out of texts, in every form in which they may be written."""

    def __init__(self, secrets: Iterable[str] = (), shortest: int = SHORTEST) -> None:
        self.shortest = shortest
        self.hide(secrets)

    def hide(self, secrets: Iterable[str]) -> None:
        """Take these out from now on, whole or without the scheme before a blank."""
        parts = {part for secret in secrets for part in (secret, secret.partition(" ")[2])}
        long_enough = (part for part in parts if len(part) >= self.shortest)
        self.forms = [forms_of(part) for part in sorted(long_enough, key=len, reverse=True)]

    def __call__(self, text: str) -> str:
        """Return a text without secrets."""
        for form in self.forms:
            text = form.sub("…", text)
        return text


def forms_of(secret: str) -> re.Pattern[str]:
    """Match a secret as an answer may write it, each character escaped in some way or not.

    Where backslashes stand, any number of them may: whoever escapes twice doubles them.
    """
    pieces = (
        BACKSLASHES if run.startswith("\\") else one_of(run)
        for run in re.findall(r"\\+|[A-Za-z0-9]+|.", secret, re.DOTALL)
    )
    return re.compile("".join(pieces))


def one_of(run: str) -> str:
    """Match letters and digits as they are, a sign also escaped as in JSON, addresses or HTML."""
    if run.isalnum():
        return run
    code = ord(run)
    named = {'"': "quot", "&": "amp", "<": "lt", ">": "gt", "'": "apos", " ": "nbsp"}.get(run, "#")
    plus = r"|\+" if run == " " else ""
    return (
        rf"\\{{0,64}}(?:{re.escape(run)}|(?i:u{code:04x}|x{code:02x}|%(?:25)?{code:02x}"
        rf"|&\#0*{code};|&\#x0*{code:x};|&{named};){plus})"
    )
