"""Views are one's own, shared ones are everybody's to see, and none leads away."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.domain.glance.search import Kind
from dtbase.domain.people.users import Role
from dtbase.domain.people.views import NewView, ViewChange
from dtbase.errors import AlreadyExists, NotAllowed, NotFound, Stale
from tests.people import add_user, carry, log_in
from tests.wire import client_of

PATH = "/explore?s=EWR/temperature&range=30d"


def somebody(app: FastAPI, session: Session, name: str, role: Role = Role.VIEWER) -> Client:
    web = TestClient(app)
    carry(web, log_in(session, add_user(session, f"{name}@example.org", role)))
    return client_of(web)


@pytest.fixture
def ann(app: FastAPI, session: Session) -> Client:
    return somebody(app, session, "ann")


@pytest.fixture
def bea(app: FastAPI, session: Session) -> Client:
    return somebody(app, session, "bea")


def test_views_are_ones_own_unless_they_are_shared(ann: Client, bea: Client) -> None:
    own = ann.views.add(NewView(name="Mine", path=PATH))
    shared = ann.views.add(NewView(name="Ours", path=PATH, shared=True, pinned=True))
    assert (own.owner, own.path, own.pinned) == ("ann@example.org", PATH, False)
    assert ann.views.list() == [own, shared]
    assert bea.views.list() == [shared]
    assert bea.views.list(pinned=True, shared=True, search="our") == [shared]
    assert ann.views.list(shared=False) == [own]
    with pytest.raises(NotFound):
        bea.views.get(str(own.id))


def test_only_their_owner_and_admins_change_shared_views(
    app: FastAPI, session: Session, ann: Client, bea: Client
) -> None:
    view = ann.views.add(NewView(name="Ours", path=PATH, shared=True))
    for refused in (
        lambda: bea.views.update(view, ViewChange(name="Hers")),
        lambda: bea.views.delete(view),
    ):
        with pytest.raises(NotAllowed, match="somebody else's"):
            refused()
    renamed = ann.views.update(view, ViewChange(name="All of ours"))
    assert renamed.name == "All of ours"
    with pytest.raises(Stale):
        ann.views.update(view, ViewChange(pinned=True))
    admin = somebody(app, session, "admin", Role.ADMIN)
    assert not admin.views.update(renamed, ViewChange(shared=False)).shared
    with pytest.raises(NotFound):
        admin.views.get(str(view.id))
    ann.views.delete(str(view.id))
    assert ann.views.list() == []


def test_a_name_is_used_once_by_each_person(ann: Client, bea: Client) -> None:
    first = ann.views.add(NewView(name="Hot", path=PATH))
    bea.views.add(NewView(name="Hot", path=PATH))
    with pytest.raises(AlreadyExists, match="a view 'Hot' of yours"):
        ann.views.add(NewView(name="Hot", path="/forecasts"))
    other = ann.views.add(NewView(name="Cold", path=PATH))
    with pytest.raises(AlreadyExists):
        ann.views.update(other, ViewChange(name="Hot"))
    assert ann.views.list() == [other, first]


@pytest.mark.parametrize(
    "path",
    [
        "explore",
        "//elsewhere.example",
        "https://elsewhere.example",
        "/\\elsewhere.example",
        "/explore?a b",
        "/explore#x",
        "/explore?\n",
        "/" + "x" * 4000,
    ],
)
def test_a_view_leads_nowhere_but_into_the_dashboard(api: TestClient, path: str) -> None:
    answer = api.post("/v1/views", json={"name": "Away", "path": path})
    assert answer.status_code == 422
    assert "path" in answer.text


def test_views_are_found_by_those_who_see_them(ann: Client, bea: Client) -> None:
    own = ann.views.add(NewView(name="Zebra, mine", path=PATH))
    shared = ann.views.add(NewView(name="Zebra, ours", path=PATH, shared=True))
    found = [(hit.kind, hit.identifier, hit.about) for hit in bea.glance.search("zebra")]
    assert found == [(Kind.VIEW, str(shared.id), PATH)]
    hits = {hit.identifier for hit in ann.glance.search("zebra")}
    assert hits == {str(own.id), str(shared.id)}
