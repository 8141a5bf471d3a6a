"""The Container Apps environment: where the processes run, in our network."""

from typing import Any

import pulumi
from pulumi_azure_native import app

from infra.parts.monitoring import Monitoring
from infra.parts.network import Network
from infra.parts.private_link import PrivateZone
from infra.parts.stack import Part, Stack


class Environment(Part):
    """Where the apps and the job are; without `public` it has no door to the internet."""

    def __init__(self, stack: Stack, network: Network, monitoring: Monitoring) -> None:
        """Make the environment; its logs go to the workspace by a diagnostic setting, so no key."""
        super().__init__("Environment", stack)
        public = stack.settings.public
        self.environment = app.ManagedEnvironment(
            "environment",
            environment_name=stack.names.of("cae"),
            vnet_configuration=app.VnetConfigurationArgs(
                infrastructure_subnet_id=network.apps.id, internal=not public
            ),
            public_network_access="Enabled" if public else "Disabled",
            app_logs_configuration=app.AppLogsConfigurationArgs(destination="azure-monitor"),
            workload_profiles=[
                app.WorkloadProfileArgs(name="Consumption", workload_profile_type="Consumption")
            ],
            zone_redundant=stack.settings.dimensions.highly_available,
            peer_traffic_configuration=app.ManagedEnvironmentPeerTrafficConfigurationArgs(
                encryption=app.ManagedEnvironmentEncryptionArgs(enabled=True)
            ),
            **stack.here,
            opts=self.ours,
        )
        monitoring.diagnose("environment", self.environment)
        if not public:
            self._name_it(network)

    def _name_it(self, network: Network) -> None:
        """Let the network find the apps: what has no door to the internet has no name there."""
        zone = PrivateZone(self.stack, "apps", self.environment.default_domain, network)
        zone.point("*", self.environment.static_ip, "apps-names")

    @property
    def verification(self) -> pulumi.Output[str]:
        """Return what a TXT record says to prove that a domain is ours; it is no secret."""
        return self.environment.custom_domain_configuration.apply(verification_of)

    @property
    def id(self) -> pulumi.Output[str]:
        """Return the environment's id."""
        return self.environment.id


def verification_of(configuration: Any) -> str:
    """Return the word that Azure asks for."""
    return (configuration and configuration.custom_domain_verification_id) or ""
