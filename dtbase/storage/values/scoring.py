"""Scoring what runs predict, as what came true is read; every step may be repeated or killed.

First new outputs are enrolled: from then on the hours that change within them are noted. Then
those that noted hours touch are marked. Then what is new or marked is scored, some at a time.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from dtbase.domain.readings.buckets import aware
from dtbase.storage.database import transaction
from dtbase.storage.values import scoring_sql, scoring_steps

WINDOW = timedelta(days=60)
"""The history before an issue within which the seasonal naive's error is the scale of MASE."""

MOST_NOTED = 20_000
MOST_SCORED = 1_000


def score_all(engine: Engine) -> Iterator[int]:
    """Bring every score up to date; gives how many outputs each transaction has scored."""
    for step, most in ((enrol, MOST_SCORED), (mark, MOST_NOTED)):
        for _ in repeated(engine, step, most):
            pass
    yield from repeated(engine, score, MOST_SCORED)


def repeated(engine: Engine, step: Callable[[Session, int], int], most: int) -> Iterator[int]:
    """Repeat a step, each time in a transaction of its own, until it finds less than it may."""
    found = most
    while found >= most:
        with transaction(engine) as session:
            found = step(session, most)
        yield found


def enrol(session: Session, most: int) -> int:
    """Note from when to when new outputs predict, and return how many there were."""
    return int(session.execute(scoring_sql.ENROL, {"most": most}).scalar_one())


def mark(session: Session, most: int) -> int:
    """Mark the outputs whose actuals changed, and return how many changed hours there were."""
    return int(session.execute(scoring_sql.MARK, {"most": most}).scalar_one())


def score(session: Session, most: int) -> int:
    """Score outputs that are new or marked, and return how many there were."""
    ids = session.scalars(scoring_sql.TAKE, {"most": most}).all()
    if ids:
        asked = {"ids": ids, "window": WINDOW}
        for statement in scoring_sql.OF_READINGS:
            session.execute(statement, asked)
        for truth in scoring_steps.truths_of(session, ids, WINDOW):
            score_steps(session, truth)
        for statement in (scoring_sql.DONE, scoring_sql.ROLL_UP):
            session.execute(statement, {"ids": ids})
    return len(ids)


def score_steps(session: Session, truth: scoring_steps.Truth) -> None:
    """Score outputs of a level or a meter against what came between its readings."""
    asked = {
        "ids": [*truth.ids],
        "window": WINDOW,
        "series": truth.series,
        "times": [aware(time) for time in truth.times],
        "values": truth.values.tolist(),
    }
    for statement in scoring_sql.OF_STEPS:
        session.execute(statement, asked)
