"""API keys: how devices and scripts come in, and how little each of them may do."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier, Title
from dtbase.domain.paging import Page, SearchText
from dtbase.domain.people.users import Email, Role
from dtbase.domain.registry.installations import Instant

MOST_SENSORS = 1_000


class Scope(StrEnum):
    """What a key may do; writing does not include reading, so a lost device tells nothing."""

    EVERYTHING = "*"
    READINGS_READ = "readings:read"
    READINGS_WRITE = "readings:write"
    REGISTRY_READ = "registry:read"
    REGISTRY_WRITE = "registry:write"
    RUNS_READ = "runs:read"
    RUNS_WRITE = "runs:write"

    @property
    def role(self) -> Role:
        """Return the least role that can use the scope."""
        return Role.EDITOR if self.endswith(":write") else Role.VIEWER


Scopes = Annotated[tuple[Scope, ...], Field(min_length=1, max_length=len(Scope))]
Sensors = Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=MOST_SENSORS)]


class NewKey(Frozen):
    """What is needed to issue a key; without an owner it is for whoever asks."""

    name: Title = Field(examples=["greenhouse gateway"])
    owner: Email | None = Field(None, description="the e-mail of a user; others' need an admin")
    role: Role | None = Field(None, description="at most the owner's, which is the default")
    scopes: Scopes = Field(examples=[["readings:write"]])
    sensors: Sensors | None = Field(
        None, description="the only sensors the key may push to", examples=[["EWR"]]
    )
    expires_at: Instant | None = Field(None, description="never, unless given")

    @model_validator(mode="after")
    def check_sensors(self) -> Self:
        """Refuse a limit that other scopes would let the key walk around."""
        if self.sensors is not None and set(self.scopes) != {Scope.READINGS_WRITE}:
            raise ValueError("sensors limit the scope readings:write, and go with no other scope")
        return self


class Key(Frozen):
    """What may be told of a key; the secret is not among it, and a revoked one is gone."""

    id: int
    name: str
    owner: str
    role: Role
    scopes: tuple[Scope, ...]
    sensors: tuple[str, ...] | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None

    def works_at(self, time: datetime) -> bool:
        """Tell whether the key opens anything at a time."""
        return self.expires_at is None or self.expires_at > time

    def allows(self, scope: Scope) -> bool:
        """Tell whether a scope is among the key's."""
        return scope in self.scopes or Scope.EVERYTHING in self.scopes

    def beyond(self, sensors: Collection[str]) -> Sequence[str]:
        """Return those of the sensors that the key may not push to."""
        return () if self.sensors is None else sorted(set(sensors) - set(self.sensors))


class KeyQuery(Page):
    """Which keys to list."""

    owner: Email | None = None
    search: SearchText | None = Field(None, description="A part of the name.")
    writes_to: Identifier | None = Field(
        None, description="A sensor: only keys that may push readings of it."
    )
    sort: Literal["owner", "-owner", "name", "-name", "created_at", "-created_at", "id", "-id"] = (
        "owner"
    )


class IssuedKey(Key):
    """A key at the one moment at which its secret is known."""

    secret: str
