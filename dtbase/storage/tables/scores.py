"""How good predictions were, and what follows from that."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from dtbase.storage.tables.base import Base
from dtbase.storage.tables.forecasts import ENDED, HAS_LIFE


class Score(Base):
    """Sums over the scored points of one output of a run, within one block of lead times."""

    __tablename__ = "score"
    __table_args__ = (
        Index(None, "series_id", "issued_at"),
        Index(None, "scenario_id", "issued_at"),
    )

    output_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("run_output.id", ondelete="CASCADE"), primary_key=True
    )
    lead: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    scenario_id: Mapped[int]
    series_id: Mapped[int]
    issued_at: Mapped[datetime]
    points: Mapped[int]
    scored: Mapped[int]
    error: Mapped[float]
    abs_error: Mapped[float]
    squared_error: Mapped[float]
    abs_truth: Mapped[float]
    pinball: Mapped[float]
    scale: Mapped[float | None]
    compared: Mapped[int]
    compared_error: Mapped[float]
    naive_error: Mapped[float]
    levels: Mapped[list[float]]
    inside: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class ScoreMonth(Base):
    """Sums of the scores of a scenario on a series, by the month of the issue in UTC."""

    __tablename__ = "score_month"

    scenario_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    series_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[date] = mapped_column(primary_key=True)
    lead: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    runs: Mapped[int] = mapped_column(BigInteger)
    points: Mapped[int] = mapped_column(BigInteger)
    scored: Mapped[int] = mapped_column(BigInteger)
    scaled: Mapped[int] = mapped_column(BigInteger)
    error: Mapped[float]
    abs_error: Mapped[float]
    squared_error: Mapped[float]
    abs_truth: Mapped[float]
    pinball: Mapped[float]
    scaled_error: Mapped[float]
    compared_error: Mapped[float]
    naive_error: Mapped[float]
    scaled_compared_error: Mapped[float]
    scaled_naive_error: Mapped[float]
    levels: Mapped[list[float]]
    trials: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    hits: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class ScoreWatch(Base):
    """From when to when some run predicts a series: changes of readings there are noted."""

    __tablename__ = "score_watch"

    series_id: Mapped[int] = mapped_column(
        ForeignKey("series.id", ondelete="CASCADE"), primary_key=True
    )
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class ScorePending(Base):
    """An hour whose readings changed since predictions of it were scored."""

    __tablename__ = "score_pending"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    series_id: Mapped[int]
    bucket: Mapped[datetime]


class ScoreScale(Base):
    """The seasonal naive's mean absolute error in the weeks before a day, by which MASE scales."""

    __tablename__ = "score_scale"

    series_id: Mapped[int] = mapped_column(
        ForeignKey("series.id", ondelete="CASCADE"), primary_key=True
    )
    step: Mapped[timedelta] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    scale: Mapped[float | None]


class Drift(Base):
    """Whether a scenario of a model still does on a series what its backtest promised."""

    __tablename__ = "drift"

    scenario_id: Mapped[int] = mapped_column(
        ForeignKey("scenario.id", ondelete="CASCADE"), primary_key=True
    )
    series_id: Mapped[int] = mapped_column(
        ForeignKey("series.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    checked_at: Mapped[datetime]
    evidence: Mapped[dict[str, Any]]
    reason: Mapped[str | None]
    since: Mapped[datetime | None]


class Champion(Base):
    """Which scenario of which model was found best for a series, when, and why."""

    __tablename__ = "champion"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"), index=True)
    scenario_id: Mapped[int] = mapped_column(
        ForeignKey("scenario.id", ondelete="CASCADE"), index=True
    )
    since: Mapped[datetime]
    evidence: Mapped[dict[str, Any]]


class Backtest(Base):
    """A model tried on a past window, as if the future had not been known."""

    __tablename__ = "backtest"
    __table_args__ = (
        CheckConstraint(ENDED, name="status"),
        CheckConstraint(HAS_LIFE, name="life"),
        Index(
            "ix_backtest_service_run_id",
            "service_run_id",
            postgresql_where=text("service_run_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    scenario_id: Mapped[int] = mapped_column(
        ForeignKey("scenario.id", ondelete="CASCADE"), index=True
    )
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"), index=True)
    start: Mapped[datetime]
    end: Mapped[datetime]
    horizon: Mapped[int]
    every: Mapped[timedelta]
    parameters: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    service_run_id: Mapped[int | None] = mapped_column(
        ForeignKey("service_run.id", ondelete="SET NULL")
    )
    status: Mapped[str | None]
    """How it ended; until then it is as the run of its service is."""
    reason: Mapped[str | None]
    total: Mapped[int] = mapped_column(server_default=text("0"))
    report: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
