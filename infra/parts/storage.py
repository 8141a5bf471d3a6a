"""Storage for backups: closed to the internet, versioned, and thinned out with age."""

from pulumi_azure_native import storage

from infra.parts.identities import WRITE_BLOBS, Identity, Right
from infra.parts.network import Network
from infra.parts.private_link import PrivateEndpoint, Target
from infra.parts.stack import Part, Stack

KEPT_DAYS = 14
"""Days for which what was deleted or overwritten can be brought back."""


class Storage(Part):
    """Where backups go."""

    def __init__(self, stack: Stack, network: Network) -> None:
        """Make the account and one container."""
        super().__init__("Storage", stack)
        redundant = stack.settings.dimensions.highly_available
        self.account = storage.StorageAccount(
            "storage",
            account_name=stack.names.of("st"),
            kind="StorageV2",
            sku=storage.SkuArgs(name="Standard_GZRS" if redundant else "Standard_LRS"),
            minimum_tls_version="TLS1_2",
            enable_https_traffic_only=True,
            allow_blob_public_access=False,
            allow_shared_key_access=False,
            public_network_access="Disabled",
            network_rule_set=storage.NetworkRuleSetArgs(
                default_action=storage.DefaultAction.DENY, bypass="None"
            ),
            **stack.here,
            opts=self.kept,
        )
        self._what_was_deleted_stays_a_while()
        self.backups = storage.BlobContainer(
            "backups",
            account_name=self.account.name,
            container_name="backups",
            public_access=storage.PublicAccess.NONE,
            **stack.inside,
            opts=self.kept,
        )
        self._thin_out(stack.settings.dimensions.backup_days)
        PrivateEndpoint(stack, "storage", network, Target(self.account.id, "blob"))

    def _what_was_deleted_stays_a_while(self) -> None:
        days = storage.DeleteRetentionPolicyArgs(enabled=True, days=KEPT_DAYS)
        storage.BlobServiceProperties(
            "storage-versions",
            account_name=self.account.name,
            blob_services_name="default",
            is_versioning_enabled=True,
            delete_retention_policy=days,
            container_delete_retention_policy=days,
            **self.stack.inside,
            opts=self.ours,
        )

    def _thin_out(self, days: int) -> None:
        """Move to cheaper tiers what nobody has read for long, and delete what is too old."""
        base = storage.ManagementPolicyBaseBlobArgs(
            tier_to_cool=storage.DateAfterModificationArgs(days_after_modification_greater_than=3),
            delete=storage.DateAfterModificationArgs(
                days_after_modification_greater_than=days + KEPT_DAYS
            ),
        )
        version = storage.ManagementPolicyVersionArgs(
            delete=storage.DateAfterCreationArgs(days_after_creation_greater_than=KEPT_DAYS)
        )
        rule = storage.ManagementPolicyRuleArgs(
            name="thin-out-backups",
            enabled=True,
            type="Lifecycle",
            definition=storage.ManagementPolicyDefinitionArgs(
                actions=storage.ManagementPolicyActionArgs(base_blob=base, version=version),
                filters=storage.ManagementPolicyFilterArgs(
                    blob_types=["blockBlob"], prefix_match=["backups/"]
                ),
            ),
        )
        storage.ManagementPolicy(
            "storage-lifecycle",
            account_name=self.account.name,
            management_policy_name="default",
            policy=storage.ManagementPolicySchemaArgs(rules=[rule]),
            **self.stack.inside,
            opts=self.ours,
        )

    def let_write(self, identity: Identity) -> None:
        """Let an identity write backups."""
        identity.allow(Right(WRITE_BLOBS, self.backups.id, "backups"))
