"""The Key Vault: every secret lies here, and each process may read its own ones only."""

from collections.abc import Mapping

import pulumi
from pulumi_azure_native import keyvault

from infra.parts.identities import NEEDS, READ_SECRETS, Identity, Right
from infra.parts.network import Network
from infra.parts.private_link import PrivateEndpoint, Target
from infra.parts.stack import Part, Stack


class Vault(Part):
    """Where the secrets are."""

    def __init__(self, stack: Stack, network: Network) -> None:
        """Make the vault, closed to the internet; roles say who reads, nothing else does."""
        super().__init__("Vault", stack)
        self.vault = keyvault.Vault(
            "vault",
            vault_name=stack.names.of("kv"),
            properties=keyvault.VaultPropertiesArgs(
                tenant_id=stack.settings.tenant_id,
                sku=keyvault.SkuArgs(family="A", name=keyvault.SkuName.STANDARD),
                enable_rbac_authorization=True,
                enable_purge_protection=True,
                enable_soft_delete=True,
                soft_delete_retention_in_days=90,
                public_network_access="Disabled",
                network_acls=keyvault.NetworkRuleSetArgs(
                    bypass="AzureServices", default_action="Deny"
                ),
            ),
            **stack.here,
            opts=self.kept,
        )
        PrivateEndpoint(stack, "vault", network, Target(self.vault.id, "vault"))
        self.secrets: dict[str, keyvault.Secret] = {}

    def keep(self, secrets: Mapping[str, pulumi.Output[str]]) -> None:
        """Put secrets into the vault."""
        for name, value in secrets.items():
            self.secrets[name] = keyvault.Secret(
                f"secret-{name}",
                secret_name=name,
                vault_name=self.vault.name,
                properties=keyvault.SecretPropertiesArgs(value=pulumi.Output.secret(value)),
                tags=self.stack.tags,
                **self.stack.inside,
                opts=self.ours,
            )

    def address(self, name: str) -> pulumi.Output[str]:
        """Return the address of a secret's newest version, which is no secret."""
        found: pulumi.Output[str] = self.vault.name.apply(
            lambda vault: f"https://{vault}.vault.azure.net/secrets/{name}"
        )
        return found

    def let_read(
        self, identity: Identity, names: frozenset[str] | None = None
    ) -> list[pulumi.Resource]:
        """Let an identity read its secrets, one by one, and no other."""
        return [
            identity.allow(Right(READ_SECRETS, self.secrets[name].id, name))
            for name in sorted(NEEDS[identity.label] if names is None else names)
        ]
