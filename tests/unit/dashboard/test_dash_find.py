"""Find anything: what is found is told apart, and leads to its page."""

from datetime import UTC, datetime

import pytest

from dash_app.app import PAGES
from dash_app.find import address_of, found_pages, texts_of
from dash_app.remembered import People, Remembered
from dtbase.domain.glance.search import Hit, Kind
from dtbase.domain.people.users import Role, User


def hit(kind: Kind, identifier: str, name: str | None = None, detail: str | None = None) -> Hit:
    return Hit(kind=kind, identifier=identifier, name=name, detail=detail)


@pytest.mark.parametrize(
    ("found", "texts", "address"),
    [
        (
            hit(Kind.SERIES, "JFK/wind_speed", "Kennedy", "m/s"),
            ("Wind speed, Kennedy", "JFK/wind_speed · m/s"),
            "/explore?s=JFK/wind_speed",
        ),
        (
            hit(Kind.SENSOR, "JFK", "Kennedy", "station"),
            ("Kennedy", "JFK · station"),
            "/sensor?id=JFK",
        ),
        (hit(Kind.LOCATION, "a&b", "Roof", None), ("Roof", "a&b"), "/places?at=a%26b"),
        (hit(Kind.MODEL, "arima", None, "Learns"), ("arima", "Learns"), "/forecasts?model=arima"),
    ],
)
def test_a_hit_says_what_it_is_and_leads_there(
    found: Hit, texts: tuple[str, str], address: str
) -> None:
    assert texts_of(found) == texts
    assert address_of(found) == address


def test_pages_are_found_by_their_title_and_all_before_anybody_typed() -> None:
    assert [each.title for each in found_pages(PAGES, "expl")] == ["Explore"]
    assert len([*found_pages(PAGES, "")]) == len(PAGES)


def test_what_is_remembered_is_asked_once_until_it_is_of_another_version() -> None:
    asked: list[int] = []

    def ask(_known: int | None) -> int:
        asked.append(len(asked))
        return asked[-1]

    known = Remembered[int](60)
    assert [known.get(ask, "a"), known.get(ask, "a"), known.get(ask)] == [0, 0, 0]
    assert known.get(ask, "b") == 1


def test_who_wants_no_newest_answer_takes_an_older_one() -> None:
    known = Remembered[int](-1)
    assert known.get(lambda last: (last or 0) + 1) == 1
    assert known.get(lambda last: (last or 0) + 1, seconds=60) == 1
    assert known.get(lambda last: (last or 0) + 1) == 2


def test_a_person_is_asked_about_anew_once_anything_was_changed() -> None:
    asked: list[str] = []
    ada = User(
        id=1,
        email="ada@example.org",
        role=Role.VIEWER,
        active=True,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )

    def ask() -> User:
        asked.append("asked")
        return ada

    people = People(600)
    people.put("session", ada, None)
    for version in ("a", "a", "b", "b", "a"):
        assert people.get("session", ask, version) == ada
    assert len(asked) == 2, "just logged in counts as known of version a; then b, and a again"
    people.forget("session")
    people.get("session", ask, "a")
    assert len(asked) == 3


def test_what_is_remembered_grows_old() -> None:
    known = Remembered[int](-1)
    assert [known.get(lambda last: (last or 0) + 1) for _ in range(3)] == [1, 2, 3]
