"""A domain of one's own, with a certificate that Azure makes and renews."""

from pulumi_azure_native import app

from infra.parts.environment import Environment
from infra.parts.stack import Part, Stack


class Domain(Part):
    """The names of the dashboard and of the API.

    Azure certifies a name that an app has already. So `domain` alone gives the apps their names,
    and `certified`, set once the DNS records are there, the certificates.
    """

    def __init__(self, stack: Stack, environment: Environment) -> None:
        """Make what the settings ask for: nothing, names, or names with certificates."""
        super().__init__("Domain", stack)
        self.environment = environment
        domain = stack.settings.domain
        self.dash = self._named("dash", domain) if domain else None
        self.api = self._named("api", f"api.{domain}") if domain else None

    def _named(self, name: str, host: str) -> list[app.CustomDomainArgs]:
        if not self.stack.settings.certified:
            return [app.CustomDomainArgs(name=host, binding_type="Disabled")]
        certificate = self._certificate(name, host)
        bound = app.CustomDomainArgs(
            name=host, binding_type="SniEnabled", certificate_id=certificate.id
        )
        return [bound]

    def _certificate(self, name: str, host: str) -> app.ManagedCertificate:
        return app.ManagedCertificate(
            f"certificate-{name}",
            managed_certificate_name=self.stack.names.of("cert", name),
            environment_name=self.environment.environment.name,
            properties=app.ManagedCertificatePropertiesArgs(
                subject_name=host, domain_control_validation="CNAME"
            ),
            **self.stack.here,
            opts=self.ours,
        )
