"""Examples of what the API takes and answers, for the models that show none themselves."""

from collections.abc import Mapping

from api.example_parts import NOON, Document
from api.glance_examples import GLANCE
from api.readings_examples import READINGS
from api.work_examples import WORK

USER: Document = {
    "id": 2,
    "email": "ada@example.org",
    "role": "editor",
    "active": True,
    "created_at": NOON,
}
NEW_KEY: Document = {
    "name": "greenhouse gateway",
    "scopes": ["readings:write"],
    "sensors": ["EWR"],
    "expires_at": "2030-01-01T00:00:00Z",
}
KEY: Document = {
    **NEW_KEY,
    "id": 7,
    "owner": "ada@example.org",
    "role": "editor",
    "created_at": NOON,
    "last_used_at": None,
}
INVITED: Document = {"email": "ada@example.org", "role": "editor", "expires_at": NOON}
INVITATION: Document = {
    **INVITED,
    "id": 4,
    "invited_by": "root@example.org",
    "created_at": NOON,
}

EXAMPLES: Mapping[str, Document] = {
    **GLANCE,
    **READINGS,
    **WORK,
    "AuditEntry": {
        "id": 31,
        "at": NOON,
        "actor": "ada@example.org",
        "action": "changed",
        "noun": "location",
        "name": "newark-airport",
        "before": {"name": "Newark"},
        "after": {"name": "Newark Airport"},
    },
    "Credentials": {"email": "ada@example.org", "password": "velvet marble canyon"},
    "Health": {
        "status": "ok",
        "database": {"ok": True, "edition": "community"},
        "redis": {"ok": True, "workers": 1},
        "aggregates": {"pending": 0, "oldest_seconds": None},
        "quality": {"set_aside": {"placeholders": 6}},
        "version": "0.1.0",
    },
    "Installation": {
        "id": 3,
        "sensor": "EWR",
        "location": "newark-airport",
        "since": NOON,
        "until": None,
    },
    "Acceptance": {"token": "i" * 43, "password": "velvet marble canyon"},
    "Invitation": INVITATION,
    "InvitationToken": {"token": "i" * 43},
    "Invited": INVITED,
    "IssuedInvitation": {
        **INVITATION,
        "token": "i" * 43,
        "link": f"https://twin.example.org/invitation#{'i' * 43}",
        "mailed": True,
        "not_mailed_because": None,
    },
    "NewInvitation": {"email": "ada@example.org", "role": "editor"},
    "IssuedKey": {**KEY, "secret": "dtb_7_" + "A" * 43},
    "Key": KEY,
    "NewKey": NEW_KEY,
    "NewUser": {
        "email": "ada@example.org",
        "password": "velvet marble canyon",
        "role": "editor",
    },
    "Blueprint": {
        "measures": [{"name": "humidity", "unit": "percent"}],
        "sensor_types": [{"name": "box", "measures": [{"name": "humidity", "unit": "percent"}]}],
        "sensors": [{"identifier": "box-1", "type": "box"}],
    },
    "Plan": {
        "digest": "0f9a2c51",
        "steps": [{"action": "create", "kind": "sensors", "name": "box-1", "fields": []}],
        "left_alone": 3,
    },
    "Note": {
        "id": 5,
        "text": "The mast was down for maintenance.",
        "start": "2026-01-31T09:00:00Z",
        "end": NOON,
        "series": "EWR/wind_speed",
        "sensor": None,
        "location": None,
        "author": "ada@example.org",
        "created_at": NOON,
        "changed_at": NOON,
    },
    "View": {
        "id": 3,
        "name": "Hot days, EWR",
        "path": "/explore?s=EWR/temperature",
        "shared": True,
        "pinned": False,
        "owner": "ada@example.org",
        "created_at": NOON,
        "changed_at": NOON,
    },
    "PasswordChange": {
        "current_password": "velvet marble canyon",
        "new_password": "copper lantern orchard",
    },
    "Refusal": {
        "at": NOON,
        "times": 3,
        "request": "POST /v1/readings",
        "code": "invalid",
        "field": "time",
        "detail": "the time has no offset",
        "remedy": "Write the time with its offset, such as 2026-01-31T12:00:00Z.",
    },
    "RefreshRequest": {"refresh_token": "r" * 43},
    "Retention": {"name": "short", "keep_days": 90, "measures": ["temperature"], "raw_from": NOON},
    "Rules": {"keep_days": 90, "measures": ["temperature"]},
    "Tokens": {
        "access_token": "eyJhbGciOiJIUzI1NiJ9…",
        "refresh_token": "r" * 43,
        "token_type": "bearer",
        "expires_in": 900,
    },
    "Twin": {"name": "Demo", "timezone": "America/New_York", "notice": "Replay of 2013"},
    "User": USER,
    "UserChange": {"role": "admin"},
}
