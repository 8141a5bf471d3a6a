"""Every size, with either database, keeps to every rule; and each rule notices what breaks it."""

from itertools import product
from typing import Any, get_args

import pytest

from infra.parts.configuration import DatabaseKind
from infra.parts.sizes import SizeName
from tests.infra import rules
from tests.infra.cloud import SECRETS, Cloud, Made, build

STACKS = list(product(get_args(SizeName), get_args(DatabaseKind)))
READ = "Key Vault Secrets User"
PULL = "AcrPull"
ALL_ROLES = {
    ("api", PULL, "registry"),
    ("api", READ, "secret-database-url"),
    ("api", READ, "secret-redis-url"),
    ("api", READ, "secret-secret-key"),
    ("dash", PULL, "registry"),
    ("dash", READ, "secret-redis-url"),
    ("dash", READ, "secret-secret-key"),
    ("migrate", PULL, "registry"),
    ("migrate", READ, "secret-database-url"),
    ("migrate", READ, "secret-redis-url"),
    ("migrate", READ, "secret-secret-key"),
    ("model-worker", PULL, "registry"),
    ("model-worker", READ, "secret-database-url"),
    ("model-worker", READ, "secret-redis-key"),
    ("model-worker", READ, "secret-redis-url"),
    ("model-worker", READ, "secret-secret-key"),
    ("scheduler", PULL, "registry"),
    ("scheduler", READ, "secret-database-url"),
    ("scheduler", READ, "secret-redis-url"),
    ("scheduler", READ, "secret-secret-key"),
    ("urgent-worker", PULL, "registry"),
    ("urgent-worker", READ, "secret-database-url"),
    ("urgent-worker", READ, "secret-redis-key"),
    ("urgent-worker", READ, "secret-redis-url"),
    ("urgent-worker", READ, "secret-secret-key"),
}
MACHINES_ROLES = {
    ("database", READ, "secret-database-password"),
    ("database", "Storage Blob Data Contributor", "backups"),
}


def stack(size: SizeName, database: DatabaseKind) -> Cloud:
    """Build a stack."""
    return build(size=size, database=database)


@pytest.mark.parametrize(("size", "database"), STACKS)
@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_nothing_breaks_a_rule(size: SizeName, database: DatabaseKind, rule: rules.Rule) -> None:
    assert rule(stack(size, database)) == []


@pytest.mark.parametrize(("size", "database"), STACKS)
def test_identities_may_do_exactly_what_is_listed(size: SizeName, database: DatabaseKind) -> None:
    expected = ALL_ROLES | (MACHINES_ROLES if database == "community" else set())
    assert rules.roles(stack(size, database)) == expected


def broken(kind: str, path: str, value: Any, database: DatabaseKind = "managed") -> Cloud:
    """Return a stack whose resources of a kind say something else at one place."""
    whole = stack("small", database)
    *before, last = path.split(".")

    def change(made: Made) -> Made:
        if made.kind != f"azure-native:{kind}":
            return made
        inputs = nested = dict(made.inputs)
        for key in before:
            nested[key] = dict(nested[key])
            nested = nested[key]
        nested[last] = value
        return made._replace(inputs=inputs)

    return whole._replace(made=[change(made) for made in whole.made])


@pytest.mark.parametrize(
    ("kind", "path", "database"),
    [
        ("dbforpostgresql:Server", "network.publicNetworkAccess", "managed"),
        ("redisenterprise:RedisEnterprise", "publicNetworkAccess", "managed"),
        ("keyvault:Vault", "properties.publicNetworkAccess", "managed"),
        ("storage:StorageAccount", "publicNetworkAccess", "managed"),
        ("compute:Disk", "publicNetworkAccess", "community"),
    ],
)
def test_a_door_to_the_internet_is_noticed(kind: str, path: str, database: DatabaseKind) -> None:
    assert rules.public(broken(kind, path, "Enabled", database))
    assert rules.public(broken(kind, path, None, database)), "Azure's default is open"


def test_a_public_address_of_the_machine_is_noticed() -> None:
    card = [{"name": "private", "publicIPAddress": {"id": "id:address"}}]
    bad = broken("network:NetworkInterface", "ipConfigurations", card, "community")
    assert rules.public(bad) == ["database-card"]


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("storage:StorageAccount", "minimumTlsVersion", "TLS1_0"),
        ("redisenterprise:RedisEnterprise", "minimumTlsVersion", "1.0"),
        ("redisenterprise:Database", "clientProtocol", "Plaintext"),
        ("app:ContainerApp", "configuration", {"ingress": {"allowInsecure": True}}),
        ("dbforpostgresql:Configuration", "value", "off"),
    ],
)
def test_what_speaks_without_encryption_is_noticed(kind: str, path: str, value: Any) -> None:
    assert rules.unencrypted(broken(kind, path, value))


def test_a_secret_among_plain_inputs_or_outputs_is_noticed() -> None:
    for secret in SECRETS.values():
        inside = {"env": [{"value": f"redis://:{secret}@host"}]}
        assert rules.told_secrets(broken("app:ContainerApp", "template", inside))
        outputs = {"first": f"log in with {secret}"}
        assert rules.told_secrets(stack("small", "managed")._replace(outputs=outputs)) == ["first"]


def test_a_resource_without_a_tag_is_noticed() -> None:
    tags = {"application": "dtbase", "environment": "test"}
    assert rules.untagged(broken("keyvault:Vault", "tags", tags)) == ["vault"]


@pytest.mark.parametrize("kind", sorted(rules.HOLDS_DATA))
def test_data_that_is_not_protected_is_noticed(kind: str) -> None:
    stacks = [stack("small", "managed"), stack("small", "community")]
    whole = next(each for each in stacks if each.of(kind))
    bare = [
        made._replace(protected=made.protected and rules.kind_of(made) != kind)
        for made in whole.made
    ]
    assert rules.unprotected(whole._replace(made=bare)) == [made.name for made in whole.of(kind)]


def test_a_name_that_azure_refuses_is_noticed() -> None:
    long = broken("keyvault:Vault", "vaultName", "kv-of-a-twin-with-a-long-name")
    assert rules.misnamed(long) == ["vault"]
    assert rules.misnamed(broken("storage:StorageAccount", "accountName", "st-dtbase"))


def test_a_right_that_is_not_listed_is_noticed() -> None:
    owner = "roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
    bad = broken("authorization:RoleAssignment", "roleDefinitionId", owner)
    assert rules.roles(bad) != ALL_ROLES


def test_every_stack_has_what_the_rules_speak_of() -> None:
    kinds = {rules.kind_of(made) for each in STACKS for made in stack(*each).made}
    spoken_of: set[str] = {*rules.HOLDS_DATA, *rules.PRIVATE, *rules.ENCRYPTED, *rules.NAMES}
    assert spoken_of <= kinds
