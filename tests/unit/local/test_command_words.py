"""What the command reads from a line and prints on it."""

import math
from pathlib import Path
from typing import Any

import pytest

from dtbase import errors
from dtbase.cli import exits
from dtbase.cli.braille import Canvas, Scale, Spot, draw
from dtbase.cli.documents import read_document
from dtbase.cli.output import aligned, cell, plain
from dtbase.cli.plots import page
from dtbase.cli.runs import options, parameters_of
from dtbase.cli.words import others, spoken
from dtbase.errors import DTBaseError, Invalid, NotFound, Violation

SCHEMA: dict[str, Any] = {
    "properties": {
        "model": {"type": "string"},
        "series": {"type": "array", "items": {"type": "string"}},
        "measures": {"type": "array", "items": {"type": "string"}},
        "horizon": {"type": "integer"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "options": {"type": "object"},
    }
}


def read(*words: str) -> dict[str, Any]:
    return parameters_of(SCHEMA, options(words))


@pytest.mark.parametrize(
    ("words", "parameters"),
    [
        (["--horizon", "24"], {"horizon": 24}),
        (["--horizon=-24"], {"horizon": -24}),
        (["--model", "007"], {"model": "007"}),
        (["--note", "true"], {"note": "true"}),
        (["--series", "a/b", "--series", "c/d"], {"series": ["a/b", "c/d"]}),
        (["--series", '["a/b", "c/d"]'], {"series": ["a/b", "c/d"]}),
        (["--measure", "rain", "--measures", "wind"], {"measures": ["rain", "wind"]}),
        (["--options", '{"a": [1]}'], {"options": {"a": [1]}}),
        (["--dry-run"], {"dry_run": True}),
        (["--unknown", "text"], {"unknown": "text"}),
        ([], {}),
    ],
)
def test_options_become_the_parameters_that_a_service_takes(
    words: list[str], parameters: dict[str, Any]
) -> None:
    assert read(*words) == parameters


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["EWR"], "'EWR' belongs to no option"),
        (["--horizon", "1", "2"], "'2' belongs to no option"),
        (["--model", "a", "--model", "b"], "--model is given 2 times"),
        (["--series", "[a"], "is not JSON"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused(words: list[str], told: str) -> None:
    with pytest.raises(Invalid, match=told):
        read(*words)


def test_every_error_has_an_exit_code_that_is_not_the_shells_own() -> None:
    codes = {error: exits.code_of(error("x")) for error in DTBaseError.kinds()}
    assert set(codes.values()) == {1, 3, 4, 5, 6}
    assert exits.USAGE not in codes.values()
    assert codes[errors.Unavailable] == codes[errors.TooMany] == 6


def test_what_would_steer_a_terminal_is_not_printed() -> None:
    assert plain("a\x1b[31mred\x1b[0m\nb\x07") == "a [31mred [0m b "
    assert cell("a\tb") == "a b"


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert aligned([["a", "bbb"], ["cc", "d"]]) == [["a ", "bbb"], ["cc", "d  "]]


def test_the_options_of_the_api_are_spoken_of_as_the_commands() -> None:
    assert spoken("with cascade=true, or keep=true") == "with --cascade, or --keep"


def test_what_a_refusal_counts_is_listed() -> None:
    violations: list[Violation] = [
        {"field": "sensors.one", "rule": "it is in use", "value": "- sensor one"},
        {"field": "name", "rule": "is taken", "row": 7},
        {"field": "", "rule": "has\x1b[2J no unit"},
    ]
    error = errors.Invalid(
        "nothing was changed; sensor one: it (and 2 more)", violations=violations
    )
    assert others(error) == [
        "  sensors.one (- sensor one): it is in use",
        "  row 7, name: is taken",
        "  has [2J no unit",
    ]
    assert others(errors.Invalid("name is taken", violations=violations[1:2])) == ()


def test_dots_stand_where_they_belong() -> None:
    canvas = Canvas(2, 1)
    for spot in (Spot(0, 0), Spot(1, 3), Spot(3, 0), Spot(2, 3)):
        canvas.dot(spot)
    assert list(canvas.lines()) == ["⢁⡈"]


def test_a_line_reaches_from_the_lowest_to_the_highest_and_leaves_gaps_out() -> None:
    canvas = Canvas(4, 2)
    points = [(0.0, 0.0), (1.0, math.nan), (2.0, math.nan), (3.0, 10.0)]
    draw(canvas, points, Scale(0, 3, canvas.columns), Scale(0, 10, canvas.rows))
    assert list(canvas.lines()) == ["⠀⠀⠀⠈", "⡀⠀⠀⠀"]


def test_a_constant_is_a_line_in_the_middle() -> None:
    canvas = Canvas(3, 1)
    draw(canvas, [(0.0, 5.0), (1.0, 5.0)], Scale(0, 1, 6), Scale(5, 5, 4))
    (line,) = canvas.lines()
    assert line == "⠒⠒⠒"


def test_a_page_names_the_series_the_scale_and_the_time() -> None:
    lines = list(page("box/level [m]", [("read", [(0.0, 1.0), (3600.0, 3.5)])]))
    assert lines[0] == "box/level [m]"
    assert lines[1].startswith("       3.5 ┤")
    assert lines[-1].split() == ["1970-01-01", "00:00Z", "read", "1970-01-01", "01:00Z"]
    assert len({len(line) for line in lines[1:]}) == 1


def test_a_series_without_values_is_said_to_have_none() -> None:
    with pytest.raises(NotFound, match="nothing was read in that time"):
        list(page("a/b [m]", [("read", [(0.0, math.nan)])]))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "schedules: [a]\nmodels: []\nschedules: [b]",
            "line 3: 'schedules' stands twice, first in",
        ),
        ("sensors:\n- {name: a, name: b}", "line 2: 'name' stands twice, first in line 2"),
        ('{"a": {"b": 1, "b": 1}}', "'b' stands twice"),
        ("a: [", "neither YAML nor JSON"),
    ],
)
def test_a_document_that_loses_a_part_of_itself_is_refused(
    tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "twin.yaml"
    file.write_text(text)
    with pytest.raises(Invalid, match=rf"twin\.yaml.*{told}"):
        read_document(file)


def test_a_document_may_name_one_thing_in_several_places(tmp_path: Path) -> None:
    file = tmp_path / "twin.yaml"
    file.write_text("base: &base {name: a}\nb: {<<: *base, name: b}\nc: {name: b}")
    assert read_document(file) == {"base": {"name": "a"}, "b": {"name": "b"}, "c": {"name": "b"}}


def test_a_document_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"none\.yaml cannot be read: No such file"):
        read_document(tmp_path / "none.yaml")
