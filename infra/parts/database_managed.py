"""The managed database: PostgreSQL flexible server with TimescaleDB's Apache edition."""

import pulumi
from pulumi_azure_native import dbforpostgresql

from infra.parts.configuration import EntraAdministrator
from infra.parts.database import NAME, USER
from infra.parts.network import Network
from infra.parts.private_link import PrivateZone
from infra.parts.stack import Part, Stack

PARAMETERS = {
    "azure.extensions": "TIMESCALEDB",
    "shared_preload_libraries": "timescaledb",
    "require_secure_transport": "on",
    "ssl_min_protocol_version": "TLSv1.2",
}
"""Set one after the other: a server that is busy refuses. The second needs a restart, as release.sh
sees."""


class ManagedDatabase(Part):
    """A server that Azure tends: patches, backs up and, in larger sizes, keeps twice."""

    def __init__(self, stack: Stack, network: Network) -> None:
        """Make the server in our network; it never has a public address."""
        super().__init__("Database", stack)
        name = stack.names.of("psql")
        self.zone = PrivateZone(
            stack, "database", f"{name}.private.postgres.database.azure.com", network
        )
        self.server = self._server(name, network)
        last: pulumi.Resource = dbforpostgresql.Database(
            "database",
            server_name=self.server.name,
            database_name=NAME,
            charset="UTF8",
            collation="en_US.utf8",
            **stack.inside,
            opts=pulumi.ResourceOptions.merge(self.kept, self.after(self._parameters())),
        )
        for administrator in stack.settings.database_administrators:
            last = self._administrator(administrator, last)

    @property
    def host(self) -> pulumi.Output[str]:
        """Return the name by which the apps reach it."""
        return self.server.fully_qualified_domain_name

    @property
    def monitored(self) -> pulumi.CustomResource:
        """Return the resource whose figures are watched."""
        return self.server

    @property
    def load(self) -> str:
        """Return what Azure calls the percentage of processor time that it uses."""
        return "cpu_percent"

    def _server(self, name: str, network: Network) -> dbforpostgresql.Server:
        size = self.stack.settings.dimensions
        twice = size.highly_available
        options = pulumi.ResourceOptions.merge(self.kept, self.after(self.zone.link))
        return dbforpostgresql.Server(
            "database-server",
            server_name=name,
            version="17",
            create_mode="Default",
            administrator_login=USER,
            administrator_login_password=self.stack.secrets.database_password,
            sku=dbforpostgresql.SkuArgs(name=size.database_sku, tier=size.database_tier),
            storage=dbforpostgresql.StorageArgs(
                storage_size_gb=size.database_gb, auto_grow="Enabled"
            ),
            backup=dbforpostgresql.BackupArgs(
                backup_retention_days=size.backup_days, geo_redundant_backup="Enabled"
            ),
            high_availability=dbforpostgresql.HighAvailabilityArgs(
                mode="ZoneRedundant" if twice else "Disabled"
            ),
            network=dbforpostgresql.NetworkArgs(
                delegated_subnet_resource_id=network.database.id,
                private_dns_zone_arm_resource_id=self.zone.zone.id,
                public_network_access="Disabled",
            ),
            auth_config=dbforpostgresql.AuthConfigArgs(
                active_directory_auth="Enabled",
                password_auth="Enabled",  # noqa: S106 - a switch, not a password
                tenant_id=self.stack.settings.tenant_id,
            ),
            maintenance_window=dbforpostgresql.MaintenanceWindowArgs(
                custom_window="Enabled", day_of_week=0, start_hour=1, start_minute=0
            ),
            **self.stack.here,
            opts=options,
        )

    def _parameters(self) -> pulumi.Resource:
        before: pulumi.Resource = self.server
        for name, value in PARAMETERS.items():
            before = dbforpostgresql.Configuration(
                f"database-{name}",
                configuration_name=name,
                server_name=self.server.name,
                source="user-override",
                value=value,
                **self.stack.inside,
                opts=self.after(before),
            )
        return before

    def _administrator(self, who: EntraAdministrator, before: pulumi.Resource) -> pulumi.Resource:
        return dbforpostgresql.AdministratorsMicrosoftEntra(
            f"database-administrator-{who.object_id}",
            object_id=who.object_id,
            principal_name=who.name,
            principal_type=who.kind,
            server_name=self.server.name,
            tenant_id=self.stack.settings.tenant_id,
            **self.stack.inside,
            opts=self.after(before),
        )
