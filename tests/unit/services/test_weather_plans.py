"""Whatever hours are missing, the calls cover them, each once."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from dtbase.domain.timeranges import TimeRange
from jobs.weather.calls import Caller, Manners
from jobs.weather.gaps import in_turn
from jobs.weather.measures import Element
from jobs.weather.open_meteo import LONGEST, OpenMeteo, recent_from
from jobs.weather.open_weather_map import OpenWeatherMap
from jobs.weather.provider import HOUR, Place, Request

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CALLER = Caller(
    Manners(name="x", key_setting="DTBASE_X", reason_field="reason", key_parameter="key")
)
METEO = OpenMeteo(CALLER, "http://127.0.0.1:9", "http://127.0.0.1:9")
MAP = OpenWeatherMap(CALLER, "http://127.0.0.1:9")


def request_of(back: set[int], future_hours: int, minute: int) -> Request:
    return Request(
        place=Place(latitude=0, longitude=0),
        elements=tuple(Element),
        now=NOON + timedelta(minutes=minute),
        missing=tuple(sorted(NOON - hours * HOUR for hours in back)),
        future_hours=future_hours,
    )


def hours_in(hours: TimeRange) -> set[datetime]:
    return {hours.start + place * HOUR for place in range(int(hours.seconds // 3600))}


requests = st.builds(
    request_of,
    st.sets(st.integers(0, 200) | st.integers(2_000, 2_400) | st.integers(0, 40_000), max_size=40),
    st.integers(0, 360),
    st.integers(0, 59),
)


@given(requests)
@example(request_of({2172}, 0, 0))
@example(request_of({2171}, 0, 0))
@example(request_of({0}, 360, 59))
def test_open_meteo_is_asked_for_every_hour_and_the_one_after_it(request: Request) -> None:
    plan = METEO.plan(request)
    asked = [hours_in(hours) for hours in plan]
    assert sum(map(len, asked)) == len(set().union(*asked))
    wanted = {*request.missing, *(hour + HOUR for hour in request.missing if hour < NOON)}
    wanted |= {NOON + place * HOUR for place in range(1, request.future_hours + 1)}
    assert wanted <= set().union(*asked)
    assert max(set().union(*asked), default=NOON) <= max(request.last_hour, NOON)


@given(requests)
def test_open_meteo_is_asked_the_newest_first_and_never_across_its_archive(
    request: Request,
) -> None:
    plan = METEO.plan(request)
    assert all(earlier.end <= later.start for later, earlier in pairwise(plan))
    boundary = recent_from(request)
    for hours in plan:
        assert hours.end <= boundary or hours.start >= boundary
        assert hours.seconds <= LONGEST.total_seconds()


@given(requests)
def test_openweathermap_is_asked_once_for_each_hour(request: Request) -> None:
    plan = MAP.plan(request)
    past = [hours.start for hours in plan if hours.start < NOON]
    assert past == sorted((hour for hour in request.missing if hour < NOON), reverse=True)
    assert len(plan) - len(past) == (request.future_hours > 0 or NOON in request.missing)


@given(st.integers(1, 60), st.integers(0, 300), st.integers(0, 500))
def test_every_call_of_a_plan_has_its_turn_however_many_bring_nothing(
    most: int, calls: int, hour: int
) -> None:
    plan = [TimeRange(start=NOON - k * HOUR, end=NOON - (k - 1) * HOUR) for k in range(calls)]
    turns = [in_turn(plan, most, NOON + (hour + k) * HOUR) for k in range(calls + 1)]
    assert all(len(turn) == min(most, calls) for turn in turns)
    assert all(turn[: most - most // 2] == plan[: most - most // 2] for turn in turns)
    if most > 1:
        assert {each.start for turn in turns for each in turn} == {each.start for each in plan}
