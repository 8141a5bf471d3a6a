"""How good forecasts are, in the words of somebody who is no statistician."""

from dash_app.words import NBSP, quantity
from dtbase.domain.forecasts.champions import Champion
from dtbase.domain.forecasts.leaderboard import Contender
from dtbase.domain.forecasts.scores import LEADS as LEAD_TIMES
from dtbase.domain.forecasts.scores import Figures

ENOUGH = 100
"""Fewer values than this say little about how good a model is."""
CLOSE = 4.0
"""Percentage points by which an interval may miss what it promises."""
LEADS = {
    "0-6h": "up to 6 h",
    "6-24h": "6 to 24 h",
    "24-48h": "1 to 2 days",
    "2-7d": "2 to 7 days",
    "7-14d": "1 to 2 weeks",
    "14d+": "over 2 weeks",
}
AS_PROMISED = "as promised"


def lead_words(lead: str) -> str:
    """Return how far ahead a block of lead times looks."""
    return LEADS.get(lead, lead).replace(" ", NBSP)


def hours_words(after: float, until: float) -> str:
    """Return how far ahead the lead times over some hours and up to others look."""
    known = next((each for each in LEAD_TIMES if (each.after, each.until) == (after, until)), None)
    return lead_words(known.name) if known else f"{after:g} to {until:g}{NBSP}h"


def skill_words(skill: float | None) -> str:
    """Say how a model does beside repeating what was at the same hour of the day before."""
    if skill is None:
        return "not yet compared"
    share = round(abs(skill) * 100)
    if share == 0:
        return "as good as the same hour before"
    return f"{share}{NBSP}% {'better' if skill > 0 else 'worse'} than the same hour before"


def few_words(scored: int) -> str:
    """Say that so many values tell little, where they do."""
    if scored >= ENOUGH:
        return ""
    return f", by {scored} value{'s' * (scored != 1)}: too few to judge"


def usual_error(figures: Figures, unit: str | None) -> str:
    """Say how far off a forecast usually is."""
    if figures.mae is None:
        return "No forecast could be checked yet."
    return f"Usually {quantity(figures.mae, unit)} off{few_words(figures.scored)}."


def calibration_words(figures: Figures, level: str = "80") -> str:
    """Say whether an interval holds as often as it promises."""
    found = figures.coverage.get(level)
    if found is None:
        return "This model gives no intervals."
    values = f"{figures.scored:,} value{'s' * (figures.scored != 1)}"
    told = f"The {level}{NBSP}% interval held {found:.0f}{NBSP}% of {values}"
    if figures.scored < ENOUGH:
        return f"{told}: too few to judge."
    return f"{told}: {width_words(found - float(level))}."


def width_words(beyond: float) -> str:
    """Say what it means that an interval holds more or less often than it promises."""
    if abs(beyond) <= CLOSE:
        return "about as it should"
    much = "far " if abs(beyond) > 3 * CLOSE else "a little "
    return (
        f"{much}too {'wide, so it is too careful' if beyond > 0 else 'narrow, so it is too sure'}"
    )


def champion_words(champion: Champion) -> str:
    """Say why a model is the champion."""
    evidence = champion.evidence
    if evidence.before is None or evidence.mase_before is None:
        return f"The best of those with enough runs, by {evidence.runs} of its own."
    better = round(100 * (1 - evidence.mase / evidence.mase_before)) if evidence.mase_before else 0
    return (
        f"Its error was {better}{NBSP}% below that of {evidence.before}"
        f" over {evidence.runs} runs that both made."
    )


def drift_words(contender: Contender) -> str:
    """Say whether a model still does what it promised."""
    if contender.drift is None:
        return "not watched yet"
    if contender.drift.drifting:
        return contender.drift.reason or ""
    return AS_PROMISED if contender.drift.evidence.scored >= ENOUGH else "too early to tell"
