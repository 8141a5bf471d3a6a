"""Configuration: the one place that reads the environment."""

import os
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    BeforeValidator,
    Field,
    HttpUrl,
    IPvAnyNetwork,
    PostgresDsn,
    RedisDsn,
    SecretStr,
    StringConstraints,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from dtbase.secret_files import from_files

SOURCES = SettingsConfigDict(env_prefix="DTBASE_", env_file=".env", extra="ignore")


class SecretsFromFiles:
    """Settings whose secrets may stand in files, named by the variable with `_FILE` behind it."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read files after what is said outright, and before `.env`."""
        assert isinstance(env_settings, EnvSettingsSource)
        assert isinstance(dotenv_settings, DotEnvSettingsSource)
        files = from_files(settings_cls, env_settings, dotenv_settings)
        return init_settings, env_settings, files, dotenv_settings


def split(given: object) -> object:
    """Return the parts of a text with commas between them."""
    if not isinstance(given, str):
        return given
    return [part for each in given.split(",") if (part := each.strip())]


Networks = Annotated[tuple[IPvAnyNetwork, ...], NoDecode, BeforeValidator(split)]
"""Networks with commas between them, such as 10.0.0.0/8,fd00::/8."""

PathPrefix = Annotated[str, StringConstraints(pattern=r"^(/[A-Za-z0-9._~-]+)*$")]
"""A path without a slash at its end, such as /twin; empty where the site begins at its root."""


SAID = BeforeValidator(lambda given: given or None)
"""An empty variable says nothing: so Compose hands on what is not set."""


class SmtpTls(StrEnum):
    """How the way to the mail server is kept secret."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


MAIL_RULE = "DTBASE_SMTP_HOST needs DTBASE_SMTP_FROM, and DTBASE_PUBLIC_WEB_URL for its links"


class Settings(SecretsFromFiles, BaseSettings):
    """What the API, the workers and the command need; see docs/configuration.md."""

    model_config = SOURCES

    database_url: PostgresDsn
    redis_url: RedisDsn
    secret_key: SecretStr = Field(min_length=32)
    max_body_bytes: int = Field(default=64 * 1024 * 1024, gt=0)
    body_memory_bytes: int | None = Field(default=None, gt=0)
    requests_per_minute: int = Field(default=240_000, gt=0)
    proxy_secret: SecretStr | None = Field(default=None, min_length=32)
    compress_after_days: int = Field(default=45, gt=0)
    http_allow: Networks | None = None
    import_folder: Path | None = None
    services_folder: Path | None = None
    path_prefix: PathPrefix = ""
    trusted_proxies: Networks | None = None

    public_web_url: Annotated[HttpUrl | None, SAID] = None
    smtp_host: Annotated[str | None, SAID] = None
    smtp_port: int = Field(default=587, gt=0, lt=65536)
    smtp_tls: SmtpTls = SmtpTls.STARTTLS
    smtp_user: Annotated[str | None, SAID] = None
    smtp_password: Annotated[SecretStr | None, SAID] = None
    smtp_from: Annotated[str | None, SAID] = None

    open_meteo_url: str = "https://api.open-meteo.com"
    open_meteo_archive_url: str = "https://archive-api.open-meteo.com"
    open_meteo_key: SecretStr | None = None
    openweathermap_url: str = "https://api.openweathermap.org"
    openweathermap_key: SecretStr | None = None

    @model_validator(mode="after")
    def check_mail(self) -> Self:
        """Refuse a mail server of which half is said, or that hears a password in the clear."""
        if self.smtp_host is None:
            return self
        if self.smtp_from is None or self.public_web_url is None:
            raise ValueError(MAIL_RULE)
        if (self.smtp_user is None) != (self.smtp_password is None):
            raise ValueError("DTBASE_SMTP_USER and DTBASE_SMTP_PASSWORD go together")
        if self.smtp_tls is SmtpTls.NONE and self.smtp_password is not None:
            raise ValueError("DTBASE_SMTP_TLS=none sends no password: leave it out, or use TLS")
        return self


class WebSettings(SecretsFromFiles, BaseSettings):
    """What the Dash application needs; it never learns where the database is."""

    model_config = SOURCES

    api_url: str = "http://127.0.0.1:8000"
    public_api_url: str | None = None
    redis_url: RedisDsn
    secret_key: SecretStr = Field(min_length=32)
    path_prefix: PathPrefix = ""
    trusted_proxies: Networks | None = None
    proxy_secret: SecretStr | None = Field(default=None, min_length=32)


class CommandSettings(SecretsFromFiles, BaseSettings):
    """How the command reaches the API; everything may also be said on its line."""

    model_config = SOURCES

    api_url: str = "http://127.0.0.1:8000"
    api_key: SecretStr | None = None
    xdg_config_home: Path | None = Field(default=None, validation_alias="XDG_CONFIG_HOME")


class LocalSettings(SecretsFromFiles, BaseSettings):
    """What `make up` may be told; everything has an answer of its own."""

    model_config = SOURCES

    database_url: PostgresDsn | None = None
    redis_url: RedisDsn | None = None
    secret_key: SecretStr | None = Field(default=None, min_length=32)
    api_port: int = Field(default=8000, gt=0, lt=65536)
    web_port: int = Field(default=8050, gt=0, lt=65536)
    admin_email: str = "admin@example.org"
    demo: bool = True
    state_folder: Path | None = None
    xdg_state_home: Path | None = Field(default=None, validation_alias="XDG_STATE_HOME")
    debian_mirror: str | None = None


class IdentitySettings(BaseSettings):
    """Where Azure tells a container who it is; all but the last it sets itself."""

    model_config = SOURCES

    identity_endpoint: str | None = Field(default=None, validation_alias="IDENTITY_ENDPOINT")
    identity_header: SecretStr | None = Field(default=None, validation_alias="IDENTITY_HEADER")
    azure_client_id: str | None = Field(default=None, validation_alias="AZURE_CLIENT_ID")


class BuildSettings(BaseSettings):
    """What the image was built from; a checkout does not say."""

    model_config = SOURCES

    build_version: str | None = None
    build_commit: str | None = None


def environment_with(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process to start: ours, and these variables."""
    return dict(os.environ) | dict(variables)  # noqa: TID251 - this is the one place


@cache
def get_settings() -> Settings:
    """Return the settings of the API and the workers, read once per process."""
    return Settings.model_validate({})


@cache
def get_identity_settings() -> IdentitySettings:
    """Return where Azure tells who we are, read once per process."""
    return IdentitySettings.model_validate({})


@cache
def get_build_settings() -> BuildSettings:
    """Return what this process was built from, read once per process."""
    return BuildSettings.model_validate({})


@cache
def get_web_settings() -> WebSettings:
    """Return the settings of the Dash application, read once per process."""
    return WebSettings.model_validate({})


@cache
def get_command_settings() -> CommandSettings:
    """Return how the command reaches the API, read once per process."""
    return CommandSettings.model_validate({})


@cache
def get_local_settings() -> LocalSettings:
    """Return the settings of `make up`, read once per process."""
    return LocalSettings.model_validate({})
