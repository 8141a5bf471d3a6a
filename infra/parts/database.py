"""The database, of either kind: what the rest of the twin needs to know of it."""

from typing import Protocol
from urllib.parse import quote

import pulumi

from infra.parts.stack import Stack

USER = "dtbase"
NAME = "dtbase"


class Database(Protocol):
    """What both kinds offer."""

    @property
    def host(self) -> pulumi.Output[str]:
        """Return the name by which the apps reach it."""

    @property
    def monitored(self) -> pulumi.CustomResource:
        """Return the resource whose figures are watched."""

    @property
    def load(self) -> str:
        """Return what Azure calls the percentage of processor time that it uses."""


def url(stack: Stack, database: Database) -> pulumi.Output[str]:
    """Return the address with the password; the connection is encrypted in any case."""
    parts = pulumi.Output.all(stack.secrets.database_password, database.host)
    return pulumi.Output.secret(parts.apply(lambda told: url_of(told[0], told[1])))


def url_of(password: str, host: str) -> str:
    """Return an address whose password may hold anything."""
    return f"postgresql://{USER}:{quote(password, safe='')}@{host}:5432/{NAME}?sslmode=require"
