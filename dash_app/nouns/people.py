"""Users, keys and the log of changes, for admins."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from dash_app import account
from dash_app.nouns.lines import text_of_json
from dash_app.own.api_keys import SCOPES
from dash_app.tables.noun import Column, Field, Filter, Kind, Look, Noun, Option, Typed, chosen
from dash_app.words import duration_in_words
from dtbase.client import Client
from dtbase.domain.paging import Listed
from dtbase.domain.people.audit import Action, AuditEntry, AuditQuery
from dtbase.domain.people.invitations import (
    Invitation,
    InvitationQuery,
    IssuedInvitation,
    NewInvitation,
)
from dtbase.domain.people.keys import IssuedKey, Key, KeyQuery, NewKey
from dtbase.domain.people.users import NewUser, Role, User, UserChange, UserQuery
from dtbase.domain.services.cron import cron_in_words
from dtbase.errors import NotFound

ROLES = {
    Role.VIEWER: "Viewer: sees everything",
    Role.EDITOR: "Editor: changes, starts runs",
    Role.ADMIN: "Admin: deletes, manages people",
}
ACTIVE = {"true": "Active", "false": "Not active"}
ADMIN = "Admin"
SIGNS = {"cron": cron_in_words, "every": duration_in_words}
"""What is stored as a sign, and who says it in words."""
THINGS = (
    "sensor",
    "sensor type",
    "measure",
    "location",
    "location schema",
    "installation",
    "floor plan",
    "note",
    "correction",
    "import",
    "import profile",
    "model",
    "scenario",
    "run",
    "service",
    "parameter set",
    "schedule",
    "retention class",
    "user",
    "invitation",
    "key",
    "view",
    "twin",
)


class Keys:
    """Keys as a table asks for things; they are issued and ended, never changed."""

    def __init__(self, client: Client) -> None:
        self._keys = client.keys

    def page(self, *, skip: int = 0, limit: int = 100, **filters: str | None) -> Listed[Key]:
        return self._keys.page(skip=skip, limit=limit, **filters)

    def get(self, name: str) -> Key:
        """Return one key, or raise NotFound."""
        if not name.isdigit():
            raise NotFound(f"no key {name!r}", field="id")
        return self._keys.get(int(name))

    def add(self, new: NewKey) -> IssuedKey:
        return self._keys.add(new)

    def delete(self, key: Key) -> None:
        self._keys.revoke(key.id)


class Invitations:
    """Invitations as a table asks for things; they are given and withdrawn, never changed."""

    def __init__(self, client: Client) -> None:
        self._invitations = client.invitations

    def page(self, *, skip: int = 0, limit: int = 100, **filters: str | None) -> Listed[Invitation]:
        return self._invitations.page(skip=skip, limit=limit, **filters)

    def get(self, name: str) -> Invitation:
        """Return one invitation, or raise NotFound."""
        if not name.isdigit():
            raise NotFound(f"no invitation {name!r}", field="id")
        return self._invitations.get(int(name))

    def add(self, new: NewInvitation) -> IssuedInvitation:
        return self._invitations.add(new)

    def delete(self, invitation: Invitation) -> None:
        self._invitations.withdraw(invitation.id)


class Log:
    """The log of changes as a table asks for things."""

    def __init__(self, client: Client) -> None:
        self._log = client.audit

    def page(self, *, skip: int = 0, limit: int = 100, **filters: str | None) -> Listed[AuditEntry]:
        """Return a stretch of it; `start` and `end` are days, both included."""
        start, end = midnight(filters.get("start")), midnight(filters.get("end"), days=1)
        asked = {**filters, "start": start, "end": end}
        return self._log.page(skip=skip, limit=limit, **asked)

    def get(self, name: str) -> AuditEntry:
        """Return one line of it, or raise NotFound."""
        if not name.isdigit():
            raise NotFound(f"no line {name!r} in the log", field="id")
        return self._log.get(int(name))


def midnight(day: str | None, days: int = 0) -> str | None:
    """Return when a day begins on the site's clock, or one after it; no day is no time."""
    try:
        begins = datetime.strptime(day or "", "%Y-%m-%d").replace(tzinfo=account.site_zone())
        return (begins + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        return None


def owners(client: Client) -> Sequence[Option]:
    return [Option(user.email, user.email) for user in client.users.list()]


def may(key: Key) -> str:
    """Return what a key may do, and for which sensors."""
    told = ", ".join(SCOPES[scope].lower() for scope in key.scopes)
    return told if key.sensors is None else f"{told} of {', '.join(key.sensors)}"


def state(invitation: Invitation) -> str:
    return "Open" if invitation.expires_at > datetime.now(UTC) else "Run out"


def difference(entry: AuditEntry) -> str:
    """Return what was changed, from what to what."""
    before, after = entry.before or {}, entry.after or {}
    if not (before and after):
        return ""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return "; ".join(f"{n}: {shown(n, before.get(n))} → {shown(n, after.get(n))}" for n in names)


def shown(name: str, value: Any) -> str:
    """Return a value as it was stored, and in words where it is a sign for those who know it."""
    if value is None or value == "":
        return "nothing"
    if words := name in SIGNS and SIGNS[name](value):
        return f"{value} ({words})"
    return value if isinstance(value, str) else text_of_json(value) or str(value)


USERS = Noun(
    name="users",
    title="Users",
    one="user",
    icon="user",
    key="id",
    kind=User,
    query=UserQuery,
    new=NewUser,
    change=UserChange,
    store=lambda client: client.users,
    columns=(
        Column("email", "E-mail", link=True, share=3),
        Column("role", "Role"),
        Column("active", "Active", Look.FLAG),
        Column("created_at", "Since", Look.TIME),
    ),
    fields=(
        Field("email", "E-mail"),
        Field("role", "Role", Kind.CHOICE, options=chosen(ROLES), start="viewer", in_many=True),
        Field("active", "May log in", Kind.FLAG, start=True, when="change", in_many=True),
        Field(
            "password",
            "Password",
            Kind.HIDDEN,
            hint="At least 12 characters, hard to guess; they can change it. Empty keeps it.",
        ),
    ),
    filters=(
        Filter("role", "All roles", chosen(ROLES)),
        Filter("active", "Active or not", chosen(ACTIVE)),
    ),
    group=ADMIN,
    sees=Role.ADMIN,
    writes=Role.ADMIN,
    restorable=False,
    searched="E-mail",
    loss="What they have done stays in the log. To keep them out for a while, untick May log in.",
)

INVITATIONS = Noun(
    name="invitations",
    title="Invitations",
    one="invitation",
    icon="user",
    key="id",
    kind=Invitation,
    query=InvitationQuery,
    new=NewInvitation,
    change=None,
    store=Invitations,
    columns=(
        Column("email", "E-mail", link=True, share=3),
        Column("role", "Role"),
        Column("state", "State", show=state),
        Column("expires_at", "Ends", Look.TIME),
        Column("invited_by", "Invited by"),
        Column("created_at", "Invited", Look.TIME, shown=False),
    ),
    fields=(
        Field("email", "E-mail"),
        Field("role", "Role", Kind.CHOICE, options=chosen(ROLES), start="viewer"),
        Field(
            "mail",
            "Mail the link",
            Kind.FLAG,
            start=True,
            hint="If the twin has a mail server; you see the link in any case.",
            when="new",
        ),
    ),
    filters=(Filter("role", "All roles", chosen(ROLES)),),
    group=ADMIN,
    sees=Role.ADMIN,
    writes=Role.ADMIN,
    restorable=False,
    searched="E-mail",
    loss="The link opens nothing from now on. You can invite anew.",
    empty="An invitation is a link, good once, by which somebody sets a password and comes in.",
)

KEYS = Noun(
    name="keys",
    title="API keys",
    one="key",
    several="keys",
    icon="link",
    key="id",
    kind=Key,
    query=KeyQuery,
    new=NewKey,
    change=None,
    store=Keys,
    columns=(
        Column("name", "Key", link=True),
        Column("owner", "Owner"),
        Column("scopes", "May", share=3, show=may),
        Column("last_used_at", "Last used", Look.TIME),
        Column("expires_at", "Ends", Look.TIME),
        Column("created_at", "Issued", Look.TIME, shown=False),
    ),
    fields=(
        Field("name", "Name"),
        Field("owner", "Owner", Kind.PICK, options=owners, optional=True, hint="Else you."),
        Field("scopes", "May", Kind.SOME, options=chosen(SCOPES)),
    ),
    filters=(Filter("owner", "All owners", owners),),
    group=ADMIN,
    sees=Role.ADMIN,
    writes=Role.ADMIN,
    restorable=False,
    searched="Name",
    loss="Devices and scripts that use it are refused from now on. It cannot be undone.",
    empty="Keys let devices and scripts in.",
)

AUDIT = Noun(
    name="audit",
    title="Audit log",
    one="change",
    icon="log",
    key="id",
    kind=AuditEntry,
    query=AuditQuery,
    store=Log,
    columns=(
        Column("id", "No.", link=True, share=1),
        Column("at", "When", Look.TIME),
        Column("actor", "Who"),
        Column("action", "Did", share=1),
        Column("noun", "What", share=1),
        Column("name", "Which"),
        Column("difference", "From what to what", share=4, show=difference),
    ),
    fields=(
        Field("actor", "Who"),
        Field("action", "Did"),
        Field("noun", "What"),
        Field("name", "Which"),
        Field("before", "Before", Kind.LINES, write=text_of_json),
        Field("after", "After", Kind.LINES, write=text_of_json),
    ),
    filters=(
        Filter("action", "All changes", chosen(Action)),
        Filter("noun", "All things", chosen({each: each.capitalize() for each in THINGS})),
    ),
    group=ADMIN,
    sees=Role.ADMIN,
    searched="Who",
    words="actor",
    several="changes",
    typed=(
        Typed("name", "Which"),
        Typed("start", "From", "date"),
        Typed("end", "Until", "date"),
    ),
    deletes=None,
)
