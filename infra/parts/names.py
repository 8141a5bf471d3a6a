"""Names of Azure resources: one scheme, and Azure's limits on each kind."""

import hashlib
import re
from typing import NamedTuple


class Limit(NamedTuple):
    """What Azure accepts as a name of one kind of resource."""

    most: int
    pattern: str


LIMITS = {
    "rg": Limit(90, r"[\w().-]*[\w()-]"),
    "vnet": Limit(64, r"[a-zA-Z0-9][\w.-]*\w"),
    "snet": Limit(80, r"[a-zA-Z0-9][\w.-]*\w"),
    "nsg": Limit(80, r"[a-zA-Z0-9][\w.-]*\w"),
    "pip": Limit(80, r"[a-zA-Z0-9][\w.-]*\w"),
    "ng": Limit(80, r"[a-zA-Z0-9][\w.-]*\w"),
    "pe": Limit(80, r"[a-zA-Z0-9][\w.-]*\w"),
    "nic": Limit(80, r"[a-zA-Z0-9][\w.-]*\w"),
    "vm": Limit(64, r"[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]"),
    "disk": Limit(80, r"[a-zA-Z0-9][\w-]*"),
    "cae": Limit(60, r"[a-z][a-z0-9-]*[a-z0-9]"),
    "ca": Limit(32, r"[a-z](?!.*--)[a-z0-9-]*[a-z0-9]"),
    "job": Limit(32, r"[a-z](?!.*--)[a-z0-9-]*[a-z0-9]"),
    "cr": Limit(50, r"[a-zA-Z0-9]{5,}"),
    "kv": Limit(24, r"[a-zA-Z](?!.*--)[a-zA-Z0-9-]+[a-zA-Z0-9]"),
    "id": Limit(128, r"[a-zA-Z0-9][\w-]{2,}"),
    "amr": Limit(60, r"[a-zA-Z0-9](?!.*--)[a-zA-Z0-9-]*[a-zA-Z0-9]"),
    "psql": Limit(63, r"[a-z0-9][a-z0-9-]+[a-z0-9]"),
    "log": Limit(63, r"[a-zA-Z0-9][a-zA-Z0-9-]{2,}[a-zA-Z0-9]"),
    "ag": Limit(260, r"[\w -]+"),
    "alert": Limit(260, r"[\w -]+"),
    "budget": Limit(63, r"[\w-]+"),
    "st": Limit(24, r"[a-z0-9]{3,}"),
    "diag": Limit(260, r"[\w-]+"),
    "cert": Limit(64, r"[a-z][a-z0-9-]*[a-z0-9]"),
}
"""The kinds of resources by the abbreviations that Microsoft recommends for them."""

COMPACT = {"cr", "st"}
"""Names of these kinds have no hyphens."""

SHORT = {"ca", "job", "kv"}
"""Names of these kinds have no room for ours."""

GLOBAL = {"cr", "st", "kv", "psql", "amr"}
"""Names of these kinds are addresses, so they must differ from everybody else's."""


class Names(NamedTuple):
    """How the resources of one stack are called."""

    environment: str
    subscription: str

    def of(self, kind: str, what: str = "") -> str:
        """Return the name of a resource, such as `kv-dtbase-test-1a2b3c`."""
        parts = [kind, "" if kind in SHORT else "dtbase", what, self.environment]
        parts += [self.mark()] if kind in GLOBAL else []
        joint = "" if kind in COMPACT else "-"
        return checked(kind, joint.join(part for part in parts if part))

    def mark(self) -> str:
        """Return six characters that no other subscription's stack has."""
        told = f"{self.subscription}/{self.environment}".encode()
        return hashlib.sha256(told).hexdigest()[:6]


def checked(kind: str, name: str) -> str:
    """Return a name that Azure accepts, or refuse it."""
    limit = LIMITS[kind]
    if len(name) > limit.most or not re.fullmatch(limit.pattern, name):
        raise ValueError(f"{name!r} is no name that Azure accepts for a {kind}")
    return name
