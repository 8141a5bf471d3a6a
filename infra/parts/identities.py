"""Who may do what: an identity for each process, and for each the least rights that it needs."""

from collections.abc import Mapping
from typing import NamedTuple

import pulumi
from pulumi_azure_native import authorization, managedidentity

from infra.parts.stack import Part, Stack

PULL_IMAGES = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
READ_SECRETS = "4633458b-17de-408a-b874-0445c86b69e6"
WRITE_BLOBS = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"

ROLES = {
    PULL_IMAGES: "AcrPull",
    READ_SECRETS: "Key Vault Secrets User",
    WRITE_BLOBS: "Storage Blob Data Contributor",
}
"""Azure's built-in roles that we use, and no others, by their id."""

NEEDS: Mapping[str, frozenset[str]] = {
    "api": frozenset({"database-url", "redis-url", "secret-key"}),
    "dash": frozenset({"redis-url", "secret-key"}),
    "urgent-worker": frozenset({"database-url", "redis-url", "secret-key", "redis-key"}),
    "model-worker": frozenset({"database-url", "redis-url", "secret-key", "redis-key"}),
    "scheduler": frozenset({"database-url", "redis-url", "secret-key"}),
    "migrate": frozenset({"database-url", "redis-url", "secret-key"}),
}
"""The secrets that each process reads. The scale rules of workers look at Redis themselves."""


class Right(NamedTuple):
    """A role at one place."""

    role: str
    scope: pulumi.Input[str]
    place: str
    """What the place is called in the name of the assignment."""


class Identity(Part):
    """Who a process is to Azure."""

    def __init__(self, stack: Stack, name: str) -> None:
        """Make the identity; it may do nothing yet."""
        super().__init__(f"Identity-{name}", stack)
        self.label = name
        self.identity = managedidentity.UserAssignedIdentity(
            f"identity-{name}",
            resource_name_=stack.names.of("id", name),
            **stack.here,
            opts=self.ours,
        )

    @property
    def id(self) -> pulumi.Output[str]:
        """Return the id of the identity's resource."""
        return self.identity.id

    def allow(self, right: Right) -> authorization.RoleAssignment:
        """Give the identity a right."""
        subscription = self.stack.settings.subscription_id
        role = f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/"
        return authorization.RoleAssignment(
            f"right-{self.label}-{right.place}",
            principal_id=self.identity.principal_id,
            principal_type="ServicePrincipal",
            role_definition_id=role + right.role,
            scope=right.scope,
            opts=self.ours,
        )
