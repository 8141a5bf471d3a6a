"""What is said by the fields of Import: only what was changed, and columns anew where names are."""

from dash_app.importing import form
from dash_app.importing.passing import Ask, Came
from dtbase.domain.imports.profiles import Profile, TimeColumns
from dtbase.domain.imports.reports import ImportAnswer, ImportReport
from dtbase.domain.imports.said import SaidProfile

PROFILE = Profile.model_validate(
    {
        "delimiter": ";",
        "decimal": ",",
        "names": 2,
        "units": 3,
        "time": {"columns": ["Datum", "Zeit"], "form": ["%d.%m.%Y %H:%M"]},
        "columns": {"T": {"series": "loft/t", "unit": "degC"}, "E": "loft/e"},
    }
)
ANSWER = ImportAnswer(
    report=ImportReport(file="a.csv", kind="a table"), profile=PROFILE, left_out=("Bem",)
)
CAME = Came(file="a.csv", ask=Ask(), answer=ANSWER)
GIVEN = {
    "delimiter": ";",
    "decimal": ",",
    "thousands": "",
    "encoding": "utf-8",
    "names": "2",
    "units": "3",
    "timezone": "",
    "time": "Datum, Zeit",
    "form": "%d.%m.%Y %H:%M",
    "epoch": "",
    "duplicates": "refuse",
}
CELLS = {"series": ["loft/t", "loft/e", ""], "unit": ["degC", "", ""], "factor": ["1", "1", "1"]}


def said(came: Came = CAME, cells: dict[str, list[str]] = CELLS, **changed: str) -> object:
    return form.said(came, ANSWER, {**GIVEN, **changed}, cells)


def test_fields_as_they_were_drawn_say_nothing() -> None:
    assert said() == {}


def test_a_changed_field_says_itself_alone() -> None:
    assert said(timezone="Europe/Berlin") == {"time": {"timezone": "Europe/Berlin"}}
    assert said(time="Zeit") == {"time": {"columns": ["Zeit"]}}
    assert said(form="") == {"time": {"form": []}}
    assert said(decimal=".") == {"decimal": "."}
    assert said(names="") == {"names": None, "first": 1}
    assert said(names="4") == {"names": 4, "first": 5}


def test_a_column_of_times_may_have_a_comma_in_its_name() -> None:
    name = "Date Time, GMT+01:00"
    columns = {"columns": (name,)}
    profile = PROFILE.model_copy(update={"time": PROFILE.time.model_copy(update=columns)})
    answer = ANSWER.model_copy(update={"profile": profile, "left_out": ("Stamp, local", "Day")})
    came = CAME.model_copy(update={"answer": answer})
    cells = {name: [*column, column[-1]] for name, column in CELLS.items()}

    def of(text: str) -> object:
        return form.said(came, answer, {**GIVEN, "time": text}, cells)

    assert of(name) == {}
    assert of("Stamp, local") == {"time": {"columns": ["Stamp, local"]}}
    assert of("Day, Zeit") == {"time": {"columns": ["Day", "Zeit"]}}


def test_what_was_said_before_stays_said() -> None:
    before = SaidProfile.model_validate({"time": {"timezone": "UTC"}, "columns": {"T": "loft/t"}})
    came = CAME.model_copy(update={"ask": Ask(said=before)})
    assert said(came, decimal=".") == {
        "time": {"timezone": "UTC"},
        "columns": {"T": {"series": "loft/t"}},
        "decimal": ".",
    }
    assert said(came, names="1") == {"time": {"timezone": "UTC"}, "names": 1, "first": 2}


def test_columns_are_said_together_and_an_empty_place_leaves_one_out() -> None:
    cells = {**CELLS, "series": ["attic/t", "", "loft/note"], "factor": ["0,1", "1", "what"]}
    assert said(cells=cells) == {
        "columns": {
            "T": {"series": "attic/t", "unit": "degC", "factor": 0.1},
            "Bem": {"series": "loft/note", "unit": None, "factor": 1.0},
        }
    }


def test_a_guess_that_somebody_says_is_right_is_said_as_it_is() -> None:
    before = SaidProfile.model_validate({"time": {"timezone": "UTC"}})
    assert form.confirmed(before, PROFILE, "form") == {
        "time": {"timezone": "UTC", "form": ["%d.%m.%Y %H:%M"]}
    }
    assert form.confirmed(before, PROFILE, "decimal")["decimal"] == ","


def test_a_pattern_of_times_stands_beside_a_time_that_it_writes() -> None:
    drawn = str(form.fields(CAME, ANSWER, "UTC"))
    assert "Such as 31.12.2026 18:05" in drawn
    american = TimeColumns(form=("%m/%d/%Y %I:%M %p", "%m/%d/%Y"))
    assert form.examples(american) == "Such as 12/31/2026 06:05 PM, or 12/31/2026"
    assert form.examples(TimeColumns()) == "Such as 2026-12-31T18:05:00Z"
    assert form.examples(TimeColumns(epoch="ms")) == ""
