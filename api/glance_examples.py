"""Examples of what is answered at a glance."""

from collections.abc import Mapping
from typing import Any

NOON = "2026-01-31T12:00:00Z"

GLANCE: Mapping[str, Any] = {
    "Changes": {
        "readings": "18422t",
        "runs": "12;4107;3",
        "registry": "96",
    },
    "Hit": {
        "kind": "series",
        "identifier": "EWR/temperature",
        "name": "Newark",
        "detail": "degC",
    },
    "OpenSession": {
        "id": "4f2f3ad6-6a0b-4c0c-9d3e-0c9f4f0e7a11",
        "started_at": NOON,
        "used_at": NOON,
        "expires_at": "2026-03-02T12:00:00Z",
        "current": True,
    },
}
"""By the name of the schema, as in api/examples.py."""
