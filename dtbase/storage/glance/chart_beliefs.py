"""What is believed on the lines of a chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from dtbase.domain.forecasts.runs import Run
from dtbase.domain.forecasts.selections import OfRun
from dtbase.domain.glance.chart import LineName
from dtbase.domain.readings.queries import Aggregate, Bucketing
from dtbase.domain.readings.readings import SeriesValues
from dtbase.domain.timeranges import EARLIEST, LATEST
from dtbase.domain.values.beliefs import Belief
from dtbase.domain.values.queries import (
    Predicted,
    ValuesQuery,
)
from dtbase.errors import Invalid, NotFound
from dtbase.storage.forecasts import newest
from dtbase.storage.forecasts.newest import BeliefOf
from dtbase.storage.glance.chart_lines import NUMBERS, Lines, read
from dtbase.storage.glance.chart_readings import Measured


@dataclass(frozen=True)
class Believed:
    """The runs of lines and what they predict."""

    runs: Mapping[str, Run]
    predictions: dict[str, SeriesValues]

    @property
    def ends(self) -> Sequence[datetime]:
        """When the predictions end."""
        return [end for each in self.predictions.values() if (end := each.last_time)]

    def of(self, name: LineName) -> tuple[Run | None, SeriesValues | None]:
        return self.runs.get(str(name)), self.predictions.get(str(name))


def believe(
    session: Session, lines: Lines, since: datetime, now: datetime, *, beside: bool
) -> Believed:
    """Find the forecasts of lines, and if wanted those beside what was measured."""
    wanted: dict[str, BeliefOf] = {}
    for name in lines.sensors:
        series = lines.known[name.key]
        belief = name.belief or (Belief() if beside and series.datatype in NUMBERS else None)
        if belief is not None:
            wanted[str(name)] = BeliefOf(series.id, belief)
    found = newest.find(session, [*wanted.values()], since)
    runs = {name: found[place] for place, name in enumerate(wanted) if place in found}
    predictions = {}
    for name in lines.sensors:
        lead = name.belief.lead if name.belief else None
        if lead is None and str(name) in runs:
            chosen = OfRun(run=runs[str(name)].id)
            query = ValuesQuery(Predicted(chosen, (name.key,)), EARLIEST, LATEST, None, now)
            predictions[str(name)] = read(session, query)[name.key]
        elif lead is None and name.belief is not None:
            lines.missing[str(name)] = f"no forecast of {name.key} fits this"
    return Believed(runs, predictions)


def believe_by_lead(
    session: Session, lines: Lines, believed: Believed, measured: "Measured"
) -> None:
    """Read what was believed so long before each time; it is as long as the range."""
    how = measured.resolution
    if isinstance(how, Bucketing):
        how = how._replace(aggregates=(Aggregate.MEAN,))
    for name in lines.sensors:
        chosen = name.belief.by_lead() if name.belief is not None else None
        if chosen is None:
            continue
        start, end = measured.ahead.start, measured.ahead.end
        query = ValuesQuery(Predicted(chosen, (name.key,)), start, end, how, measured.now)
        try:
            found = read(session, query)[name.key]
        except (NotFound, Invalid) as refusal:
            lines.missing[str(name)] = refusal.detail
            continue
        columns = {"value" if each == "mean" else each: v for each, v in found.values.items()}
        believed.predictions[str(name)] = found.model_copy(update={"values": columns})
