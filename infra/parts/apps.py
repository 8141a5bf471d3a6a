"""The apps: API and dashboard, two classes of workers, and the scheduler."""

from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi_azure_native import app

from infra.parts import scaling
from infra.parts.containers import (
    Ground,
    Rights,
    container,
    identity_of,
    registries,
    rights,
    secrets,
    variables,
)
from infra.parts.domain import Domain
from infra.parts.environment import Environment
from infra.parts.network import APPS
from infra.parts.redis import Redis
from infra.parts.sizes import Container
from infra.parts.stack import Part

API_PORT = 8000
DASH_PORT = 8050
DRAIN_SECONDS = 600
"""Seconds that a worker has to finish its run once it is told to end."""

PROXIES = f"{APPS},100.64.0.0/10"
"""Where Container Apps' own proxy speaks from."""


class App(Part):
    """One process as a Container App."""

    def __init__(
        self,
        ground: Ground,
        environment: Environment,
        given: Rights,
        container: app.ContainerArgs,
        scale: app.ScaleArgs,
        ingress: app.IngressArgs | None = None,
    ) -> None:
        """Make the app, once its identity may do what it needs."""
        name = given.identity.label
        super().__init__(f"App-{name}", ground.stack)
        self.app = app.ContainerApp(
            f"app-{name}",
            container_app_name=ground.stack.names.of("ca", name),
            environment_id=environment.id,
            workload_profile_name="Consumption",
            identity=identity_of(given),
            configuration=app.ConfigurationArgs(
                active_revisions_mode="Single",
                ingress=ingress,
                registries=registries(ground, given),
                secrets=secrets(ground, given),
            ),
            template=app.TemplateArgs(
                containers=[container],
                scale=scale,
                termination_grace_period_seconds=30 if ingress else DRAIN_SECONDS,
            ),
            **ground.stack.here,
            opts=self.after(*given.granted),
        )

    @property
    def address(self) -> pulumi.Output[str]:
        """Return the app's own address, which it has besides any domain."""
        return self.app.configuration.apply(address_of)


def address_of(configuration: Any) -> str:
    """Return the address that Azure gave an app with a door; none while it is still to come."""
    name = configuration.ingress.fqdn
    return f"https://{name}" if name else ""


class Apps(Part):
    """All processes that run all the time."""

    def __init__(
        self, ground: Ground, environment: Environment, redis: Redis, domain: Domain
    ) -> None:
        """Make the five apps."""
        super().__init__("Apps", ground.stack)
        self.ground, self.environment, self.redis = ground, environment, redis
        size = ground.stack.settings.dimensions
        self.api = self._site("api", size.api, API_PORT, "/v1/health", domain.api)
        self.dash = self._site("dash", size.dash, DASH_PORT, "/health", domain.dash)
        self.urgent = self._worker("urgent-worker", size.urgent_worker, ["ingest", "maintenance"])
        self.models = self._worker("model-worker", size.model_worker, ["forecast"])
        self.scheduler = self._scheduler(size.scheduler)

    def _site(
        self,
        name: str,
        size: Container,
        port: int,
        health: str,
        domains: list[app.CustomDomainArgs] | None,
    ) -> App:
        settings = {"DTBASE_TRUSTED_PROXIES": PROXIES}
        if name == "dash":
            settings["DTBASE_API_URL"] = self.api.address  # type: ignore[assignment]  # an output
            if self.ground.stack.settings.certified:
                told = f"https://api.{self.ground.stack.settings.domain}"
                settings["DTBASE_PUBLIC_API_URL"] = told
        image = self.ground.registry.image(self.ground.stack.settings.image)
        command = (name, "--host", "0.0.0.0", "--port", str(port))  # noqa: S104 - the proxy is before it
        environment = variables(name, settings)
        inside = container(image, size, command, environment, probes(port, health))
        door = app.IngressArgs(
            external=True,  # of the environment, which itself is public or not
            target_port=port,
            transport="http",
            allow_insecure=False,
            custom_domains=domains,
        )
        scale = scaling.by_requests(size)
        given = rights(self.ground, name)
        return App(self.ground, self.environment, given, inside, scale, door)

    def _worker(self, name: str, size: Container, queues: Sequence[str]) -> App:
        image = self.ground.registry.image(self.ground.stack.settings.image_of_workers)
        scale = scaling.by_queues(size, self.redis.address, queues)
        given = rights(self.ground, name)
        known = {"AZURE_CLIENT_ID": given.identity.identity.client_id}
        inside = container(image, size, ("worker", *queues), variables(name, known))
        return App(self.ground, self.environment, given, inside, scale)

    def _scheduler(self, size: Container) -> App:
        image = self.ground.registry.image(self.ground.stack.settings.image_of_workers)
        inside = container(image, size, ("scheduler",), variables("scheduler", {}))
        given = rights(self.ground, "scheduler")
        return App(self.ground, self.environment, given, inside, scaling.exactly_one())


def probes(port: int, health: str) -> list[app.ContainerAppProbeArgs]:
    """Return when a container gets requests, and when it is started anew.

    A database that is away takes the API out of service and does not start it anew: that would
    bring nothing back.
    """
    return [
        app.ContainerAppProbeArgs(
            type="Readiness",
            http_get=app.ContainerAppProbeHttpGetArgs(path=health, port=port),
            period_seconds=10,
            timeout_seconds=5,
            failure_threshold=3,
        ),
        app.ContainerAppProbeArgs(
            type="Liveness",
            tcp_socket=app.ContainerAppProbeTcpSocketArgs(port=port),
            initial_delay_seconds=20,
            period_seconds=20,
            failure_threshold=5,
        ),
    ]
