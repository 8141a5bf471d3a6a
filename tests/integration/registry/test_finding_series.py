"""Series found by their names, however many: planned for by PostgreSQL as many as they are."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.storage.registry import series
from tests.factories import MEASURES, add_sensor

USES = text("""
SELECT coalesce(sum(generic_plans + custom_plans), 0) FROM pg_prepared_statements
 WHERE statement LIKE '%wanted%FOR KEY SHARE%'
""")


@pytest.mark.parametrize(("number", "kept"), [(5, True), (100, False)])
def test_a_plan_is_kept_for_few_names_and_made_anew_for_many(
    session: Session, number: int, kept: bool
) -> None:
    sensors = [f"sensor-{each:02d}" for each in range(-(-number // len(MEASURES)))]
    for each in sensors:
        add_sensor(session, each)
    names = [(sensor, measure.name) for sensor in sensors for measure in MEASURES][:number]
    before = session.scalar(USES)
    for _ in range(12):
        assert [*series.find(session, names, lock=True)] == names
    assert (session.scalar(USES) != before) is kept
