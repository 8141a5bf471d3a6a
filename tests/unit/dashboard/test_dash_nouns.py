"""Every table asks the API for nothing that it does not know, and its forms know their fields."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dash_app.nouns.all import NOUNS
from dash_app.nouns.lines import pairs_of, rows_of, text_of, text_of_pairs, with_rest
from dash_app.nouns.people import difference
from dash_app.nouns.work import next_runs
from dash_app.tables import form
from dash_app.tables.drawer import closed
from dash_app.tables.noun import Field, Kind, Noun
from dash_app.tables.view import View
from dtbase.domain.people.audit import Action, AuditEntry
from dtbase.domain.registry.sensors import NewSensor
from dtbase.domain.services.schedules import NewSchedule, Schedule
from dtbase.errors import AlreadyExists, Invalid

UTC = ZoneInfo("UTC")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
SENSORS = next(noun for noun in NOUNS if noun.name == "sensors")


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.name)
def test_a_table_sorts_and_filters_only_as_the_list_of_the_api_does(noun: Noun) -> None:
    fields = noun.query.model_fields
    assert noun.asks <= fields.keys()
    assert noun.sorts
    assert noun.words in fields


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.name)
def test_a_form_asks_only_for_what_can_be_said(noun: Noun) -> None:
    for field in noun.fields:
        name = field.name.split(".")[0]
        if field.when != "change" and noun.new is not None:
            assert name in noun.new.model_fields, field.name
        if field.when != "new" and noun.change is not None:
            assert name in noun.change.model_fields, field.name


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.name)
def test_every_column_is_an_attribute_or_says_what_it_shows(noun: Noun) -> None:
    for column in noun.columns:
        assert column.show is not None or column.name in noun.kind.model_fields


def test_an_address_says_what_is_shown_and_nonsense_in_it_is_not_said() -> None:
    view = View.parse(SENSORS, "?q=+a%00b+&type=desk&colour=red&sort=-name&open=x&new=1")
    assert view.parameters == {"type": "desk", "search": "ab", "sort": "-name"}
    assert (view.open, view.new) == ("x", True)
    assert View.parse(SENSORS, "?sort=notes").sort is None
    assert closed("?q=a&open=b&new=1&type=c") == "?q=a&type=c"


def test_only_what_was_changed_is_sent_and_an_emptied_field_is_none() -> None:
    fields = form.fields_of(SENSORS, new=False)
    before = {"identifier": "a", "type": "desk", "name": "A", "notes": "n", "location": None}
    typed = {"identifier": " a ", "type": "desk", "name": "  ", "notes": "n", "location": ""}
    assert form.changed(fields, form.given(fields, typed), before) == {"name": None}


def test_a_number_and_a_switch_are_sent_as_such() -> None:
    fields = [Field("a", "A", Kind.NUMBER), Field("b", "B", Kind.FLAG), Field("c", "C")]
    assert form.given(fields, {"a": 3, "b": None, "c": None}) == {"a": 3, "b": False, "c": ""}


def test_each_refusal_stands_at_its_field_and_one_of_no_field_by_itself() -> None:
    with pytest.raises(Invalid) as refused:
        NewSensor(identifier="a b", type="desk", name="")
    found = form.complaints(refused.value, ["identifier", "type", "name"])
    assert found["identifier"].startswith("Must be 1 to 100 letters")
    assert found["name"]
    assert (found["type"], found[""]) == ("", "")
    taken = AlreadyExists("sensor 'a' already exists", field="identifier")
    assert form.complaints(taken, ["name"])[""] == "Identifier: sensor 'a' already exists."
    assert form.complaints(Invalid("no such day"), ["name"])[""] == "No such day."


def test_what_stands_in_no_line_is_kept_by_its_name() -> None:
    before = [{"name": "power", "unit": "W", "statistic": "level", "options": {"holds": "6h"}}]
    now = rows_of("power, kW, float, level\nheat, kWh", ("name", "unit", "datatype", "statistic"))
    assert with_rest(now, before) == [
        {"options": {"holds": "6h"}, **now[0]},
        {"name": "heat", "unit": "kWh"},
    ]


def test_lines_are_read_as_they_are_written() -> None:
    names = ("name", "unit", "datatype")
    rows: list[dict[str, object]] = [
        {"name": "a", "unit": None, "datatype": "float"},
        {"name": "b", "unit": "m"},
    ]
    assert rows_of(text_of(rows, names), names) == [
        {"name": "a", "datatype": "float"},
        {"name": "b", "unit": "m"},
    ]
    pairs = {"latitude": 40.5, "floor": 2, "indoors": True, "room": "B 12"}
    assert pairs_of(text_of_pairs(pairs)) == pairs
    with pytest.raises(Invalid, match="line 2"):
        pairs_of("a: 1\nb")


def test_a_schedule_says_in_words_when_it_runs() -> None:
    often = NewSchedule(name="s", service="score", every=timedelta(minutes=10))
    daily = NewSchedule(name="s", service="score", cron="30 6 * * *", timezone="Europe/London")
    told = [
        str(next_runs(Schedule(**new.model_dump(), next_at=None, last_at=None, last_run=None), UTC))
        for new in (often, daily)
    ]
    assert "It runs every 10 minutes (PT10M)." in told[0]
    assert "It runs every day at 06:30, Europe/London (30 6 * * *)." in told[1]


def test_the_log_says_in_words_what_is_stored_as_a_sign() -> None:
    entry = AuditEntry(
        id=1, at=NEW_YEAR, actor="ada@example.org", action=Action.CHANGED,
        noun="schedule", name="s", before={"every": "PT10M", "cron": None},
        after={"every": None, "cron": "0 3 * * *"},
    )  # fmt: skip
    assert difference(entry) == (
        "every: PT10M (10 minutes) → nothing; cron: nothing → 0 3 * * * (every day at 03:00)"
    )
