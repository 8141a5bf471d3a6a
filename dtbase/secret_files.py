"""Secrets in files: a variable with `_FILE` behind its name tells where its value stands."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

from pydantic import PostgresDsn, RedisDsn, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, InitSettingsSource

from dtbase.errors import Invalid

SECRET = {SecretStr, PostgresDsn, RedisDsn}
"""Types of settings that are secret; an address may hold a password."""


def secrets_of(kind: type[BaseSettings]) -> Iterable[str]:
    """Return the names of a class's secret settings."""
    return [name for name, field in kind.model_fields.items() if is_secret(field)]


def is_secret(field: FieldInfo) -> bool:
    """Tell whether a setting is secret, be it optional or not."""
    return bool(SECRET & {field.annotation, *get_args(field.annotation)})


def from_files(kind: type[BaseSettings], *sources: EnvSettingsSource) -> InitSettingsSource:
    """Return the settings that stand in files which the sources name, the first one first."""
    prefix = str(kind.model_config.get("env_prefix", "")).lower()
    found: dict[str, Any] = {}
    for name in secrets_of(kind):
        variable = prefix + name
        paths = [source.env_vars.get(f"{variable}_file") for source in sources]
        path = next((each for each in paths if each), None)
        if path is not None:
            refuse_both(variable, sources[0])
            found[name] = read(variable, Path(path))
    return InitSettingsSource(kind, found)


def refuse_both(variable: str, environment: EnvSettingsSource) -> None:
    """Refuse a secret that is said twice: one of the two would be ignored in silence."""
    name = variable.upper()
    if environment.env_vars.get(variable) and environment.env_vars.get(f"{variable}_file"):
        raise Invalid(f"{name} and {name}_FILE are both set: keep one of them")


def read(variable: str, path: Path) -> str:
    """Read a secret; the line end that editors add is not part of it."""
    try:
        value = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise Invalid(f"{variable.upper()}_FILE: {path} cannot be read: {reason}") from error
    if not value:
        raise Invalid(f"{variable.upper()}_FILE: {path} is empty")
    return value
