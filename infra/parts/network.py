"""The virtual network: a subnet for the apps, one for the database, one for private endpoints."""

from typing import Any

import pulumi
from pulumi_azure_native import network

from infra.parts.stack import Part, Stack

SPACE = "10.40.0.0/16"
APPS = "10.40.0.0/23"
DATABASE = "10.40.2.0/24"
ENDPOINTS = "10.40.3.0/24"

APPS_DELEGATION = "Microsoft.App/environments"
DATABASE_DELEGATION = "Microsoft.DBforPostgreSQL/flexibleServers"


class Network(Part):
    """The network that everything talks in; only the apps have a door to the outside."""

    def __init__(self, stack: Stack) -> None:
        """Make the network and its subnets, one after the other as Azure wants it."""
        super().__init__("Network", stack)
        community = stack.settings.database == "community"
        self.whole = network.VirtualNetwork(
            "network",
            virtual_network_name=stack.names.of("vnet"),
            address_space=network.AddressSpaceArgs(address_prefixes=[SPACE]),
            **stack.here,
            opts=self.ours,
        )
        self.apps = self._subnet("apps", APPS, APPS_DELEGATION)
        self.endpoints = self._subnet("endpoints", ENDPOINTS, after=self.apps)
        self.database = self._database_subnet(community)

    def _database_subnet(self, community: bool) -> network.Subnet:
        """Let in the database's clients only; a machine of ours needs a way out for its updates."""
        more: dict[str, Any] = {
            "network_security_group": network.NetworkSecurityGroupArgs(id=self._guard().id)
        }
        if community:
            more["nat_gateway"] = network.SubResourceArgs(id=self._way_out().id)
        delegation = None if community else DATABASE_DELEGATION
        return self._subnet("database", DATABASE, delegation, after=self.endpoints, **more)

    def _subnet(
        self,
        name: str,
        prefix: str,
        delegation: str | None = None,
        after: pulumi.Resource | None = None,
        **more: Any,
    ) -> network.Subnet:
        delegations = [network.DelegationArgs(name=name, service_name=delegation)]
        return network.Subnet(
            f"subnet-{name}",
            subnet_name=self.stack.names.of("snet", name),
            virtual_network_name=self.whole.name,
            address_prefix=prefix,
            delegations=delegations if delegation else None,
            # a service that a subnet is delegated to sees to its own way out
            default_outbound_access=None if delegation else False,
            **self.stack.inside,
            **more,
            opts=self.after(*([after] if after else [])),
        )

    def _guard(self) -> network.NetworkSecurityGroup:
        return network.NetworkSecurityGroup(
            "guard-database",
            network_security_group_name=self.stack.names.of("nsg", "database"),
            security_rules=[
                rule("apps-to-database", 100, "Allow", APPS, "5432"),
                rule("within-the-subnet", 110, "Allow", DATABASE, "*"),
                rule("nobody-else", 4000, "Deny", "*", "*"),
            ],
            **self.stack.here,
            opts=self.ours,
        )

    def _way_out(self) -> network.NatGateway:
        address = network.PublicIPAddress(
            "address-out",
            public_ip_address_name=self.stack.names.of("pip", "out"),
            public_ip_allocation_method="Static",
            sku=network.PublicIPAddressSkuArgs(name="Standard"),
            **self.stack.here,
            opts=self.ours,
        )
        return network.NatGateway(
            "way-out",
            nat_gateway_name=self.stack.names.of("ng", "out"),
            sku=network.NatGatewaySkuArgs(name="Standard"),
            public_ip_addresses=[network.SubResourceArgs(id=address.id)],
            **self.stack.here,
            opts=self.ours,
        )


def rule(name: str, priority: int, access: str, source: str, port: str) -> network.SecurityRuleArgs:
    """Return a rule for what comes in."""
    return network.SecurityRuleArgs(
        name=name,
        priority=priority,
        direction="Inbound",
        access=access,
        protocol="Tcp" if access == "Allow" else "*",
        source_address_prefix=source,
        source_port_range="*",
        destination_address_prefix="*",
        destination_port_range=port,
    )
