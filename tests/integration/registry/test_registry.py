"""Every noun of the registry: the same operations, the same rules."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.domain.people.users import Role
from tests.nouns import NOUNS, Document, Noun, prepare
from tests.people import add_user, carry, log_in

pytestmark = pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.path)


UNKNOWN = (
    "limit=0",
    "limit=1001",
    "skip=-1",
    "skip=1000001",
    "count=perhaps",
    "cursor=x",
    "cursor=%F0",
    "cursor=WzFd",
    "cursor=WyJuYW1lIiwxXQ",
    "sort=colour",
    "colour=red",
)


@pytest.fixture(autouse=True)
def world(api: TestClient) -> None:
    prepare(api)


def add(api: TestClient, noun: Noun, thing: Document) -> Document:
    answer = api.post(f"/v1/{noun.path}", json=thing)
    assert answer.status_code == 201, answer.text
    added: Document = answer.json()
    return added


def add_all(api: TestClient, noun: Noun) -> list[Document]:
    answer = api.post(f"/v1/{noun.path}/bulk", json=noun.things)
    assert answer.status_code == 201, answer.text
    added: list[Document] = answer.json()
    return added


def listed(api: TestClient, noun: Noun, query: str = "") -> list[Any]:
    answer = api.get(f"/v1/{noun.path}{query}")
    assert answer.status_code == 200, answer.text
    return [thing[noun.key] for thing in answer.json()]


def audited(api: TestClient) -> list[Document]:
    return [
        {name: entry[name] for name in ("actor", "action", "name", "before", "after")}
        for entry in api.get("/v1/audit", params={"limit": 3}).json()
    ]


def test_what_was_added_can_be_read_where_the_answer_says(api: TestClient, noun: Noun) -> None:
    answer = api.post(f"/v1/{noun.path}", json=noun.things[0])
    assert answer.status_code == 201
    shown = api.get(answer.headers["location"])
    assert shown.json() == answer.json()
    assert shown.headers["etag"] == answer.headers["etag"]
    assert shown.json() | noun.things[0] == shown.json()


def test_adding_a_thing_twice_is_refused_and_names_the_field(api: TestClient, noun: Noun) -> None:
    add(api, noun, noun.things[0])
    answer = api.post(f"/v1/{noun.path}", json=noun.things[0])
    assert (answer.status_code, answer.json()["type"]) == (409, "already-exists")
    assert answer.json()["errors"][0]["field"] in noun.things[0]


def test_a_thing_that_breaks_a_rule_is_refused_naming_field_and_rule(
    api: TestClient, noun: Noun
) -> None:
    answer = api.post(f"/v1/{noun.path}", json=noun.wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == noun.wrong_field
    assert answer.json()["errors"][0]["rule"]


def test_many_are_added_all_or_none_and_refusals_name_row_field_and_rule(
    api: TestClient, noun: Noun
) -> None:
    before = listed(api, noun)
    for row, refused in ((1, noun.wrong), (2, noun.things[0])):
        things = [noun.things[0], noun.things[1]]
        things.insert(row, refused)
        answer = api.post(f"/v1/{noun.path}/bulk", json=things)
        assert answer.status_code in {409, 422}
        found = answer.json()["errors"][0]
        assert (found["row"], bool(found["field"]), bool(found["rule"])) == (row, True, True)
        assert listed(api, noun) == before
    added = {thing[noun.key] for thing in add_all(api, noun)}
    assert set(listed(api, noun)) - set(before) == added


def test_following_the_links_gives_every_thing_once_in_order(api: TestClient, noun: Noun) -> None:
    add_all(api, noun)
    path = noun.path.replace("oracle", "{model}")
    sorts = api.app.openapi()["paths"][f"/v1/{path}"]["get"]["parameters"]  # type: ignore[attr-defined]
    names = next(each["schema"]["enum"] for each in sorts if each["name"] == "sort")
    for sort in names:
        whole = listed(api, noun, f"?sort={sort}")
        seen: list[Any] = []
        address = f"/v1/{noun.path}?limit=2&sort={sort}"
        while address:
            answer = api.get(address)
            seen += [thing[noun.key] for thing in answer.json()]
            link = answer.links.get("next", {}).get("url")
            address = f"/v1/{noun.path}{link}" if link else ""
        assert seen == whole
        other = listed(
            api, noun, f"?sort={sort.removeprefix('-') if sort[0] == '-' else '-' + sort}"
        )
        assert other == whole[::-1]


def test_a_list_refuses_what_it_does_not_know(api: TestClient, noun: Noun) -> None:
    for query in UNKNOWN:
        answer = api.get(f"/v1/{noun.path}?{query}")
        assert answer.status_code == 422, query
        assert query.split("=")[0] in answer.json()["errors"][0]["field"]


def test_a_change_changes_what_it_names_and_nothing_else(api: TestClient, noun: Noun) -> None:
    before = add(api, noun, noun.things[0])
    answer = api.patch(noun.at(before), json=noun.change)
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    assert changed == before | noun.change
    assert api.get(noun.at(changed)).json() == changed
    if noun.key in noun.change:
        assert api.get(noun.at(before)).status_code == 404


def test_a_change_that_says_null_where_a_value_must_stand_is_refused(
    api: TestClient, noun: Noun
) -> None:
    before = add(api, noun, noun.things[0])
    field = "since" if noun.path == "installations" else noun.key
    answer = api.patch(noun.at(before), json={field: None})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_a_change_that_breaks_a_rule_is_refused_naming_field_and_rule(
    api: TestClient, noun: Noun
) -> None:
    before = add(api, noun, noun.things[0])
    field = noun.wrong_field.split(".")[0]
    answer = api.patch(noun.at(before), json={field: noun.wrong[field]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == noun.wrong_field
    assert api.get(noun.at(before)).json() == before


def test_of_two_who_edit_the_second_learns_of_the_first(api: TestClient, noun: Noun) -> None:
    thing = add(api, noun, noun.things[0])
    tag = api.get(noun.at(thing)).headers["etag"]
    first = api.patch(noun.at(thing), json=noun.change, headers={"If-Match": tag})
    assert first.status_code == 200
    now = noun.at(first.json())
    for stale in (
        api.patch(now, json={}, headers={"If-Match": tag}),
        api.delete(now, headers={"If-Match": f"W/{tag}, {tag}"}),
    ):
        assert (stale.status_code, stale.json()["type"]) == (412, "stale")
        assert stale.json()["errors"][0]["field"] == "If-Match"
    assert api.get(now).headers["etag"] == first.headers["etag"]
    again = api.patch(now, json={}, headers={"If-Match": f'"x", {first.headers["etag"]}'})
    assert again.status_code == 200
    assert api.delete(now, headers={"If-Match": "*"}).status_code == 204


def test_an_unreadable_if_match_is_refused(api: TestClient, noun: Noun) -> None:
    thing = add(api, noun, noun.things[0])
    answer = api.patch(noun.at(thing), json={}, headers={"If-Match": "abc"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "If-Match")


def test_what_is_deleted_is_gone(api: TestClient, noun: Noun) -> None:
    thing = add(api, noun, noun.things[0])
    assert api.delete(noun.at(thing)).status_code == 204
    for answer in (
        api.get(noun.at(thing)),
        api.delete(noun.at(thing)),
        api.patch(noun.at(thing), json={}),
    ):
        assert (answer.status_code, answer.json()["type"]) == (404, "not-found")
        assert answer.json()["errors"][0]["field"]


def test_the_log_says_who_did_what_before_and_after(api: TestClient, noun: Noun) -> None:
    before = add(api, noun, noun.things[0])
    after = api.patch(noun.at(before), json=noun.change).json()
    api.patch(noun.at(after), json={})
    api.delete(noun.at(after))
    deleted, changed, created = audited(api)
    assert {entry["actor"] for entry in (deleted, changed, created)} == {"api@example.org"}
    assert (created["action"], created["before"]) == ("created", None)
    assert created["after"] == before
    assert (changed["action"], changed["before"], changed["after"]) == ("changed", before, after)
    assert (deleted["action"], deleted["before"], deleted["after"]) == ("deleted", after, None)
    assert str(after[noun.key]) in changed["name"]


def test_a_refused_change_leaves_no_trace_in_the_log(api: TestClient, noun: Noun) -> None:
    thing = add(api, noun, noun.things[0])
    before = audited(api)
    api.patch(noun.at(thing), json={}, headers={"If-Match": '"x"'})
    api.post(f"/v1/{noun.path}", json=noun.things[0])
    api.post(f"/v1/{noun.path}/bulk", json=[noun.things[1], noun.things[0]])
    assert audited(api) == before


def test_a_viewer_reads_and_can_write_nothing(
    app: FastAPI, api: TestClient, session: Session, noun: Noun
) -> None:
    thing = add(api, noun, noun.things[0])
    for role, allowed in ((Role.VIEWER, set()), (Role.EDITOR, {"POST", "PATCH"})):
        client = TestClient(app)
        carry(client, log_in(session, add_user(session, f"{role}@example.org", role)))
        assert client.get(f"/v1/{noun.path}").status_code == 200
        assert client.get(noun.at(thing)).status_code == 200
        answers = {
            "POST": client.post(f"/v1/{noun.path}", json=noun.things[1]),
            "PATCH": client.patch(noun.at(thing), json={}),
            "DELETE": client.delete(noun.at(thing)),
        }
        assert {name for name in answers if answers[name].status_code < 300} == allowed
        bulk = client.post(f"/v1/{noun.path}/bulk", json=[noun.things[2]])
        assert (bulk.status_code == 201) == ("POST" in allowed)
        assert client.get("/v1/audit").status_code == 403


def test_a_list_is_jumped_through_and_told_its_length(api: TestClient, noun: Noun) -> None:
    add_all(api, noun)
    every = listed(api, noun, "?limit=1000")
    answer = api.get(f"/v1/{noun.path}?skip=1&limit=1&count=true")
    assert [thing[noun.key] for thing in answer.json()] == every[1:2]
    assert answer.headers["Total-Count"] == str(len(every))
    after = api.get(f"/v1/{noun.path}{answer.links['next']['url']}")
    assert [thing[noun.key] for thing in after.json()] == every[2:3]
    assert "Total-Count" not in after.headers
    beyond = api.get(f"/v1/{noun.path}?skip={len(every)}&count=true")
    assert (beyond.json(), beyond.headers["Total-Count"]) == ([], str(len(every)))
