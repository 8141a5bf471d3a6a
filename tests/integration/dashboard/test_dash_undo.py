"""What a table deletes comes back by Undo, and what two change at once shows both versions."""

from typing import Any

import pytest
from dash import html
from fastapi.testclient import TestClient

from dash_app.nouns.all import NOUNS
from dash_app.tables.conflict import conflict
from dash_app.tables.noun import Document, Noun
from dtbase.client import Client
from dtbase.client.transport import Transport
from dtbase.domain.forecasts.runs import Model
from dtbase.domain.services.services import NewHttpService
from dtbase.errors import AlreadyExists, NotFound, Stale
from tests.dashboards import components_in
from tests.wire import client_of

MEASURE = {"name": "level", "unit": "m"}
NEW: dict[str, Document] = {
    "sensors": {"identifier": "well-9", "type": "probe", "name": "Well", "notes": "deep"},
    "locations": {"identifier": "yard", "name": "The yard"},
    "sensor-types": {"name": "gauge", "measures": [MEASURE], "description": "of water"},
    "measures": {"name": "rain", "unit": "mm", "statistic": "total"},
    "location-schemas": {"name": "spot", "fields": [{"name": "x", "unit": "m"}]},
    "models": {"name": "oracle", "description": "knows"},
    "scenarios": {"name": "cold", "model": "seer", "parameters": {"heating": True}},
    "parameter-sets": {"name": "airports", "service": "ping", "parameters": {"a": 1}},
    "schedules": {"name": "nightly", "service": "ping", "every": "PT6H", "enabled": False},
    "retention": {"name": "short", "keep_days": 30, "measures": ["level"]},
}
CHANGES: dict[str, tuple[Document, Document]] = {
    "sensors": ({"name": "Mine"}, {"name": "Theirs"}),
    "locations": ({"name": "Mine"}, {"name": "Theirs"}),
    "sensor-types": ({"description": "mine"}, {"description": "theirs"}),
    "measures": ({"statistic": "mean"}, {"datatype": "integer"}),
    "location-schemas": ({"description": "mine"}, {"description": "theirs"}),
    "models": ({"description": "mine"}, {"description": "theirs"}),
    "scenarios": ({"description": "mine"}, {"description": "theirs"}),
    "parameter-sets": ({"description": "mine"}, {"description": "theirs"}),
    "schedules": ({"every": "PT1H"}, {"every": "PT2H"}),
    "retention": ({"keep_days": 10}, {"keep_days": 20}),
}
RESTORABLE = [noun for noun in NOUNS if noun.restorable and noun.new is not None]
CHANGEABLE = [noun for noun in NOUNS if noun.name in CHANGES]


@pytest.fixture
def client(api: TestClient) -> Client:
    client = client_of(api)
    service = {"name": "ping", "request": {"method": "GET", "url": "https://example.org/"}}
    client.services.add(NewHttpService.model_validate(service))
    for name, document in (("sensor-types", "probe"), ("models", "seer")):
        noun = next(each for each in NOUNS if each.name == name)
        assert noun.new is not None
        made = {**NEW[name], "name": document}
        noun.store(client).add(noun.new.model_validate(made))
    return client


def add(noun: Noun, client: Client) -> Any:
    assert noun.new is not None
    return noun.store(client).add(noun.new.model_validate(NEW[noun.name]))


def test_every_table_whose_things_come_back_is_tried() -> None:
    assert {noun.name for noun in RESTORABLE} == NEW.keys() == CHANGES.keys()


@pytest.mark.parametrize("noun", RESTORABLE, ids=lambda noun: noun.name)
def test_what_is_deleted_comes_back_as_it_was(noun: Noun, client: Client) -> None:
    store, thing = noun.store(client), add(noun, client)
    if noun.name == "retention":  # its measures go to another class before it can go
        assert noun.change is not None
        thing = store.update(thing, noun.change.model_validate({"measures": ()}))
    document = thing.model_dump(mode="json")
    store.delete(noun.thing_of(document))
    with pytest.raises(NotFound):
        store.get(noun.key_of(thing))
    store.add_many([noun.again(document)])
    back = store.get(noun.key_of(thing)).model_dump(mode="json")
    assert noun.new is not None
    assert {name: back[name] for name in noun.new.model_fields if name in back} == {
        name: document[name] for name in noun.new.model_fields if name in document
    }


@pytest.mark.parametrize("noun", CHANGEABLE, ids=lambda noun: noun.name)
def test_a_change_of_what_was_changed_meanwhile_shows_both(noun: Noun, client: Client) -> None:
    assert noun.change is not None
    store, before = noun.store(client), add(noun, client)
    mine, theirs = CHANGES[noun.name]
    store.update(store.get(noun.key_of(before)), noun.change.model_validate(theirs))
    with pytest.raises(Stale):
        store.update(before, noun.change.model_validate(mine))
    present = store.get(noun.key_of(before))
    typed = {**before.model_dump(mode="json"), **mine}
    for field in noun.fields:
        if field.write is not None:
            typed[field.name] = field.write(typed[field.name]) if typed.get(field.name) else ""
    shown = components_in(html.Div(conflict(noun, before.model_dump(mode="json"), present, typed)))
    words = " ".join(str(getattr(each, "children", "")) for each in shown)
    for change in (mine, theirs):
        for value in change.values():
            assert str(value) in words


def test_a_class_is_not_made_twice_and_keeps_no_measure_that_left_it(client: Client) -> None:
    noun = next(each for each in NOUNS if each.name == "retention")
    store, short = noun.store(client), add(noun, client)
    with pytest.raises(AlreadyExists):
        add(noun, client)
    assert noun.change is not None
    store.update(short, noun.change.model_validate({"measures": ()}))
    assert "level" in store.get("default").measures
    with pytest.raises(NotFound):
        store.update(store.get("short"), noun.change.model_validate({"measures": ["nothing"]}))


def test_scenarios_of_all_models_are_found_by_model_and_name(client: Client) -> None:
    noun = next(each for each in NOUNS if each.name == "scenarios")
    store, cold = noun.store(client), add(noun, client)
    every = store.page()
    assert every.total == 2
    assert {each.at for each in every.items} == {"seer/default", "seer/cold"}
    assert [each.at for each in store.page(search="CO").items] == [cold.at]
    assert store.page(model="seer", sort="-name").items[0].name == "default"
    client.models.add(Model(name="other"))
    stretches = [store.page(skip=skip, limit=1).items[0].at for skip in range(3)]
    assert stretches == ["seer/cold", "other/default", "seer/default"]
    with pytest.raises(NotFound):
        store.get("cold")


@pytest.mark.parametrize("name", ["scenarios", "parameter-sets"])
def test_a_table_of_what_belongs_to_others_asks_once_however_many_have_some(
    name: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    noun = next(each for each in NOUNS if each.name == name)
    added = add(noun, client)
    asked: list[str] = []
    send = Transport.send

    def counted(self: Transport, method: str, path: str, **request: Any) -> Any:
        asked.append(path)
        return send(self, method, path, **request)

    monkeypatch.setattr(Transport, "send", counted)
    assert added.at in {each.at for each in noun.store(client).page().items}
    assert asked == [f"/v1/{name}"]
    row = noun.store(client).page(search=added.name).items[0]
    assert noun.change is not None
    change = noun.change.model_validate({"description": "changed"})
    noun.store(client).update(row, change)
    assert noun.store(client).get(row.at).description == "changed"
