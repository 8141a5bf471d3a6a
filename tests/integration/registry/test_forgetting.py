"""What is deleted with its data leaves nothing behind, also beside writers, on either edition."""

from datetime import UTC, datetime, timedelta
from random import Random
from threading import Thread

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from dtbase.domain.forecasts.runs import Forecast, Interval, Model, NewRun
from dtbase.domain.people.audit import Action, AuditQuery
from dtbase.domain.readings.batches import Batch
from dtbase.domain.readings.retention import RetentionClass
from dtbase.domain.registry.measures import Datatype, MeasureChange, MeasureKey
from dtbase.errors import Conflict, DTBaseError, InUse, Invalid
from dtbase.storage.database import get_engine, transaction
from dtbase.storage.forecasts import models, predictions
from dtbase.storage.people import audit
from dtbase.storage.readings import readings, retention, rollups
from dtbase.storage.registry import measure_deletion, measures, sensor_types, sensors
from dtbase.storage.registry.series import Resolved
from dtbase.storage.services import asking
from tests.factories import add_sensor, batch_of
from tests.threads import wait_for_locks

START = datetime(2026, 1, 1, tzinfo=UTC)
STORES = ("reading", "reading_hour", "reading_day", "reading_inside_day", "reading_pending")
pytestmark = pytest.mark.usefixtures("own_environment")


@pytest.fixture
def engine(own_environment: str) -> Engine:
    return get_engine()


def fill(name: str, days: int = 60) -> dict[str, Resolved]:
    """Give a new sensor readings and a predicted run."""
    times = [START + timedelta(hours=hour) for hour in range(24 * days)]
    with transaction() as session:
        series = add_sensor(session, name)
        for measure in ("temperature", "energy", "people"):
            values = list(range(len(times)))
            readings.write(session, batch_of(series[measure], times, values))
        models.ensure(session, Model(name="oracle"))
        run = asking.forecast(session, "oracle", NewRun(sensor=name, measure="temperature"))
        interval = Interval(level=80, lower=[0.0], upper=[2.0])
        forecast = Forecast(issued_at=START, times=[START], values=[1.0], intervals=[interval])
        predictions.write(session, run.id, series["temperature"].id, forecast)
    return series


def kept(engine: Engine) -> set[int]:
    """Return the series of which anything is stored anywhere."""
    with engine.connect() as connection:
        tables = [*STORES, *connection.scalars(text("SELECT reading_stores()::text"))]
        return {
            series
            for table in tables
            for series in connection.scalars(text(f"SELECT DISTINCT series_id FROM {table}"))  # noqa: S608
        }


def predicted(engine: Engine) -> int | None:
    with engine.connect() as connection:
        count: int | None = connection.scalar(text("SELECT count(*) FROM prediction"))
        return count


def ids(series: dict[str, Resolved]) -> set[int]:
    return {series[measure].id for measure in ("temperature", "energy", "people")}


@pytest.mark.parametrize("stored", [True, False], ids=["aggregates stored", "all pending"])
def test_a_deleted_sensor_leaves_no_readings_aggregates_or_predictions(
    engine: Engine, stored: bool
) -> None:
    gone, stays = fill("gone"), fill("stays")
    if stored:
        rollups.refresh(engine)
    with pytest.raises(InUse) as refused, transaction() as session:
        sensors.delete(session, "gone")
    assert [found["field"] for found in refused.value.violations] == ["readings", "runs"]
    assert refused.value.violations[0].get("value") == "gone/energy, gone/people, gone/temperature"
    with transaction() as session:
        sensors.delete(session, "gone", cascade=True)
    assert kept(engine) == ids(stays)
    rollups.refresh(engine)
    assert kept(engine) == ids(stays)
    assert predicted(engine) == 1
    with transaction() as session:
        again = add_sensor(session, "gone")
    assert min(one.id for one in again.values()) > max(one.id for one in gone.values())


def test_what_retention_left_of_a_deleted_sensor_goes_and_of_the_others_stays(
    engine: Engine,
) -> None:
    fill("gone")
    stays = fill("stays")
    with transaction() as session:
        retention.set(session, RetentionClass(name="short", keep_days=1))
        for measure in ("temperature", "energy"):
            retention.assign(session, measure, "short")
    rollups.refresh(engine)
    retention.apply(engine, START + timedelta(days=50))
    days = text("SELECT series_id, count(*), sum(n) FROM reading_day GROUP BY 1 ORDER BY 1")
    with engine.connect() as connection:
        before = connection.execute(days).all()
    with pytest.raises(InUse), transaction() as session:
        sensors.delete(session, "gone")
    with transaction() as session:
        sensors.delete(session, "gone", cascade=True)
    rollups.refresh(engine)
    with engine.connect() as connection:
        after = connection.execute(days).all()
        horizon = connection.scalar(text("SELECT reading_highest_horizon()"))
    assert after == [row for row in before if row[0] in ids(stays)]
    assert horizon == START + timedelta(days=49)


def test_a_writer_that_comes_while_its_sensor_is_deleted_is_refused(engine: Engine) -> None:
    series = fill("gone", days=1)
    refused: list[DTBaseError] = []

    def push() -> None:
        try:
            with transaction() as session:
                readings.write(session, batch_of(series["rain"], [START], [1.0]))
        except DTBaseError as error:
            refused.append(error)

    writer = Thread(target=push)
    with transaction() as session:
        sensors.delete(session, "gone", cascade=True)
        writer.start()
        wait_for_locks(engine, 1)
    writer.join(timeout=30)
    assert [type(error) for error in refused] == [Invalid]
    assert kept(engine) == set()


def test_a_deletion_waits_for_the_writer_that_was_first(engine: Engine) -> None:
    series = fill("gone", days=1)

    def remove() -> None:
        with transaction() as session:
            sensors.delete(session, "gone", cascade=True)

    deletion = Thread(target=remove)
    with transaction() as session:
        readings.write(session, batch_of(series["rain"], [START], [1.0]))
        deletion.start()
        wait_for_locks(engine, 1)
    deletion.join(timeout=30)
    assert kept(engine) == set()


def test_a_datatype_cannot_change_under_a_writer(engine: Engine) -> None:
    with transaction() as session:
        series = add_sensor(session, "one")
    refused: list[DTBaseError] = []

    def change() -> None:
        try:
            with transaction() as session:
                text_now = MeasureChange(datatype=Datatype.STRING)
                measures.update(session, MeasureKey(name="temperature"), text_now)
        except DTBaseError as error:
            refused.append(error)

    editor = Thread(target=change)
    with transaction() as session:
        readings.write(session, batch_of(series["temperature"], [START], [1.0]))
        editor.start()
        wait_for_locks(engine, 1)
    editor.join(timeout=30)
    assert [type(error) for error in refused] == [Conflict]


def test_a_deleted_measure_or_type_takes_the_data_of_its_series_along(engine: Engine) -> None:
    stays = ids(fill("a", days=1))
    with pytest.raises(InUse) as refused, transaction() as session:
        measure_deletion.delete(session, MeasureKey(name="energy"))
    assert {found["field"] for found in refused.value.violations} == {"sensor types"}
    with transaction() as session:
        energy = {one.id for one in fill("b", days=1).values() if one.measure == "energy"}
        measure_deletion.delete(session, MeasureKey(name="energy"), cascade=True)
        kind = sensor_types.get(session, "everything")
        logged = audit.page(session, AuditQuery(noun="sensor type", action=Action.CHANGED)).items
    assert "energy" not in {measure.name for measure in kind.measures}
    assert [entry.after for entry in logged] == [kind.model_dump(mode="json")]
    assert not energy & kept(engine)
    assert len(kept(engine) & stays) == 2
    with transaction() as session:
        sensor_types.delete(session, "everything", cascade=True)
    assert kept(engine) == set()
    assert predicted(engine) == 0


def test_deletions_and_writers_of_many_series_never_deadlock(engine: Engine) -> None:
    with transaction() as session:
        found = [one for n in range(5) for one in add_sensor(session, f"s{n}").values()]
    numbers = [one for one in found if one.measure in {"temperature", "rain", "energy"}]
    failed: list[Exception] = []

    def push(seed: int) -> None:
        shuffled = Random(seed)  # noqa: S311 - an order, no secret
        try:
            while True:
                order = shuffled.sample(numbers, len(numbers))
                segments = [part for one in order for part in batch_of(one, [START], [1]).segments]
                with transaction() as session:
                    readings.write(session, Batch(tuple(segments)))
        except Invalid:
            return  # a measure is gone, as it should be
        except DBAPIError as error:
            failed.append(error)

    writers = [Thread(target=push, args=(seed,)) for seed in range(4)]
    for writer in writers:
        writer.start()
    with transaction() as session:
        measure_deletion.delete(session, MeasureKey(name="energy"), cascade=True)
    with transaction() as session:
        sensor_types.delete(session, "everything", cascade=True)
    for writer in writers:
        writer.join(timeout=30)
    assert failed == []
    assert kept(engine) == set()
