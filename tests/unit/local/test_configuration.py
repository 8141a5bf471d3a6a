"""Settings, their documentation and the example file say the same."""

import re
from collections.abc import Iterator

import pytest
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from dtbase import settings
from dtbase.local.places import CHECKOUT

ROOT = CHECKOUT
DOCUMENT = (ROOT / "docs" / "configuration.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()

CLASSES: list[type[BaseSettings]] = [
    settings.Settings,
    settings.WebSettings,
    settings.CommandSettings,
    settings.LocalSettings,
    settings.BuildSettings,
    settings.IdentitySettings,
]


def name_of(name: str, field: FieldInfo) -> str:
    """Return the variable that sets a field."""
    return str(field.validation_alias or f"DTBASE_{name}").upper()


def fields() -> Iterator[tuple[str, FieldInfo]]:
    """Return every setting by its variable."""
    for kind in CLASSES:
        for name, field in kind.model_fields.items():
            yield name_of(name, field), field


def rows() -> dict[str, set[str]]:
    """Return the defaults that the document gives for each variable."""
    found: dict[str, set[str]] = {}
    for name, default in re.findall(
        r"^\| `([A-Z_]+)` \| (?:`([^`]*)`)? *\|", DOCUMENT, re.MULTILINE
    ):
        found.setdefault(name, set()).add(default)
    return found


def test_every_class_of_settings_is_looked_at() -> None:
    assert set(CLASSES) == set(BaseSettings.__subclasses__()) & {
        kind for kind in vars(settings).values() if isinstance(kind, type)
    }


def test_the_document_names_every_setting_and_no_other() -> None:
    documented = {name for name in rows() if not name.startswith("DTBASE_TEST_")}
    assert documented == {name for name, _ in fields()}


@pytest.mark.parametrize(("name", "field"), list(fields()))
def test_the_document_tells_the_default(name: str, field: FieldInfo) -> None:
    if field.default not in (None, PydanticUndefined, ""):
        assert str(field.default) in rows()[name]


def test_the_example_has_every_setting_of_ours_and_no_other() -> None:
    named = set(re.findall(r"^(?:# )?(DTBASE_[A-Z_]+)=", EXAMPLE, re.MULTILINE))
    assert named == {name for name, _ in fields() if name.startswith("DTBASE_")}


def test_what_the_example_suggests_is_the_default() -> None:
    defaults = {
        name: str(field.default)
        for name, field in fields()
        if field.default not in (None, PydanticUndefined, "")
    }
    suggested = dict(re.findall(r"^# (DTBASE_[A-Z_]+)=(.+)$", EXAMPLE, re.MULTILINE))
    assert suggested == defaults
