"""Whoever makes a thing of wrong values is told so in our words, before anything is sent."""

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import resources

import pytest

from dtbase.domain.registry.installations import NewInstallation
from dtbase.domain.registry.measures import Measure, MeasureChange
from dtbase.domain.registry.sensors import NewSensor
from dtbase.domain.services.schedules import NewSchedule
from dtbase.errors import Invalid, Unavailable
from tests.unit.api.test_client import Scripted, client_of

NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 - it is wrong on purpose


@pytest.mark.parametrize(
    ("make", "field", "told"),
    [
        (lambda: Measure(name="a", unit="furlongg"), "unit", "'furlongg' is not a unit"),
        (lambda: MeasureChange(unit="furlongg"), "unit", "'furlongg' is not a unit"),
        (lambda: NewSchedule(name="a", service="b", cron="often"), "cron", "five fields of cron"),
        (
            lambda: NewSchedule(name="a", service="b", cron="0 1 * * *", timezone="Mars"),
            "timezone",
            "'Mars' is not an IANA time zone",
        ),
        (lambda: NewSchedule(name="a", service="b"), "", "give either cron or every"),
        (
            lambda: NewSchedule(name="a", service="b", every=timedelta(0)),
            "every",
            "greater than or equal to 10 seconds",
        ),
        (lambda: NewSensor(identifier="a b", type="c"), "identifier", "1 to 100 letters"),
        (
            lambda: NewSensor(identifer="a", type="c"),  # type: ignore[call-arg]
            "identifer",
            "did you mean identifier?",
        ),
        (
            lambda: NewInstallation(sensor="a", location=None, since=NAIVE),
            "since",
            "an ISO 8601 time with an offset",
        ),
    ],
)
def test_wrong_values_are_refused_as_the_api_refuses_them(
    make: Callable[[], object], field: str, told: str
) -> None:
    with pytest.raises(Invalid) as refused:
        make()
    rules = {each["field"]: each["rule"] for each in refused.value.violations}
    assert told in rules[field]
    shown = f"{refused.value} {refused.value.violations} {refused.value.__cause__}"
    assert "pydantic" not in shown
    assert refused.value.__suppress_context__


def test_an_answer_of_another_version_is_told_in_our_words() -> None:
    server = Scripted(lambda _: (200, {"identifier": "a", "colour": "red"}))
    with pytest.raises(Unavailable, match="of the same version") as told:
        client_of(server).sensors.get("a")
    assert "pydantic" not in str(told.value)


def test_the_package_says_that_it_is_typed() -> None:
    assert (resources.files("dtbase") / "py.typed").is_file()
