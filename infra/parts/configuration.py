"""What a stack is told: one typed object, checked before anything is made."""

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal, NamedTuple, Self

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from infra.parts.sizes import SIZES, Size, SizeName

PASSWORD_LENGTHS = range(8, 129)
PASSWORD_KINDS = (r"[A-Z]", r"[a-z]", r"[0-9]", r"[^A-Za-z0-9]")
MISSING_KINDS = 1
"""What a password of Azure's PostgreSQL is made of, and how many of the kinds it may lack."""

SECRETS = frozenset({"secretKey", "databasePassword"})


def pinned(image: str) -> str:
    """Return an image that is one and the same for ever: Azure sees no change behind `latest`."""
    tag = image.rpartition("/")[2].partition(":")[2]
    if tag in {"", "latest"}:
        raise ValueError("name a version, such as dtbase:1.2.0; a new `latest` is never noticed")
    return image


DatabaseKind = Literal["managed", "community"]
Image = Annotated[str, AfterValidator(pinned)]
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

    image: Image
    """The image in the stack's registry, such as dtbase:1.2.0; an image of your own goes here."""

    services_image: Image | None = None
    """An image with services of your own, for the workers and the scheduler."""

    domain: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")] | None = None
    """The dashboard's own domain; the API answers at `api.` before it."""

    certified: bool = False
    """Whether the domain's DNS records are there, so that certificates can be made."""

    admin_email: Email
    alert_email: Email
    monthly_budget: Annotated[int, Field(gt=0)] = 300
    database_administrators: tuple[EntraAdministrator, ...] = ()
    tenant_id: ObjectId
    subscription_id: ObjectId
    ssh_public_key: Annotated[str, StringConstraints(pattern=r"^ssh-\S+ \S")] | None = None
    """For the virtual machine of the community database: Azure makes none without."""

    machine_image: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")] = "0.20260901.2224"
    """Which Debian 13 of Azure's that machine is made from; later it changes nothing."""

    @model_validator(mode="after")
    def has_what_it_needs(self) -> Self:
        """Refuse what Azure would refuse after all else has been made."""
        if self.database == "community" and self.ssh_public_key is None:
            raise ValueError("database: community needs dtbase:sshPublicKey")
        if self.certified and self.domain is None:
            raise ValueError("certified: true needs dtbase:domain")
        return self

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
    refuse_unknown({*CONFIG.get(), *get_config_env()})
    told = {name: value for name in Settings.model_fields if (value := given(config, name))}
    secrets = Secrets(
        config.require_secret("secretKey"),
        config.require_secret("databasePassword").apply(strong),
    )
    return Configuration(check(told), secrets)


def refuse_unknown(keys: Iterable[str]) -> None:
    """Refuse a setting that nothing reads, such as one that is spelled wrongly."""
    known = {f"dtbase:{camel(name)}" for name in Settings.model_fields}
    known |= {f"dtbase:{name}" for name in SECRETS}
    for key in sorted(keys):
        if key.startswith("dtbase:") and key not in known:
            raise pulumi.RunError(f"{key}: there is no such setting")


def strong(password: str) -> str:
    """Return a password that Azure's PostgreSQL takes, or say what it wants."""
    missing = sum(re.search(kind, password) is None for kind in PASSWORD_KINDS)
    if len(password) not in PASSWORD_LENGTHS or missing > MISSING_KINDS:
        raise pulumi.RunError(
            "dtbase:databasePassword: 8 to 128 characters of three kinds of these four: "
            "capitals, small letters, digits, others"
        )
    return password


def given(config: pulumi.Config, name: str) -> Any:
    """Return what the stack says of a setting; lists are written as JSON or YAML."""
    key = camel(name)
    return config.get_object(key) if name == "database_administrators" else config.get(key)


def check(told: dict[str, Any]) -> Settings:
    """Return the settings, or say in sentences what is wrong with them."""
    try:
        return Settings.model_validate(told)
    except ValidationError as error:
        rules = (f"{place_of(each)}: {each['msg']}" for each in error.errors())
        raise pulumi.RunError("\n".join(rules)) from error


def place_of(error: Any) -> str:
    """Return the setting that an error is about; a rule over two names both itself."""
    return f"dtbase:{camel(str(error['loc'][0]))}" if error["loc"] else "dtbase"


def camel(name: str) -> str:
    """Return a setting's name as Pulumi's files spell it."""
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
