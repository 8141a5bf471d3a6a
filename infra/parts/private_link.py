"""Private endpoints: an address of our own network for a service of Azure, and its name there."""

from typing import NamedTuple

import pulumi
from pulumi_azure_native import network, privatedns

from infra.parts.network import Network
from infra.parts.stack import Part, Stack

ZONES = {
    "vault": "privatelink.vaultcore.azure.net",
    "redisEnterprise": "privatelink.redis.azure.net",
    "blob": "privatelink.blob.core.windows.net",
    "registry": "privatelink.azurecr.io",
}
"""The zones of names by what Azure calls a service's endpoint."""


class Target(NamedTuple):
    """A resource to be reached privately, and which of its endpoints."""

    resource: pulumi.Input[str]
    endpoint: str


class PrivateZone(Part):
    """Names that are known in our network only."""

    def __init__(self, stack: Stack, name: str, zone: pulumi.Input[str], whole: Network) -> None:
        """Make the zone and let the network ask it."""
        super().__init__(f"Zone-{name}", stack)
        self.zone = privatedns.PrivateZone(
            f"zone-{name}",
            private_zone_name=zone,
            location="Global",
            tags=stack.tags,
            **stack.inside,
            opts=self.ours,
        )
        self.link = privatedns.VirtualNetworkLink(
            f"zone-link-{name}",
            private_zone_name=self.zone.name,
            virtual_network_link_name=stack.names.of("vnet"),
            virtual_network=privatedns.SubResourceArgs(id=whole.whole.id),
            registration_enabled=False,
            location="Global",
            tags=stack.tags,
            **stack.inside,
            opts=self.ours,
        )

    def point(self, name: str, address: pulumi.Input[str], label: str) -> None:
        """Give an address a name in the zone; `*` is every name."""
        privatedns.PrivateRecordSet(
            label,
            private_zone_name=self.zone.name,
            relative_record_set_name=name,
            record_type="A",
            ttl=300,
            a_records=[privatedns.ARecordArgs(ipv4_address=address)],
            **self.stack.inside,
            opts=self.ours,
        )


class PrivateEndpoint(Part):
    """A service of Azure at an address of our own network."""

    def __init__(self, stack: Stack, name: str, whole: Network, target: Target) -> None:
        """Give the service an address among the endpoints, and a name."""
        super().__init__(f"Endpoint-{name}", stack)
        self.zone = PrivateZone(stack, name, ZONES[target.endpoint], whole)
        self.endpoint = network.PrivateEndpoint(
            f"endpoint-{name}",
            private_endpoint_name=stack.names.of("pe", name),
            subnet=network.SubnetArgs(id=whole.endpoints.id),
            private_link_service_connections=[
                network.PrivateLinkServiceConnectionArgs(
                    name=name,
                    private_link_service_id=target.resource,
                    group_ids=[target.endpoint],
                )
            ],
            **stack.here,
            opts=self.ours,
        )
        self._name_it(name)

    def _name_it(self, name: str) -> None:
        config = network.PrivateDnsZoneConfigArgs(name=name, private_dns_zone_id=self.zone.zone.id)
        network.PrivateDnsZoneGroup(
            f"endpoint-name-{name}",
            private_dns_zone_group_name="default",
            private_endpoint_name=self.endpoint.name,
            private_dns_zone_configs=[config],
            **self.stack.inside,
            opts=self.ours,
        )
