"""The rule that a new password must meet."""

import secrets
from threading import Lock

from dtbase.errors import Invalid

SHORTEST = 12
STRONG = 3
"""From this of zxcvbn's scores, 0 to 4, on, a guess needs more than 10^8 tries."""
STRETCH = 24
"""So many characters are scored at once: more take zxcvbn seconds on hostile input."""
SAME_LETTERS = str.maketrans("{[<|", "(((1")
"""Characters that stand for the same letters, each way of reading which zxcvbn tries apart."""

LENGTH_RULE = f"a password has at least {SHORTEST} characters"
STRENGTH_RULE = (
    "a password is not a common one, nor one made of common words, names, dates, repeats or "
    "keyboard rows; four random words are fine"
)

_scoring = Lock()  # zxcvbn keeps the words to avoid in a global


def check_password(password: str, email: str, *, field: str = "password") -> None:
    """Refuse a password that is short, or that is common or easy to guess for this person."""
    if len(password) < SHORTEST:
        raise Invalid(LENGTH_RULE, field=field)
    if not any(is_strong(part, email) for part in scored_parts(password)):
        raise Invalid(STRENGTH_RULE, field=field)


def scored_parts(password: str) -> set[str]:
    """Return the parts of a password; one of them must be strong, and each is cheap to score."""
    return {part.translate(SAME_LETTERS) for part in (password[:STRETCH], password[-STRETCH:])}


def is_strong(password: str, email: str) -> bool:
    """Tell whether guessing takes long, also for somebody who knows the e-mail."""
    from zxcvbn import zxcvbn  # its lists of words are large, and most processes ask for none

    with _scoring:
        score: int = zxcvbn(password, ["dtbase", email, *email.split("@")])["score"]
    return score >= STRONG


def generate_password() -> str:
    """Return a random password of 120 bits."""
    return secrets.token_urlsafe(15)
