"""Ids of the parts of the account page."""

from typing import Final

from dash_app.ids import ident

PAGE: Final = "account"

WHOSE: Final = "account-whose-password"
CURRENT: Final = "account-current-password"
NEW: Final = "account-new-password"
AGAIN: Final = "account-again-password"
CHANGE: Final = "account-change-password"

KEYS: Final = "account-keys"
KEY_NAME: Final = "account-key-name"
KEY_SCOPES: Final = "account-key-scopes"
KEY_DAYS: Final = "account-key-days"
KEY_ADD: Final = "account-key-add"
KEY_SECRET: Final = "account-key-secret"  # noqa: S105 - an id, not a secret
ASKED: Final = "account-asked"
ASK_TITLE: Final = "account-ask-title"
ASK_TEXT: Final = "account-ask-text"
REVOKE: Final = "account-revoke"
KEEP: Final = "account-keep"
ASKED_ABOUT: Final = "account-asked-about"

SESSIONS: Final = "account-sessions"
EVERYWHERE: Final = "account-everywhere"
REFRESH: Final = "account-refresh"
THEME: Final = "account-theme"


def revoke(key: int | str) -> dict[str, str]:
    """Return the id of the button that ends a key."""
    return ident(PAGE, "revoke", str(key))


def end(session: str) -> dict[str, str]:
    """Return the id of the button that ends a log-in."""
    return ident(PAGE, "end", session)
