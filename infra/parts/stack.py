"""What all parts of one stack share: names, tags, the resource group, and what protects data."""

from typing import Any

import pulumi
from pulumi_azure_native import resources

from infra.parts.configuration import Configuration, Secrets, Settings
from infra.parts.names import Names


class Stack:
    """One stack: everything that its parts are made with."""

    def __init__(self, configuration: Configuration) -> None:
        """Make the resource group that everything lies in."""
        self.settings: Settings = configuration.settings
        self.secrets: Secrets = configuration.secrets
        self.names = Names(self.settings.environment, self.settings.subscription_id)
        self.group = resources.ResourceGroup(
            "group",
            resource_group_name=self.names.of("rg"),
            location=self.settings.location,
            tags=self.tags,
        )

    @property
    def tags(self) -> dict[str, str]:
        """Return the tags of every resource that takes tags."""
        return {
            "application": "dtbase",
            "environment": self.settings.environment,
            "managed-by": "pulumi",
        }

    @property
    def here(self) -> dict[str, Any]:
        """Return where a resource with tags goes, as its arguments."""
        return self.inside | {"location": self.settings.location, "tags": self.tags}

    @property
    def inside(self) -> dict[str, Any]:
        """Return where a part of another resource goes, as its arguments."""
        return {"resource_group_name": self.group.name}


class Part(pulumi.ComponentResource):
    """A part of the twin: a component resource whose resources are its children."""

    def __init__(self, kind: str, stack: Stack) -> None:
        """Begin a part; its resources are made with `self.ours` or `self.kept`."""
        super().__init__(f"dtbase:azure:{kind}", kind.lower())
        self.stack = stack

    @property
    def ours(self) -> pulumi.ResourceOptions:
        """Return the options of a resource of this part."""
        return pulumi.ResourceOptions(parent=self)

    @property
    def kept(self) -> pulumi.ResourceOptions:
        """Return the options of a resource that holds data: it is not deleted by a slip."""
        return pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True)

    def after(self, *others: pulumi.Resource) -> pulumi.ResourceOptions:
        """Return the options of a resource that waits for others."""
        return pulumi.ResourceOptions(parent=self, depends_on=[*others])
