"""Where the operands of formulas are read from: series at once, places and forecasts singly."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from dtbase.domain.forecasts.selections import OfRun, Selection
from dtbase.domain.timeranges import EARLIEST, TimeRange
from dtbase.domain.values.formulas import Operand
from dtbase.domain.values.queries import AtLocation, OfSeries, Predicted, Subject
from dtbase.errors import NotFound
from dtbase.storage.forecasts import newest
from dtbase.storage.forecasts.newest import BeliefOf
from dtbase.storage.registry import series as series_storage
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values import located, predicted


class OperandSource(NamedTuple):
    """Operands that are read by one query, what they are, and of which series, in their order."""

    operands: tuple[Operand, ...]
    subject: Subject
    series: Sequence[Resolved]


def sources_of(
    session: Session, operands: Sequence[Operand], span: TimeRange
) -> Sequence[OperandSource]:
    """Find the operands, or name those that are not there."""
    measured = tuple(each for each in operands if each.measured)
    found: list[OperandSource] = []
    if measured:
        keys = tuple(each.key for each in measured)
        series = located.named(session, keys, span).series
        found.append(OperandSource(measured, OfSeries(keys), series))
    for each in operands:
        if each.location is not None:
            found.append(of_place(session, each, span))
        elif each.belief is not None:
            found.append(of_belief(session, each))
    return found


def of_place(session: Session, operand: Operand, span: TimeRange) -> OperandSource:
    """Return all that stood at a place, as one series."""
    assert operand.location is not None
    subject = AtLocation(operand.location, (operand.key.measure,), combined=True)
    series = located.find(session, subject, span).series
    if not series:
        told = f"no sensor that measures {operand.key.measure} stood at {operand.location} then"
        raise NotFound(told, field="formula")
    return OperandSource((operand,), subject, series)


def of_belief(session: Session, operand: Operand) -> OperandSource:
    """Return what is predicted of a series."""
    selection = selection_of(session, operand)
    series = predicted.find(session, selection, (operand.key,)).series
    return OperandSource((operand,), Predicted(selection, (operand.key,)), series)


def selection_of(session: Session, operand: Operand) -> Selection:
    """Return which predictions are meant: by lead time, or those of the newest run that fits."""
    assert operand.belief is not None
    by_lead = operand.belief.by_lead()
    if by_lead is not None:
        return by_lead
    (series,) = series_storage.resolve(session, [predicted.meant_by(session, operand.key)])
    runs = newest.find(session, [BeliefOf(series.id, operand.belief)], EARLIEST)
    if 0 not in runs:
        raise NotFound(f"no forecast fits {operand}", field="formula")
    return OfRun(run=runs[0].id)


def believed_until(session: Session, operands: Sequence[Operand]) -> TimeRange | None:
    """Return from when to when the runs among some forecasts predict anything."""
    spans = []
    for each in operands:
        selection = selection_of(session, each)
        if not isinstance(selection, OfRun):
            continue
        covered = predicted.covered(session, predicted.find(session, selection, (each.key,)))
        if covered is not None:
            spans.append(covered)
    if not spans:
        return None
    return TimeRange(start=min(span.start for span in spans), end=max(span.end for span in spans))
