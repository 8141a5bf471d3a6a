"""Which predictions to read: those of one run, the latest, as known at a time, or by lead time."""

import re
from datetime import datetime, timedelta

from dtbase.domain.frozen import Frozen
from dtbase.errors import Invalid

LEAD_RULE = "must be a number and m, h, d or w, such as 24h"
LEAD_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class OfRun(Frozen):
    """What one run predicts."""

    run: int


class OfModel(Frozen):
    """What a model's succeeded runs predict: the latest for each series.

    `as_of` leaves out what was issued later. `lead` takes, for each time, the newest prediction
    that was issued at least that long before it.
    """

    model: str
    scenario: str
    as_of: datetime | None = None
    lead: timedelta | None = None


Selection = OfRun | OfModel

DEFAULT_SCENARIO = "default"


def select(
    run: int | None,
    model: str | None,
    scenario: str | None,
    as_of: datetime | None,
    lead: str | None,
) -> Selection | None:
    """Return which predictions are asked for, or None where readings are."""
    choices = {"scenario": scenario, "as_of": as_of, "lead": lead}
    choosing = [name for name, value in choices.items() if value is not None]
    if run is not None:
        for name in [*(["model"] if model is not None else []), *choosing]:
            raise Invalid(f"run names the one run to read; {name} chooses among runs", field=name)
        return OfRun(run=run)
    if model is not None:
        return OfModel(
            model=model,
            scenario=DEFAULT_SCENARIO if scenario is None else scenario,
            as_of=as_of,
            lead=None if lead is None else parse_lead(lead),
        )
    for name in choosing:
        raise Invalid(f"{name} chooses among the runs of a model; name it by model=…", field=name)
    return None


def parse_lead(text: str) -> timedelta:
    """Read a lead time such as 24h."""
    found = re.fullmatch(r"([0-9]{1,5})([mhdw])", text)
    if found is None:
        raise Invalid(f"lead {text!r} {LEAD_RULE}", field="lead")
    return timedelta(**{LEAD_UNITS[found[2]]: int(found[1])})
