"""One series in a database, and the same readings in a dictionary."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

import pytest
from sqlalchemy import Engine, text

from dtbase.domain.readings.queries import Aggregate
from dtbase.domain.registry.measures import Statistic
from dtbase.storage.database import transaction
from dtbase.storage.readings import rollups
from dtbase.storage.registry.series import Resolved
from tests.integration.readings import model


@dataclass
class Mirror:
    """What is changed in the one is changed in the other."""

    start: ClassVar[datetime]
    engine: Engine
    series: Resolved
    held: model.Readings = field(default_factory=dict)

    def delete(self, first: int, length: int) -> None:
        """Delete a range from both, in minutes from the start."""
        start = self.start + timedelta(minutes=first)
        end = start + timedelta(minutes=length)
        with transaction(self.engine) as session:
            session.execute(
                text("DELETE FROM reading WHERE series_id = :id AND time >= :a AND time < :b"),
                {"id": self.series.id, "a": start, "b": end},
            )
        self.held = {time: v for time, v in self.held.items() if not start <= time < end}

    def refresh(self) -> None:
        """Store what is pending."""
        rollups.refresh(self.engine)


def assert_equal(found: float, expected: float | None, name: str, series: Resolved) -> None:
    """Compare two numbers; directions on the circle."""
    if expected is None:
        assert math.isnan(found)
    elif name == Aggregate.MEAN and series.statistic is Statistic.CIRCULAR:
        assert abs((found - expected + 180) % 360 - 180) < 1e-6
    else:
        assert found == pytest.approx(expected, abs=1e-9)
