"""The container registry: images are pulled by identities, never with a password."""

import pulumi
from pulumi_azure_native import containerregistry

from infra.parts.identities import PULL_IMAGES, Identity, Right
from infra.parts.network import Network
from infra.parts.private_link import PrivateEndpoint, Target
from infra.parts.stack import Part, Stack


class Registry(Part):
    """Where the images are."""

    def __init__(self, stack: Stack, network: Network) -> None:
        """Make the registry; the largest size reaches it over our network, too."""
        super().__init__("Registry", stack)
        sku = stack.settings.dimensions.registry_sku
        self.registry = containerregistry.Registry(
            "registry",
            registry_name=stack.names.of("cr"),
            sku=containerregistry.SkuArgs(name=sku),
            admin_user_enabled=False,
            anonymous_pull_enabled=False,
            **stack.here,
            opts=self.ours,
        )
        if sku == "Premium":
            PrivateEndpoint(stack, "registry", network, Target(self.registry.id, "registry"))

    @property
    def server(self) -> pulumi.Output[str]:
        """Return the registry's address."""
        return self.registry.login_server

    def image(self, name: str) -> pulumi.Output[str]:
        """Return the whole name of an image; one of another registry stays as it is."""
        elsewhere = "." in name.partition("/")[0] and "/" in name
        return (
            pulumi.Output.from_input(name)
            if elsewhere
            else self.server.apply(lambda server: f"{server}/{name}")
        )

    def let_pull(self, identity: Identity) -> pulumi.Resource:
        """Let an identity pull images."""
        return identity.allow(Right(PULL_IMAGES, self.registry.id, "images"))
