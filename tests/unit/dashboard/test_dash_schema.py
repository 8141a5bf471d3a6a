"""Forms from JSON Schema: every parameter has a field, and what is typed is what is sent."""

from typing import Any

from dash_app.services import schema
from dash_app.tables import form
from dash_app.tables.noun import Field, Kind
from dtbase.errors import Invalid

SCHEMA: dict[str, Any] = {
    "type": "object",
    "$defs": {"Colour": {"enum": ["red", "blue"], "type": "string"}},
    "required": ["model", "token"],
    "properties": {
        "model": {"type": "string", "description": "Which one"},
        "token": {"type": "string", "writeOnly": True},
        "hours": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 48},
        "place": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "colour": {"$ref": "#/$defs/Colour", "default": "red"},
        "colours": {"type": "array", "items": {"$ref": "#/$defs/Colour"}, "default": ["red"]},
        "series": {"type": "array", "items": {"type": "string"}, "default": []},
        "levels": {"type": "array", "items": {"type": "number"}},
        "again": {"type": "boolean", "default": False},
        "when": {"type": "string", "format": "date-time"},
        "box": {
            "type": "object",
            "required": ["width"],
            "properties": {"width": {"type": "number", "minimum": 0}, "lid": {"type": "boolean"}},
        },
        "free": {"type": "object", "additionalProperties": True, "default": {}},
        "loop": {"$ref": "#"},
    },
}


def named() -> dict[str, Field]:
    return {field.name: field for field in schema.fields_of(SCHEMA)}


def test_each_parameter_has_a_field_of_its_kind() -> None:
    kinds = {name: field.kind for name, field in named().items() if not name.startswith("loop")}
    assert kinds == {
        "model": Kind.TEXT,
        "token": Kind.HIDDEN,
        "hours": Kind.NUMBER,
        "place": Kind.TEXT,
        "colour": Kind.CHOICE,
        "colours": Kind.SOME,
        "series": Kind.LINES,
        "levels": Kind.LINES,
        "again": Kind.FLAG,
        "when": Kind.TEXT,
        "box.width": Kind.NUMBER,
        "box.lid": Kind.FLAG,
        "free": Kind.LINES,
    }


def test_a_field_says_what_it_is_for_its_range_and_whether_it_may_be_left_out() -> None:
    fields = named()
    assert fields["model"].hint == "Which one."
    assert fields["hours"].hint == "1 to 1,000."
    assert fields["box.width"].hint == "0 or more."
    assert "2026-01-31T12:00:00Z" in fields["when"].hint
    assert [fields[n].optional for n in ("model", "place", "box.width")] == [False, True, False]
    assert fields["hours"].start == 48


def test_what_is_typed_is_sent_and_what_is_empty_or_by_default_is_not() -> None:
    fields = [field for field in schema.fields_of(SCHEMA) if not field.name.startswith("loop")]
    typed = {
        "model": "arima",
        "token": "secret",
        "hours": 48,
        "place": "",
        "colour": "blue",
        "colours": ["red"],
        "series": "a/b\n\nc/d",
        "levels": "1\n2.5",
        "again": False,
        "when": None,
        "box.width": 2,
        "box.lid": True,
        "free": '{"x": [1]}',
    }
    assert schema.parameters_of(fields, form.given(fields, typed)) == {
        "model": "arima",
        "token": "secret",
        "colour": "blue",
        "series": ["a/b", "c/d"],
        "levels": [1, 2.5],
        "box": {"width": 2, "lid": True},
        "free": {"x": [1]},
    }


def test_a_schema_that_refers_to_itself_ends() -> None:
    assert len(schema.fields_of(SCHEMA)) < 200


def test_refusals_are_named_as_the_form_names_its_fields() -> None:
    error = Invalid("no", violations=[{"field": "parameters.box.width", "rule": "is required"}])
    assert schema.shortened(error).violations[0]["field"] == "box.width"
    assert schema.at({"box": {"width": 2}}, "box.width") == 2
    assert schema.at({"box": 1}, "box.width") is None


def test_a_length_says_what_it_means_in_words() -> None:
    length = {"type": "string", "format": "duration"}
    assert schema.hint_of({**length, "default": "PT10M"}) == "A length: PT10M is 10 minutes."
    assert schema.hint_of(length) == "A length: PT15M is 15 minutes."
    assert schema.hint_of({**length, "default": "soon"}) == "A length: PT15M is 15 minutes."
