"""What must hold of every stack: each rule returns the resources that break it."""

import importlib
import inspect
import re
from collections.abc import Callable, Collection, Iterator, Mapping

from infra.parts.identities import ROLES
from tests.infra.cloud import SECRETS, Cloud, Made, strings

HOLDS_DATA = {
    "dbforpostgresql:Server",
    "dbforpostgresql:Database",
    "compute:Disk",
    "compute:VirtualMachine",
    "keyvault:Vault",
    "redisenterprise:RedisEnterprise",
    "redisenterprise:Database",
    "storage:StorageAccount",
    "storage:BlobContainer",
}
PRIVATE = {
    "compute:Disk": ("publicNetworkAccess",),
    "dbforpostgresql:Server": ("network", "publicNetworkAccess"),
    "keyvault:Vault": ("properties", "publicNetworkAccess"),
    "redisenterprise:RedisEnterprise": ("publicNetworkAccess",),
    "storage:StorageAccount": ("publicNetworkAccess",),
}
"""Where each kind says whether the internet reaches it."""

ENCRYPTED: Mapping[str, tuple[str, Collection[object]]] = {
    "app:ContainerApp": ("configuration.ingress.allowInsecure", {None, False}),
    "redisenterprise:Database": ("clientProtocol", {"Encrypted"}),
    "redisenterprise:RedisEnterprise": ("minimumTlsVersion", {"1.2", "1.3"}),
    "storage:StorageAccount": ("minimumTlsVersion", {"TLS1_2", "TLS1_3"}),
}
PARAMETERS = {
    "require_secure_transport": {"on"},
    "ssl_min_protocol_version": {"TLSv1.2", "TLSv1.3"},
}

NAMES = {
    "app:ContainerApp": ("containerAppName", 32, r"[a-z](?!.*--)[a-z0-9-]*[a-z0-9]"),
    "app:Job": ("jobName", 32, r"[a-z](?!.*--)[a-z0-9-]*[a-z0-9]"),
    "app:ManagedEnvironment": ("environmentName", 60, r"[a-z][a-z0-9-]*[a-z0-9]"),
    "compute:VirtualMachine": ("vmName", 64, r"[a-zA-Z0-9-]+"),
    "containerregistry:Registry": ("registryName", 50, r"[a-zA-Z0-9]{5,}"),
    "dbforpostgresql:Server": ("serverName", 63, r"[a-z0-9][a-z0-9-]+[a-z0-9]"),
    "keyvault:Vault": ("vaultName", 24, r"[a-zA-Z](?!.*--)[a-zA-Z0-9-]+[a-zA-Z0-9]"),
    "operationalinsights:Workspace": (
        "workspaceName",
        63,
        r"[a-zA-Z0-9][\w-]{2,}[a-zA-Z0-9]",
    ),
    "redisenterprise:RedisEnterprise": (
        "clusterName",
        60,
        r"(?!.*--)[a-zA-Z0-9][a-zA-Z0-9-]+",
    ),
    "resources:ResourceGroup": ("resourceGroupName", 90, r"[\w().-]*[\w()-]"),
    "storage:StorageAccount": ("accountName", 24, r"[a-z0-9]{3,}"),
}
"""Azure's own limits, told here once more: the program is not asked whether it is right."""

Rule = Callable[[Cloud], list[str]]


def kind_of(made: Made) -> str:
    """Return the kind without the provider."""
    return made.kind.removeprefix("azure-native:")


def at(inputs: object, path: str) -> object:
    """Return what stands at a path of keys; None where there is nothing."""
    for key in path.split("."):
        inputs = inputs.get(key) if isinstance(inputs, dict) else None
    return inputs


def public(cloud: Cloud) -> list[str]:
    """Return what the internet reaches and must not: database, Redis, vault, storage, disk."""
    doors = [
        made.name
        for made in cloud.made
        if kind_of(made) in PRIVATE
        and at(made.inputs, ".".join(PRIVATE[kind_of(made)])) != "Disabled"
    ]
    cards = cloud.of("network:NetworkInterface")
    return doors + [
        card.name for card in cards if any("publicIP" in key for key in keys(card.inputs))
    ]


def keys(value: object) -> Iterator[str]:
    """Return every key within a value."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from keys(each)
    for each in value if isinstance(value, list) else ():
        yield from keys(each)


def unencrypted(cloud: Cloud) -> list[str]:
    """Return what speaks, or lets others speak, without TLS 1.2 or later."""
    found = [
        made.name
        for made in cloud.made
        if kind_of(made) in ENCRYPTED and not is_encrypted(made, *ENCRYPTED[kind_of(made)])
    ]
    told = {
        made.inputs["configurationName"]: made.inputs["value"]
        for made in cloud.of("dbforpostgresql:Configuration")
    }
    managed = bool(cloud.of("dbforpostgresql:Server"))
    return found + [
        name for name, good in PARAMETERS.items() if managed and told.get(name) not in good
    ]


def is_encrypted(made: Made, path: str, good: Collection[object]) -> bool:
    """Tell whether a resource says one of the good things at a place."""
    return at(made.inputs, path) in good


def told_secrets(cloud: Cloud) -> list[str]:
    """Return what tells a secret: inputs that Pulumi does not encrypt, and outputs."""
    telling = [
        made.name
        for made in cloud.made
        if any(secret in text for text in strings(made.inputs) for secret in SECRETS.values())
    ]
    outputs = [
        name
        for name, value in cloud.outputs.items()
        if any(secret in str(value) for secret in SECRETS.values())
    ]
    return telling + outputs


def untagged(cloud: Cloud) -> list[str]:
    """Return what takes tags and has none."""
    wanted = {"application", "environment", "managed-by"}
    return [
        made.name
        for made in cloud.made
        if takes_tags(made.kind) and not wanted <= set(made.inputs.get("tags") or {})
    ]


def takes_tags(kind: str) -> bool:
    """Tell whether resources of a kind take tags."""
    module, name = kind.removeprefix("azure-native:").split(":")
    found = getattr(importlib.import_module(f"pulumi_azure_native.{module}"), name)
    return "tags" in inspect.signature(found._internal_init).parameters  # noqa: SLF001


def unprotected(cloud: Cloud) -> list[str]:
    """Return what holds data and could be deleted by a slip."""
    return [made.name for made in cloud.made if kind_of(made) in HOLDS_DATA and not made.protected]


def misnamed(cloud: Cloud) -> list[str]:
    """Return what Azure would refuse by its name."""
    return [
        made.name
        for made in cloud.made
        if kind_of(made) in NAMES and not is_name(made, *NAMES[kind_of(made)])
    ]


def is_name(made: Made, key: str, most: int, pattern: str) -> bool:
    """Tell whether a resource's name is one that Azure accepts."""
    name = str(made.inputs[key])
    return len(name) <= most and re.fullmatch(pattern, name) is not None


def roles(cloud: Cloud) -> set[tuple[str, str, str]]:
    """Return who may do what where."""
    return {
        (
            str(made.inputs["principalId"]).removeprefix("who:identity-"),
            ROLES.get(str(made.inputs["roleDefinitionId"]).rpartition("/")[2], "unknown"),
            str(made.inputs["scope"]).removeprefix("id:"),
        )
        for made in cloud.of("authorization:RoleAssignment")
    }


RULES: tuple[Rule, ...] = (public, unencrypted, told_secrets, untagged, unprotected, misnamed)
