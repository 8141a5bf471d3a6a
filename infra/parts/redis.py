"""Redis for queues and sessions: Azure Managed Redis, over TLS, in our network only."""

from urllib.parse import quote

import pulumi
from pulumi_azure_native import redisenterprise

from infra.parts.network import Network
from infra.parts.private_link import PrivateEndpoint, Target
from infra.parts.stack import Part, Stack

PORT = 10000


class Redis(Part):
    """The queues; what they lose, the scheduler queues again from the database."""

    def __init__(self, stack: Stack, network: Network) -> None:
        """Make the cluster and its one database."""
        super().__init__("Redis", stack)
        size = stack.settings.dimensions
        self.cluster = redisenterprise.RedisEnterprise(
            "redis",
            cluster_name=stack.names.of("amr"),
            sku=redisenterprise.SkuArgs(name=size.redis_sku),
            minimum_tls_version="1.2",
            high_availability="Enabled" if size.highly_available else "Disabled",
            public_network_access="Disabled",
            **stack.here,
            opts=self.kept,
        )
        self.database = self._database()
        target = Target(self.cluster.id, "redisEnterprise")
        PrivateEndpoint(stack, "redis", network, target)

    def _database(self) -> redisenterprise.Database:
        """Never evict: a queue that forgets jobs is worse than one that refuses them."""
        return redisenterprise.Database(
            "redis-database",
            cluster_name=self.cluster.name,
            database_name="default",
            client_protocol="Encrypted",
            port=PORT,
            clustering_policy="NoCluster",
            eviction_policy="NoEviction",
            access_keys_authentication="Enabled",
            persistence=redisenterprise.PersistenceArgs(aof_enabled=True, aof_frequency="1s"),
            **self.stack.inside,
            opts=self.kept,
        )

    @property
    def key(self) -> pulumi.Output[str]:
        """Return the password."""
        keys = redisenterprise.list_database_keys_output(
            cluster_name=self.cluster.name,
            database_name=self.database.name,
            **self.stack.inside,
        )
        return pulumi.Output.secret(keys.apply(lambda found: found.primary_key or ""))

    @property
    def address(self) -> pulumi.Output[str]:
        """Return host and port."""
        found: pulumi.Output[str] = self.cluster.host_name.apply(lambda host: f"{host}:{PORT}")
        return found

    @property
    def url(self) -> pulumi.Output[str]:
        """Return the address with the password, as DTBase takes it."""
        parts = pulumi.Output.all(self.key, self.address)
        return pulumi.Output.secret(parts.apply(lambda told: url_of(told[0], told[1])))


def url_of(key: str, address: str) -> str:
    """Return an address whose password may hold anything, as Azure's keys do."""
    return f"rediss://:{quote(key, safe='')}@{address}/0"
