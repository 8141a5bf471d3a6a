"""What a body may bring for a number: a number, and nothing that Python would count as one."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from api.app import create_app
from dtbase import settings
from dtbase.domain.names import Text, Title
from dtbase.domain.people.users import Email
from dtbase.domain.readings.corrections import Reason
from dtbase.domain.registry.notes import NoteText
from dtbase.domain.registry.rules import Word
from dtbase.domain.services.schedules import Cron

NUMBERS = {int, float}


def parts_of(kind: Any) -> Iterator[Any]:
    """Yield what a type consists of, however it is wrapped."""
    yield kind
    for part in get_args(kind):
        yield from parts_of(part)


def models_in(kind: Any, known: set[type[BaseModel]]) -> None:
    """Note the models that a body can hold."""
    for part in parts_of(kind):
        if isinstance(part, type) and issubclass(part, BaseModel) and part not in known:
            known.add(part)
            for field in part.model_fields.values():
                models_in(field.annotation, known)


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> set[type[BaseModel]]:
    """Return what bodies of all routes hold."""
    for name, value in {
        "DATABASE_URL": "postgresql://nowhere/",
        "REDIS_URL": "redis://nowhere/",
        "SECRET_KEY": "a-secret-that-only-the-tests-know-0123456789",
    }.items():
        monkeypatch.setenv(f"DTBASE_{name}", value)
    settings.get_settings.cache_clear()
    found: set[type[BaseModel]] = set()
    for route in create_app().routes:
        if isinstance(route, APIRoute) and route.body_field is not None:
            models_in(route.body_field.field_info.annotation, found)
    settings.get_settings.cache_clear()
    return found


def is_flag(field: FieldInfo) -> bool:
    """Tell whether a field holds true or false, or nothing, and nothing else."""
    kinds = {part for part in parts_of(field.annotation) if isinstance(part, type)}
    return bool in kinds and kinds <= {bool, type(None)}


def is_number(field: FieldInfo) -> bool:
    """Tell whether a field holds a number, or none, and nothing else."""
    kinds = {part for part in parts_of(field.annotation) if isinstance(part, type)}
    return bool(kinds & NUMBERS) and kinds <= {*NUMBERS, type(None)}


def takes(field: FieldInfo, value: object) -> bool:
    kind: Any = Annotated[field.annotation, field]
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("value", [True, False, "0", "1", "2"])
def test_no_number_of_any_body_is_true_or_false_or_a_text(
    models: set[type[BaseModel]], value: object
) -> None:
    numbers = {
        f"{model.__name__}.{name}": field
        for model in models
        for name, field in model.model_fields.items()
        if is_number(field)
    }
    assert len(numbers) > 20
    assert [name for name, field in numbers.items() if takes(field, value)] == []


@pytest.mark.parametrize("value", [0, 1, "true", "no"])
def test_no_flag_of_any_body_is_a_number_or_a_text(
    models: set[type[BaseModel]], value: object
) -> None:
    flags = {
        f"{model.__name__}.{name}": field
        for model in models
        for name, field in model.model_fields.items()
        if is_flag(field)
    }
    assert len(flags) > 5
    assert [name for name, field in flags.items() if takes(field, value)] == []


SPACED = (
    (Title, 200),
    (Text, 10_000),
    (Cron, 200),
    (Reason, 1_000),
    (Word, 100),
    (NoteText, 2_000),
    (Email, 254),
)


@pytest.mark.parametrize(("kind", "most"), SPACED)
def test_blanks_around_a_text_count_as_they_were_sent(kind: Any, most: int) -> None:
    with pytest.raises(ValidationError, match=f"at most {most} characters"):
        TypeAdapter(kind).validate_python(f" {'x' * most}")
    with pytest.raises(ValidationError, match=f"at most {most} characters"):
        TypeAdapter(kind).validate_python(f"ada@example.org{' ' * most}")


def test_blanks_around_a_text_are_taken_off() -> None:
    assert TypeAdapter(Title).validate_python(f"\xa0{'x' * 199}") == "x" * 199
