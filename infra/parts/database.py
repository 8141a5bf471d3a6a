"""The database, of either kind: what the rest of the twin needs to know of it."""

from typing import Protocol

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
    password = stack.secrets.database_password
    address = pulumi.Output.format(
        "postgresql://{0}:{1}@{2}:5432/{3}?sslmode=require", USER, password, database.host, NAME
    )
    return pulumi.Output.secret(address)
