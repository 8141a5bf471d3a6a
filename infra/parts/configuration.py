"""What a stack is told: one typed object, checked before anything is made."""

from typing import Annotated, Any, Literal, NamedTuple

import pulumi
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from infra.parts.sizes import SIZES, Size, SizeName

DatabaseKind = Literal["managed", "community"]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")]
ObjectId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class EntraAdministrator(BaseModel):
    """Somebody, or a group, that administers the managed database by their own log-in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    object_id: ObjectId
    name: str
    kind: Literal["User", "Group", "ServicePrincipal"] = "Group"


class Settings(BaseModel):
    """Everything that a stack file says in the open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{1,9}$")]
    """What this stack is for, such as test or production; it becomes a part of every name."""

    location: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+$")]
    size: SizeName = "small"
    database: DatabaseKind = "managed"
    public: bool = True
    """Whether the API and the dashboard can be reached from the internet."""

    image: str = "dtbase:latest"
    """The image in the stack's registry, such as dtbase:1.2.0; an image of your own goes here."""

    services_image: str | None = None
    """An image with services of your own, for the workers and the scheduler."""

    domain: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")] | None = None
    """The dashboard's own domain; the API answers at `api.` before it."""

    certified: bool = False
    """Whether the domain's DNS records are there, so that certificates can be made."""

    admin_email: Email
    alert_email: Email
    monthly_budget: Annotated[int, Field(gt=0)] = 300
    budget_start: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-01$")] = "2026-12-01"
    database_administrators: tuple[EntraAdministrator, ...] = ()
    tenant_id: ObjectId
    subscription_id: ObjectId
    ssh_public_key: str | None = None
    """For the virtual machine of the community database; without one nobody logs in there."""

    @property
    def dimensions(self) -> Size:
        """Return what the size's name stands for."""
        return SIZES[self.size]

    @property
    def image_of_workers(self) -> str:
        """Return the image that knows the services."""
        return self.services_image or self.image


class Secrets(NamedTuple):
    """What nobody may read in a stack file or in the state."""

    secret_key: pulumi.Output[str]
    database_password: pulumi.Output[str]


class Configuration(NamedTuple):
    """A stack's settings and its secrets."""

    settings: Settings
    secrets: Secrets


def read_configuration() -> Configuration:
    """Read the stack's configuration; what is wrong with it is said before anything is made."""
    config = pulumi.Config("dtbase")
    told = {name: value for name in Settings.model_fields if (value := given(config, name))}
    secrets = Secrets(
        config.require_secret("secretKey"),
        config.require_secret("databasePassword"),
    )
    return Configuration(check(told), secrets)


def given(config: pulumi.Config, name: str) -> Any:
    """Return what the stack says of a setting; lists are written as JSON or YAML."""
    key = camel(name)
    return config.get_object(key) if name == "database_administrators" else config.get(key)


def check(told: dict[str, Any]) -> Settings:
    """Return the settings, or say in sentences what is wrong with them."""
    try:
        return Settings.model_validate(told)
    except ValidationError as error:
        rules = (f"dtbase:{camel(str(each['loc'][0]))}: {each['msg']}" for each in error.errors())
        raise pulumi.RunError("\n".join(rules)) from error


def camel(name: str) -> str:
    """Return a setting's name as Pulumi's files spell it."""
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
