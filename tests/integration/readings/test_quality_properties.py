"""Beside writers, changing rules and corrections, means stay true and nothing is lost."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, create_engine, text

from dtbase.domain.readings.buckets import Bucket
from dtbase.domain.readings.corrections import NewCorrection
from dtbase.domain.readings.queries import Bucketing, Fill
from dtbase.domain.readings.set_aside import Choice, Rule
from dtbase.domain.registry.measures import Measure, MeasureChange, MeasureKey
from dtbase.domain.registry.rules import MeasureRules
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.domain.timeranges import TimeRange
from dtbase.errors import Conflict, Invalid
from dtbase.storage.database import driver_url, transaction
from dtbase.storage.readings import (
    asides,
    corrections,
    looking,
    readings,
    rejudging,
    rollups,
    taking_in,
    undoing,
)
from dtbase.storage.registry import measures, sensor_types, sensors, series
from dtbase.storage.registry.series import Resolved
from tests import asking
from tests.conftest import Servers
from tests.databases import fresh_database
from tests.factories import batch_of
from tests.integration.readings import model
from tests.integration.readings.against_raw import DAY_AGAINST_RAW, VIEW_AGAINST_RAW
from tests.integration.readings.mirror import assert_equal

START = datetime(2026, 5, 1, tzinfo=UTC)
MINUTES = 2 * 24 * 60
WRITERS, BATCHES, EACH, CHANGES = 4, 8, 40, 16
UTC_ZONE = ZoneInfo("UTC")
RULES = (
    None,
    {"fail": {"minimum": 0, "maximum": 50}, "suspect": {"maximum": 30}},
    {"placeholders": [85], "fail": "off", "spike": {"above": 20}},
    {"fail": {"maximum": 90}, "fastest": {"change": 30}, "flat": {"lasts": "3h", "tolerance": 5}},
)
SENT = (-9999, -300, -3, 0, 12.5, 31, 85, 99)


@pytest.fixture
def own_engine(servers: Servers) -> Iterator[Engine]:
    with fresh_database(driver_url(servers.database_url)) as address:
        engine = create_engine(address, pool_size=10)
        yield engine
        engine.dispose()


class Writer(Thread):
    """Writes at times that no other one writes at, some of them again and again."""

    def __init__(self, engine: Engine, one: Resolved, number: int) -> None:
        super().__init__()
        self.engine, self.one, self.number = engine, one, number
        self.random = Random(number)  # noqa: S311 - nothing secret
        self.last: dict[datetime, float] = {}
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            for _ in range(BATCHES):
                self.write()
        except Exception as error:
            self.error = error

    def write(self) -> None:
        places = self.random.sample(range(self.number, MINUTES, WRITERS * 7), EACH)
        times = [START + timedelta(minutes=place) for place in places]
        sent = [self.random.choice(SENT) + self.random.randrange(4) / 8 for _ in times]
        with transaction(self.engine) as session:
            counts = readings.write(session, batch_of(self.one, times, sent))
        assert counts.received == counts.inserted + counts.replaced + counts.unchanged + (
            counts.aside
        )
        self.last.update(zip(times, sent, strict=True))


class Changer:
    """Changes rules, takes in, corrects and undoes, at random."""

    def __init__(self, engine: Engine, one: Resolved, seed: int) -> None:
        self.engine, self.one = engine, one
        self.random = Random(seed)  # noqa: S311 - nothing secret
        self.made: list[int] = []

    def change(self) -> None:
        what = self.random.choice([self.rules, self.take_in, self.correct, self.correct, self.undo])
        try:
            what()
        except (Conflict, Invalid):
            return  # such as undoing what others have written over

    def rules(self) -> None:
        said = self.random.choice(RULES)
        new = None if said is None else MeasureRules.model_validate(said)
        with transaction(self.engine) as session:
            measures.update(session, MeasureKey(name=self.one.measure), MeasureChange(rules=new))
        judge(self.engine)

    def take_in(self) -> None:
        rule = self.random.choice([Rule.FAIL, Rule.PLACEHOLDERS])
        end = START + timedelta(minutes=self.random.randrange(MINUTES))
        with transaction(self.engine) as session:
            taking_in.take_in(session, Choice(rule=rule, start=START, end=end), lambda _: None)

    def correct(self) -> None:
        said: dict[str, Any] = self.random.choice(
            [
                {"kind": "void", "where": "value < -100"},
                {"kind": "rescale", "factor": 0.5, "offset": 1},
                {"kind": "correct", "value": 7.25, "where": "value > 90"},
                {"kind": "shift", "by": "3s"},
            ]
        )
        start = START + timedelta(minutes=self.random.randrange(MINUTES))
        new = NewCorrection.model_validate(
            {
                "series": str(self.one.key),
                "start": start,
                "end": start + timedelta(hours=self.random.randrange(1, 12)),
                "reason": "As it came.",
                **said,
            }
        )
        with transaction(self.engine) as session:
            self.made.append(corrections.make(session, new).id)

    def undo(self) -> None:
        if self.made:
            with transaction(self.engine) as session:
                undoing.undo(session, self.made[-1])
            self.made.pop()


def judge(engine: Engine) -> None:
    """Do what the service does each minute."""
    for _ in rejudging.rejudge_all(lambda: transaction(engine)):
        pass
    for _ in looking.look_all(lambda: transaction(engine)):
        pass


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_beside_four_writers_means_are_those_of_what_is_believed_and_nothing_is_lost(
    own_engine: Engine, seed: int
) -> None:
    one = register(own_engine)
    changer = Changer(own_engine, one, seed)
    writers = [Writer(own_engine, one, number) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for turn in range(CHANGES):
        changer.change()
        if turn % 4 == 0:
            rollups.refresh(own_engine)
    for writer in writers:
        writer.join(timeout=60)
    assert [writer.error for writer in writers] == [None] * WRITERS
    for turn in range(CHANGES):  # and once more, alone
        changer.change()
        if turn % 4 == 0:
            check_means(own_engine, one)
    judge(own_engine)
    check_means(own_engine, one)
    for writer in writers:
        check_kept(own_engine, one, writer.last)
    check_counts(own_engine)
    rollups.refresh(own_engine)
    with transaction(own_engine) as session:
        assert session.scalar(VIEW_AGAINST_RAW) == 0
        assert session.scalar(DAY_AGAINST_RAW) == 0


def register(engine: Engine) -> Resolved:
    measure = Measure(name="temperature", unit="degC")
    with transaction(engine) as session:
        sensor_types.add(session, SensorType(name="pole", measures=(measure,)))
        sensors.add(session, NewSensor(identifier="pole", type="pole"))
        (one,) = series.find(session, [("pole", "temperature")]).values()
    return one


def check_means(engine: Engine, one: Resolved) -> None:
    """Compare every aggregate with plain Python's over what is believed."""
    span = (START - timedelta(hours=1), START + timedelta(days=3))
    with transaction(engine) as session:
        rows = session.execute(text("SELECT time, value FROM reading ORDER BY time"))
        held = {row.time.astimezone(UTC): row.value for row in rows}
        for bucket in ("1h", "1d"):
            how = Bucketing(Bucket.parse(bucket), UTC_ZONE, model.PLAIN, Fill.NONE)
            (found,) = asking.read(session, asking.of(one), TimeRange.of(*span), how)
            expected = model.bucketed(held, span, bucket, UTC_ZONE, one.statistic)
            starts = [time.replace(tzinfo=UTC) for time in found.times.astype(datetime)]
            assert starts == list(expected)
            for place, answer in enumerate(expected.values()):
                for name in model.PLAIN:
                    assert_equal(float(found.values[name][place]), answer[name], name, one)


KEPT = text("""
SELECT time, value FROM reading
UNION SELECT time, raw::float8 FROM reading_aside
UNION SELECT sent_time, sent_value FROM correction_reading
""")


def check_kept(engine: Engine, one: Resolved, sent: dict[datetime, float]) -> None:
    """Find what was sent last for each time: believed, set aside, or told as first sent."""
    with transaction(engine) as session:
        kept = {(row.time.astimezone(UTC), row.value) for row in session.execute(KEPT)}
    lost = {time: value for time, value in sent.items() if (time, value) not in kept}
    assert lost == {}


def check_counts(engine: Engine) -> None:
    """Compare what is counted as it comes and goes with what there is."""
    with transaction(engine) as session:
        rows = session.execute(text("SELECT rule, count(*) FROM reading_aside GROUP BY rule"))
        assert asides.counts(session) == {row[0]: row[1] for row in rows}
