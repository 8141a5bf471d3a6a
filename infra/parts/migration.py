"""The migrations, as a job: release.sh starts it before a new revision takes traffic."""

from pulumi_azure_native import app

from infra.parts.containers import (
    Ground,
    container,
    identity_of,
    registries,
    rights,
    secrets,
    variables,
)
from infra.parts.environment import Environment
from infra.parts.sizes import Container
from infra.parts.stack import Part

SIZE = Container(cpu=0.5, memory="1Gi", least=1, most=1)
LONGEST_SECONDS = 1800


class Migration(Part):
    """One container that brings the schema up to date, and ends."""

    def __init__(self, ground: Ground, environment: Environment) -> None:
        """Make the job; it runs when it is started, never by itself."""
        super().__init__("Migration", ground.stack)
        given = rights(ground, "migrate")
        image = ground.registry.image(ground.stack.settings.image)
        self.job = app.Job(
            "migrate",
            job_name=ground.stack.names.of("job", "migrate"),
            environment_id=environment.id,
            workload_profile_name="Consumption",
            identity=identity_of(given),
            configuration=app.JobConfigurationArgs(
                trigger_type="Manual",
                manual_trigger_config=app.JobConfigurationManualTriggerConfigArgs(
                    parallelism=1, replica_completion_count=1
                ),
                replica_timeout=LONGEST_SECONDS,
                replica_retry_limit=0,
                registries=registries(ground, given),
                secrets=secrets(ground, given),
            ),
            template=app.JobTemplateArgs(
                containers=[container(image, SIZE, ("migrate",), variables("migrate", {}))]
            ),
            **ground.stack.here,
            opts=self.after(*given.granted),
        )
