"""When schedules tick: on the clocks of a zone, across daylight saving, for a whole year."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from dtbase.domain.refusals import refusal
from dtbase.domain.services.schedules import NewSchedule, Schedule
from dtbase.domain.versions import version_of

ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe"]
"""The last one's clocks change by half an hour."""
YEAR = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2027, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def by_cron(cron: str, zone: str = "UTC", **more: object) -> NewSchedule:
    return NewSchedule.model_validate(
        {"name": "one", "service": "any", "cron": cron, "timezone": zone, **more}
    )


def every(seconds: int, **more: object) -> NewSchedule:
    return NewSchedule.model_validate({"name": "one", "service": "any", "every": seconds, **more})


def ticks(schedule: NewSchedule, start: datetime = YEAR, end: datetime = END) -> list[datetime]:
    after = start - timedelta(microseconds=1)
    return list(takewhile(lambda tick: tick < end, schedule.ticks(after)))


@pytest.mark.parametrize("zone", ZONES)
def test_every_day_of_a_year_has_its_one_tick(zone: str) -> None:
    local = [tick.astimezone(ZoneInfo(zone)) for tick in ticks(by_cron("30 6 * * *", zone))]
    assert len(local) == 365
    assert {(time.hour, time.minute) for time in local} == {(6, 30)}
    days = [time.date() for time in local]
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(days))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("cron", ["15 * * * *", "*/10 * * * *"])
def test_every_hour_and_every_ten_minutes_go_by_elapsed_time(zone: str, cron: str) -> None:
    seen = ticks(by_cron(cron, zone))
    steps = {later - earlier for earlier, later in pairwise(seen)}
    usual = timedelta(minutes=60 if cron.startswith("15") else 10)
    odd = {timedelta(minutes=90), timedelta(minutes=30)} if "Lord" in zone else set()
    assert steps - odd == {usual}
    if not odd or usual < timedelta(hours=1):
        assert len(seen) == timedelta(days=365) // usual


def test_what_the_clocks_skip_in_spring_runs_right_after() -> None:
    march = ticks(
        by_cron("30 1 * * *", "Europe/London"),
        datetime(2026, 3, 28, tzinfo=UTC),
        datetime(2026, 3, 31, tzinfo=UTC),
    )
    assert [f"{tick:%d %H:%M}" for tick in march] == ["28 01:30", "29 01:00", "30 00:30"]


def test_what_the_clocks_show_twice_in_autumn_runs_once() -> None:
    october = ticks(
        by_cron("30 1 * * *", "Europe/London"),
        datetime(2026, 10, 24, tzinfo=UTC),
        datetime(2026, 10, 27, tzinfo=UTC),
    )
    assert [f"{tick:%d %H:%M}" for tick in october] == ["24 00:30", "25 00:30", "26 01:30"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("cron", ["30 1 * * *", "30 2 * * *", "*/15 * * * *", "0 */6 * * MON-FRI"])
def test_asking_step_by_step_finds_what_iterating_finds(zone: str, cron: str) -> None:
    schedule = by_cron(cron, zone)
    start, end = datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 11, 5, tzinfo=UTC)
    for begin in (start, datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)):
        wanted = ticks(schedule, begin, begin + (end - start))
        found, moment = [], begin - timedelta(microseconds=1)
        while (tick := schedule.following(moment)) is not None and tick < begin + (end - start):
            found.append(tick)
            moment = tick
        assert found == wanted


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=7), timedelta(days=400)])
@pytest.mark.parametrize(
    "schedule", [by_cron("0 3 * * *"), by_cron("* * * * *"), every(90, start=NOON)]
)
def test_the_newest_tick_is_the_last_one_up_to_now(schedule: NewSchedule, late: timedelta) -> None:
    first = schedule.following(NOON)
    assert first is not None
    newest = schedule.newest(first, first + late)
    assert newest <= first + late
    following = schedule.following(newest)
    assert following is not None
    assert following > first + late


def test_an_interval_ticks_from_its_start_by_elapsed_time() -> None:
    schedule = every(6 * 3600, start=NOON)
    assert schedule.following(NOON - timedelta(days=3)) == NOON
    assert schedule.following(NOON) == NOON + timedelta(hours=6)
    assert schedule.following(NOON + timedelta(hours=13)) == NOON + timedelta(hours=18)


def test_jitter_is_the_same_for_everybody_and_spreads_the_ticks() -> None:
    schedule = by_cron("0 * * * *", jitter=600)
    drawn = [schedule.lateness(tick) for tick in ticks(schedule, end=YEAR + timedelta(days=30))]
    assert drawn == [schedule.lateness(t) for t in ticks(schedule, end=YEAR + timedelta(days=30))]
    assert max(drawn) <= timedelta(seconds=600)
    assert len(set(drawn)) > 300


@pytest.mark.parametrize(
    "wrong",
    [
        {"cron": "61 * * * *"},
        {"cron": "* * * * * *"},
        {"cron": "often"},
        {"cron": "0 0 30 2 *"},
        {"cron": "0 0 * * *", "every": 60},
        {},
        {"every": 5},
        {"every": 60, "jitter": 60},
        {"cron": "0 0 * * *", "timezone": "Mars/Olympus"},
        {"cron": "0 0 * * *", "start": NOON},
    ],
)
def test_a_schedule_that_cannot_tick_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        NewSchedule.model_validate({"name": "one", "service": "any", **wrong})


def test_a_schedule_has_the_same_version_from_tick_to_tick() -> None:
    new = by_cron("0 3 * * *")
    before = Schedule(**new.model_dump(), next_at=NOON, last_at=None, last_run=None)
    after = before.model_copy(update={"last_at": NOON, "last_run": 3, "next_at": END})
    assert version_of(before) == version_of(after)
    assert version_of(before) != version_of(before.model_copy(update={"enabled": False}))


@pytest.mark.parametrize(
    ("cron", "told"),
    [
        ("0 3 * * *", "every day at 03:00"),
        ("0 8,20 * * *", "every day at 08:00 and 20:00"),
        ("30 6 * * MON", "every Monday at 06:30"),
        ("30 6 * * mon-fri", "every Monday through Friday at 06:30"),
        ("*/15 * * * *", "every 15 minutes"),
        ("* * * * *", "every minute"),
        ("5 */6 * * *", "every 6 hours from 00:05"),
        ("*/7 * * * *", "every seventh minute of every hour"),
        ("0 0 L * *", "at 00:00 on the last day of every month"),
        ("0 3 13 * 5", "at 03:00 on the 13th day of month and on Friday"),
        ("0 6 * 7 6,0", "at 06:00 on Saturday and Sunday in July"),
    ],
)
def test_cron_is_told_in_words_beside_its_own_sign_and_zone(cron: str, told: str) -> None:
    assert by_cron(cron, "Europe/London").in_words == f"{told}, Europe/London ({cron})"


def test_an_interval_is_told_in_words() -> None:
    assert [every(seconds).in_words for seconds in (600, 3_600, 9_000)] == [
        "every 10 minutes",
        "every hour",
        "every 2 hours 30 minutes",
    ]


def test_who_writes_a_length_otherwise_is_told_how() -> None:
    with pytest.raises(ValidationError) as raised:
        NewSchedule.model_validate({"name": "one", "service": "any", "every": "10 min"})
    assert (
        "must be a length of time, such as PT10M (10 minutes)" in refusal(raised.value, None).detail
    )
