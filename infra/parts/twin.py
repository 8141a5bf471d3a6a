"""The whole twin: its parts in the order in which they stand on each other."""

import pulumi

from infra.parts import database
from infra.parts.apps import Apps
from infra.parts.configuration import Configuration
from infra.parts.containers import Ground
from infra.parts.database_community import CommunityDatabase
from infra.parts.database_managed import ManagedDatabase
from infra.parts.domain import Domain
from infra.parts.environment import Environment
from infra.parts.migration import Migration
from infra.parts.monitoring import Monitoring
from infra.parts.network import Network
from infra.parts.redis import Redis
from infra.parts.registry import Registry
from infra.parts.stack import Stack
from infra.parts.storage import Storage
from infra.parts.vault import Vault

BUSY_PERCENT = 85

FIRST = """
1. Add the first admin: az containerapp exec --resource-group {0} --name {1}
   --command "dtbase setup admin {2}"
2. Log in: {3}
3. For a later version push it to {4}, set dtbase:image, and run infra/release.sh.
docs/deploying.md says more.
"""


class AzureTwin:
    """A twin on Azure."""

    def __init__(self, configuration: Configuration) -> None:
        """Make every part."""
        self.stack = Stack(configuration)
        self.monitoring = Monitoring(self.stack)
        self.network = Network(self.stack)
        self.registry = Registry(self.stack, self.network)
        self.vault = Vault(self.stack, self.network)
        self.storage = Storage(self.stack, self.network)
        self.redis = Redis(self.stack, self.network)
        self.vault.keep({"database-password": self.stack.secrets.database_password})
        self.database = self._database()
        self._keep_secrets()
        self._run()
        self._watch()

    def export(self) -> None:
        """Print where everything is, and what to do first; nothing of it is a secret."""
        for name, value in self.outputs().items():
            pulumi.export(name, value)

    def outputs(self) -> dict[str, pulumi.Input[str]]:
        """Return where everything is."""
        return {
            "dashboard": self.apps.dash.address,
            "api": self.apps.api.address,
            "registry": self.registry.server,
            "vault": self.vault.vault.name,
            "backups": self.storage.account.name,
            "database": self.database.host,
            "migration": self.migration.job.name,
            "resource-group": self.stack.group.name,
            "logs": self.monitoring.workspace.name,
            "domain-verification": self.environment.verification,
            "first": self._first(),
        }

    def _database(self) -> database.Database:
        if self.stack.settings.database == "managed":
            return ManagedDatabase(self.stack, self.network)
        return CommunityDatabase(self.stack, self.network, self.vault, self.storage)

    def _keep_secrets(self) -> None:
        self.vault.keep(
            {
                "database-url": database.url(self.stack, self.database),
                "redis-url": self.redis.url,
                "redis-key": self.redis.key,
                "secret-key": self.stack.secrets.secret_key,
            }
        )

    def _run(self) -> None:
        ground = Ground(self.stack, self.registry, self.vault)
        self.environment = Environment(self.stack, self.network, self.monitoring)
        self.migration = Migration(ground, self.environment)
        domain = Domain(self.stack, self.environment)
        self.apps = Apps(ground, self.environment, self.redis, domain)

    def _watch(self) -> None:
        """Send everybody's logs to the workspace, and tell people of what is too busy."""
        watch = self.monitoring
        watch.diagnose("vault", self.vault.vault)
        watch.diagnose("registry", self.registry.registry)
        watch.diagnose("redis", self.redis.cluster, logs=False)
        watch.diagnose("storage", self.storage.account, logs=False, figures="Transaction")
        if self.stack.settings.database == "managed":
            watch.diagnose("database", self.database.monitored)
            watch.warn_above("database-storage", self.database.monitored, "storage_percent", 80)
        watch.warn_above("database", self.database.monitored, self.database.load, BUSY_PERCENT)
        watch.warn_above("api-restarts", self.apps.api.app, "RestartCount", 3)

    def _first(self) -> pulumi.Output[str]:
        return pulumi.Output.format(
            FIRST,
            self.stack.group.name,
            self.apps.api.app.name,
            self.stack.settings.admin_email,
            self.apps.dash.address,
            self.registry.server,
        )
