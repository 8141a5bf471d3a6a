"""Notes are seen by everybody, changed by their authors and admins, and found where they belong."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import delete
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.domain.glance.search import Kind
from dtbase.domain.people.users import Role
from dtbase.domain.registry.installations import NewInstallation
from dtbase.domain.registry.locations import Location
from dtbase.domain.registry.notes import NewNote, NoteChange
from dtbase.errors import InUse, Invalid, NotAllowed, NotAuthenticated, NotFound, Stale
from dtbase.storage.database import reaching_database
from dtbase.storage.registry import notes
from dtbase.storage.tables import User
from tests.factories import add_sensor
from tests.people import add_user, carry, log_in
from tests.wire import client_of

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def admin(api: TestClient, session: Session) -> Client:
    add_sensor(session, "one")
    add_sensor(session, "two")
    client = client_of(api)
    client.locations.add(Location(identifier="site", name="Site"))
    client.locations.add(Location(identifier="roof", name="Roof", parent="site"))
    return client


def somebody(app: FastAPI, session: Session, name: str, role: Role = Role.EDITOR) -> Client:
    web = TestClient(app)
    carry(web, log_in(session, add_user(session, f"{name}@example.org", role)))
    return client_of(web)


def on_series(text: str = "The mast was down.", hours: int = 0) -> NewNote:
    return NewNote(text=text, series="one/temperature", start=NOON + hours * HOUR)


def test_a_note_says_who_wrote_it_and_everybody_sees_it(
    app: FastAPI, session: Session, admin: Client
) -> None:
    bea = somebody(app, session, "bea")
    note = bea.notes.add(
        NewNote(text="  Down. ", series="one/temperature", start=NOON, end=NOON + HOUR)
    )
    assert (note.text, note.author, note.subject) == ("Down.", "bea@example.org", "one/temperature")
    viewer = somebody(app, session, "vic", Role.VIEWER)
    assert viewer.notes.get(str(note.id)) == note
    assert viewer.notes.list() == [note]
    with pytest.raises(NotAllowed, match="role editor"):
        viewer.notes.add(on_series())


def test_only_the_author_and_admins_change_and_delete_a_note(
    app: FastAPI, session: Session, admin: Client
) -> None:
    bea, cem = (somebody(app, session, name) for name in ("bea", "cem"))
    note = bea.notes.add(on_series())
    for refused in (
        lambda: cem.notes.update(note, NoteChange(text="Mine")),
        lambda: cem.notes.delete(note),
    ):
        with pytest.raises(NotAllowed, match="is by bea@"):
            refused()
    changed = bea.notes.update(note, NoteChange(text="Up again.", end=NOON + HOUR))
    assert (changed.text, changed.end) == ("Up again.", NOON + HOUR)
    assert changed.changed_at > note.changed_at
    with pytest.raises(Stale):
        bea.notes.update(note, NoteChange(text="Late"))
    assert admin.notes.update(changed, NoteChange(end=None)).end is None
    admin.notes.delete(str(note.id))
    with pytest.raises(NotFound):
        bea.notes.get(str(note.id))
    actions = [entry.action for entry in admin.audit.list(noun="note", name=str(note.id))]
    assert actions == ["deleted", "changed", "changed", "created"]


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"series": "one/temperature", "sensor": "one"}, "one series, or one sensor"),
        ({}, "one series, or one sensor"),
        ({"series": "one"}, "sensor/measure"),
        ({"series": "nobody/temperature"}, "no series nobody/temperature"),
        ({"sensor": "nobody"}, "no sensor 'nobody'"),
        ({"location": "nowhere"}, "no location 'nowhere'"),
        ({"sensor": "one", "end": NOON.isoformat()}, "end must be later than start"),
        ({"sensor": "one", "text": "  "}, "text"),
        ({"sensor": "one", "text": "a\0b"}, "text"),
        ({"sensor": "one", "start": "1850-01-01T00:00:00Z"}, "1900"),
    ],
)
def test_a_note_on_nothing_or_out_of_time_is_refused(
    api: TestClient, admin: Client, fields: dict[str, str], rule: str
) -> None:
    body = {"text": "Down.", "start": NOON.isoformat(), **fields}
    answer = api.post("/v1/notes", json=body)
    assert answer.status_code == 422
    assert rule in answer.text
    assert admin.notes.list() == []


def test_a_change_that_ends_before_it_begins_is_refused(admin: Client) -> None:
    note = admin.notes.add(on_series())
    with pytest.raises(Invalid, match="end must be later"):
        admin.notes.update(note, NoteChange(end=NOON))
    assert admin.notes.get(str(note.id)) == note


def test_notes_that_touch_a_range_are_listed_newest_first(admin: Client) -> None:
    first, second = (admin.notes.add(on_series(hours=hours)) for hours in (0, 5))
    long = admin.notes.add(
        NewNote(text="All day", sensor="two", start=NOON - HOUR, end=NOON + 9 * HOUR)
    )
    assert admin.notes.list() == [second, first, long]
    assert admin.notes.list(start=NOON + HOUR, end=NOON + 5 * HOUR) == [long]
    assert admin.notes.list(start=NOON + 5 * HOUR) == [second, long]
    assert admin.notes.list(end=NOON) == [long]
    assert admin.notes.list(start=NOON + 9 * HOUR) == []
    assert admin.notes.list(search="ALL d", author="api@") == [long]


def test_what_concerns_a_series_is_on_it_on_its_sensor_or_where_that_was_then(
    admin: Client,
) -> None:
    admin.installations.add(NewInstallation(sensor="one", location="roof", since=NOON))
    admin.installations.add(NewInstallation(sensor="one", location=None, since=NOON + 10 * HOUR))
    wanted = [
        admin.notes.add(on_series()),
        admin.notes.add(NewNote(text="b", sensor="one", start=NOON)),
        admin.notes.add(NewNote(text="c", location="site", start=NOON + HOUR)),
        admin.notes.add(NewNote(text="d", location="roof", start=NOON - HOUR, end=NOON + HOUR)),
    ]
    admin.notes.add(NewNote(text="other", series="one/rain", start=NOON))
    admin.notes.add(NewNote(text="before", location="roof", start=NOON - HOUR))
    admin.notes.add(NewNote(text="after", location="roof", start=NOON + 10 * HOUR))
    admin.notes.add(NewNote(text="two", sensor="two", start=NOON))
    found = admin.notes.list(series=["one/temperature"])
    assert {note.id for note in found} == {note.id for note in wanted}
    assert {note.text for note in admin.notes.list(sensor="two")} == {"two"}
    assert {note.text for note in admin.notes.list(location="site")} == {
        "c",
        "d",
        "before",
        "after",
    }
    assert len(admin.notes.list(sensor="one")) == 3


def test_words_of_notes_are_found(admin: Client) -> None:
    note = admin.notes.add(on_series("The anemometer lied"))
    (hit,) = admin.glance.search("anemometer")
    assert (hit.kind, hit.identifier, hit.about) == (Kind.NOTE, str(note.id), "one/temperature")
    assert (hit.name, hit.time, hit.detail) == (note.text, NOON, "api@example.org")


def test_a_thing_with_notes_is_in_use(admin: Client) -> None:
    admin.notes.add(on_series())
    admin.notes.add(NewNote(text="site", location="site", start=NOON))
    with pytest.raises(InUse, match="notes"):
        admin.sensors.delete("one")
    with pytest.raises(InUse, match="notes"):
        admin.locations.delete("site")
    admin.sensors.delete("one", cascade=True)
    admin.locations.delete("site", cascade=True)
    assert admin.notes.list() == []


def test_a_note_outlives_the_account_of_its_author(
    app: FastAPI, session: Session, admin: Client
) -> None:
    note = somebody(app, session, "bea").notes.add(on_series())
    (bea,) = [user for user in admin.users.list() if user.email == "bea@example.org"]
    admin.users.delete(bea)
    assert admin.notes.get(str(note.id)) == note


def test_whoever_is_deleted_while_writing_is_told_that_nobody_is_logged_in(
    session: Session, admin: Client
) -> None:
    gone = add_user(session, "gone@example.org", Role.EDITOR)
    session.execute(delete(User).where(User.id == gone.id))
    with (
        pytest.raises(NotAuthenticated, match="deleted meanwhile"),
        reaching_database(),
        session.begin_nested(),
    ):
        notes.add(session, on_series(), gone)
    assert admin.notes.list() == []
