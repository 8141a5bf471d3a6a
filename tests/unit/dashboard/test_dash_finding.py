"""Find when: its address says all that is looked for; its charts mark what was found."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dash_app.explore import noting
from dash_app.explore.noting import Shown
from dash_app.finding import cards, drawing, figures, form
from dash_app.finding.cards import Told
from dash_app.finding.figures import Found, Ground
from dash_app.finding.view import View
from dash_app.keeping import listed
from dash_app.theme import Theme
from dtbase.domain.people.users import Role, User
from dtbase.domain.people.views import View as Kept
from dtbase.domain.registry.notes import Note
from dtbase.domain.values.conditions import Condition
from dtbase.domain.values.periods import Period, PeriodsAnswer, Trace
from tests.scenes import series_of, values_of

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TOLD = Told(series="a/temperature", zone="America/New_York")
TRACE = Trace(seconds=[-3600, 0, 3600], values=[1.0, None, 3.0])


def text_of(part: Any) -> str:
    """Return all that somebody reads in a part of a page."""
    if isinstance(part, list | tuple):
        return "".join(text_of(each) for each in part)
    if part is None or isinstance(part, str):
        return part or ""
    return text_of(getattr(part, "children", None))


def period(number: int, *, hours: float = 2, running: bool = False) -> Period:
    start = NOON + 24 * number * HOUR
    return Period(
        number=number,
        start=start,
        end=start + hours * HOUR,
        seconds=hours * 3600,
        running=running,
        readings=2,
        lowest=30.5,
        lowest_at=start,
        highest=30.5 + number,
        highest_at=start + HOUR,
        trace=TRACE,
    )


def answer(*periods: Period, count: int | None = None) -> PeriodsAnswer:
    return PeriodsAnswer(
        start=NOON,
        end=NOON + 10 * 24 * HOUR,
        conditions=["a/temperature above 30"],
        unit="degC",
        count=len(periods) if count is None else count,
        seconds=sum(each.seconds for each in periods),
        readings=99,
        periods=list(periods),
    )


@pytest.mark.parametrize(
    "view",
    [
        View(),
        View(conditions=("a/temperature above 30",)),
        View(
            conditions=("a/t between 1 2", "b/w is true"),
            length="3h",
            first="8",
            last="20",
            days="weekdays",
        ),
        View(like="a/t", start="2026-07-01T12:00:00+00:00", end="2026-07-02T12:00:00+00:00"),
    ],
)
def test_the_address_says_all_that_is_looked_for(view: View) -> None:
    assert View.parse(view.search()) == view


def test_what_the_address_says_wrongly_is_left_out_or_refused_by_the_api() -> None:
    view = View.parse("?days=noday&from_hour=x&like=a/t&from=now&to=2026-07-01T12:00")
    assert view.days == "any"
    assert view.limits("UTC")["from_hour"] < 0
    assert view.stretch() is None


def test_the_fields_make_a_sentence_and_the_sentence_fills_the_fields() -> None:
    fields = ("a/t", "above", " 30 ", "3h", "8", "20", "weekend", "b/w is true; c/d silent")
    view = form.view_of(fields)
    assert view.conditions == ("a/t above 30", "b/w is true", "c/d silent")
    assert view.limits("UTC")["weekday"] == ("sat", "sun")
    shown = text_of(form.sentence(view, [series_of("a/t")]))
    assert "for at least" in shown
    assert form.view_of(("", "above", "3", "", "", "", "any", "")).conditions == ()


def test_periods_are_told_and_listed_with_their_numbers_lengths_and_extremes() -> None:
    found = answer(period(1), period(2, hours=5, running=True))
    assert text_of(cards.headline(found, TOLD)).startswith("2 periods from ")
    assert "The last is still running." in text_of(cards.headline(found, TOLD))
    listing = text_of(cards.table(found, TOLD))
    assert "5\u00a0hso far" in listing
    assert "Thu 2 Jul 202608:00 to 10:00" in listing
    assert "32.5\u00a0°Cat 09:00" in listing
    told = text_of(cards.shared(found, TOLD))
    assert "Longest5\u00a0h, no. 2" in told
    assert "Median length2\u00a0h" in told
    assert "Usual start08:00, from 08:00 to 08:00" in told


def test_what_was_below_a_value_tells_its_lowest_and_over_midnight_the_day() -> None:
    found = answer(period(1, hours=20)).model_copy(update={"conditions": ["a/t below 40"]})
    listing = text_of(cards.table(found, TOLD))
    assert "LengthLowest" in listing
    assert "08:00 to Fri 04:00" in listing
    silent = period(1).model_copy(update={"highest": None, "lowest": None, "lowest_at": None})
    assert "est" not in text_of(cards.table(answer(silent), TOLD)).replace("Download list", "")


def test_one_fault_does_not_flatten_what_was_found_and_is_told() -> None:
    series = series_of("a/temperature")
    usual = [float(place % 10) for place in range(200)]
    values = values_of(series, {"mean": [*usual, 480.0]}, start=NOON)
    ground = Ground(values=values, start=NOON, end=NOON + 300 * HOUR, zone="UTC", limits=(40.0,))
    figure = figures.marked(ground, [], Theme.LIGHT)
    assert 40 < figure.layout.yaxis.range[1] < 60
    assert "1 value beyond the scale, up to 480.0" in figure.layout.annotations[0].text
    tame = values_of(series, {"mean": usual}, start=NOON)
    calm = figures.marked(ground.model_copy(update={"values": tame}), [], Theme.LIGHT)
    assert calm.layout.yaxis.range is None


def test_what_was_found_is_marked_and_limits_are_drawn() -> None:
    marks = [
        Found(number=n, start=p.start, end=p.end, trace=p.trace)
        for n, p in ((1, period(1)), (2, period(2)))
    ]
    values = values_of(series_of("a/temperature"), {"mean": [1.0, 2.0]}, start=NOON)
    limits = figures.limits_of(Condition.parse("a/temperature between 1 2"))
    assert limits == (1, 2)
    ground = Ground(values=values, start=NOON, end=NOON + 99 * HOUR, zone="UTC", limits=limits)
    figure = figures.marked(ground, marks, Theme.DARK)
    assert len(figure.layout.shapes) == 2 * 2 + 2
    assert [note.text for note in figure.layout.annotations][1:] == ["<b>1</b>", "<b>2</b>"]
    over = figures.overlaid(marks, "degC", Theme.LIGHT, limits, "since each began")
    assert [list(trace.x) for trace in over.data] == [[-1, 0, 1]] * 2
    assert over.data[-1].line.width > over.data[0].line.width


def test_marks_too_narrow_to_be_seen_are_widened() -> None:
    mark = Found(number=1, start=NOON, end=NOON + timedelta(minutes=1), trace=None)
    ground = Ground(values=None, start=NOON, end=NOON + 1000 * HOUR, zone="UTC")
    area, _ = figures.marks_of(mark, ground, "#000000")
    assert datetime.fromisoformat(area["x1"]) - datetime.fromisoformat(area["x0"]) == 4 * HOUR


def note(number: int, *, author: str = "ada@example.org", end: datetime | None = None) -> Note:
    return Note(
        id=number,
        text=f"Note {number}",
        start=NOON,
        end=end,
        series="a/t",
        sensor=None,
        location=None,
        author=author,
        created_at=NOON,
        changed_at=NOON,
    )


def person(role: Role) -> User:
    return User(id=1, email="ada@example.org", role=role, active=True, created_at=NOON)


def test_notes_are_marked_on_the_clock_of_the_chart() -> None:
    memory = {
        "search": "?s=a/t&s=b/w",
        "start": NOON.isoformat(),
        "end": (NOON + HOUR).isoformat(),
        "offset_seconds": -4 * 3600,
    }
    shown = Shown.of(memory)
    assert shown.series == ("a/t", "b/w")
    marks = noting.marks_of([note(7), note(8, end=NOON + HOUR)], shown)
    assert [mark["number"] for mark in marks] == [1, 2]
    assert (marks[0]["x0"], marks[0]["x1"]) == ("2026-07-01T08:00:00", None)
    assert marks[1]["x1"] == "2026-07-01T09:00:00"
    assert [option["value"] for option in noting.subjects(shown.series)] == ["a/t", "b/w", "a", "b"]
    assert "like=a/t&from=2026-07-01T12:00:00" in str(noting.tools(shown))


@pytest.mark.parametrize(
    ("role", "author", "changeable"),
    [
        (Role.EDITOR, "ada@example.org", True),
        (Role.EDITOR, "bea@example.org", False),
        (Role.ADMIN, "bea@example.org", True),
    ],
)
def test_notes_are_offered_for_change_to_their_authors_and_admins(
    role: Role, author: str, changeable: bool
) -> None:
    shown = noting.listed([note(1, author=author)], Told(series="", zone="UTC").tz, person(role))
    assert ("note-edit" in str(shown)) is changeable


def test_views_of_others_cannot_be_deleted() -> None:
    fields = {"path": "/explore", "shared": True, "pinned": False}
    times = {"created_at": NOON, "changed_at": NOON}
    views = [
        Kept(id=n, name=f"View {n}", owner=owner, **fields, **times)
        for n, owner in ((1, "ada@example.org"), (2, "bea@example.org"))
    ]
    shown = str(listed(views, "ada@example.org"))
    assert shown.count("Delete the view") == 1
    assert "bea@example.org" in shown


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "From 3 hours before to 3 hours after"),
        (
            12,
            "The newest 12 periods, each from 3 hours before to 3 hours after; the last is strong",
        ),
    ],
)
def test_what_is_laid_over_each_other_is_said(count: int, said: str) -> None:
    assert drawing.overlaid_words(count) == said
