"""What a container of ours is given: its image, its secrets from the vault, its settings."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pulumi
from pulumi_azure_native import app

from infra.parts.identities import NEEDS, Identity
from infra.parts.registry import Registry
from infra.parts.sizes import Container
from infra.parts.stack import Stack
from infra.parts.vault import Vault

VARIABLES = {
    "database-url": "DTBASE_DATABASE_URL",
    "redis-url": "DTBASE_REDIS_URL",
    "secret-key": "DTBASE_SECRET_KEY",
}
"""The variables that secrets stand in. Scale rules read `redis-key` themselves."""


class Ground(NamedTuple):
    """What every container stands on."""

    stack: Stack
    registry: Registry
    vault: Vault


class Rights(NamedTuple):
    """An identity, and what it was allowed: a container waits for it."""

    identity: Identity
    granted: tuple[pulumi.Resource, ...]


def rights(ground: Ground, name: str) -> Rights:
    """Make the identity of a process: it may pull images and read its own secrets."""
    identity = Identity(ground.stack, name)
    granted = [ground.registry.let_pull(identity), *ground.vault.let_read(identity)]
    return Rights(identity, tuple(granted))


def identity_of(given: Rights) -> app.ManagedServiceIdentityArgs:
    """Return the identity as an app takes it."""
    return app.ManagedServiceIdentityArgs(
        type="UserAssigned", user_assigned_identities=[given.identity.id]
    )


def registries(ground: Ground, given: Rights) -> list[app.RegistryCredentialsArgs]:
    """Return how the image is pulled: by the identity, without a password."""
    server = ground.registry.server
    return [app.RegistryCredentialsArgs(server=server, identity=given.identity.id)]


def secrets(ground: Ground, given: Rights) -> list[app.SecretArgs]:
    """Return the secrets as references to the vault; no value of theirs is among the inputs."""
    return [
        app.SecretArgs(
            name=name, key_vault_url=ground.vault.address(name), identity=given.identity.id
        )
        for name in sorted(NEEDS[given.identity.label])
    ]


def variables(name: str, settings: dict[str, Any]) -> list[app.EnvironmentVarArgs]:
    """Return the environment of a process: its secrets by reference, its settings in the open."""
    hidden = [
        app.EnvironmentVarArgs(name=VARIABLES[secret], secret_ref=secret)
        for secret in sorted(NEEDS[name])
        if secret in VARIABLES
    ]
    return hidden + [
        app.EnvironmentVarArgs(name=variable, value=value) for variable, value in settings.items()
    ]


def container(
    image: pulumi.Output[str],
    size: Container,
    arguments: Sequence[str],
    environment: list[app.EnvironmentVarArgs],
    probes: list[app.ContainerAppProbeArgs] | None = None,
) -> app.ContainerArgs:
    """Return a container that runs a command of `dtbase run`."""
    return app.ContainerArgs(
        name="dtbase",
        image=image,
        args=["dtbase", "run", *arguments],
        env=environment,
        probes=probes,
        resources=app.ContainerResourcesArgs(cpu=size.cpu, memory=size.memory),
    )
