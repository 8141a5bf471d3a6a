"""The example of a service as an Azure Function: what it computes, and that DTBase takes it."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest

from dtbase.local.places import CHECKOUT


@pytest.fixture
def sun(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import the example as the Function's host does."""
    monkeypatch.setattr(
        sys, "path", [str(CHECKOUT / "docs" / "examples" / "azure-function"), *sys.path]
    )
    monkeypatch.delitem(sys.modules, "sun", raising=False)
    return import_module("sun")


@pytest.mark.parametrize(
    ("latitude", "longitude", "time", "height"),
    [
        (0, 0, datetime(2026, 3, 20, 12, 7, tzinfo=UTC), 90),
        (51.5, 0, datetime(2026, 6, 21, 12, 2, tzinfo=UTC), 62),
        (51.5, 0, datetime(2026, 12, 21, 11, 58, tzinfo=UTC), 15),
        (51.5, 0, datetime(2026, 6, 21, 0, 2, tzinfo=UTC), -15),
        (40.7, -74, datetime(2026, 3, 20, 17, 3, tzinfo=UTC), 49.3),
    ],
)
def test_the_sun_stands_where_it_does(
    sun: Any, latitude: float, longitude: float, time: datetime, height: float
) -> None:
    assert sun.elevation(latitude, longitude, time) == pytest.approx(height, abs=1)


def test_its_answer_is_one_that_dtbase_stores(sun: Any) -> None:
    answer = sun.readings({"latitude": 51.5, "longitude": 0, "hours": 3}, datetime.now(UTC))
    assert len(answer["readings"]) == 3
    for row in answer["readings"]:
        assert set(row) == {"sensor", "measure", "time", "value"}
        assert datetime.fromisoformat(row["time"]).tzinfo is not None


@pytest.mark.parametrize("wrong", [{}, {"latitude": 91, "longitude": 0}, {"latitude": True}])
def test_a_wrong_parameter_is_named(sun: Any, wrong: dict[str, object]) -> None:
    compute: Callable[..., object] = sun.readings
    with pytest.raises(ValueError, match="latitude must be a number"):
        compute(wrong, datetime.now(UTC))
