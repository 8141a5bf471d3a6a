"""The one door to values, readings and predictions alike.

Ask by a ValuesQuery, plan it, then read the plan at once or stream it. A plan knows from where its
values are read and which range can be answered exactly, so that nobody else has to.
"""

from dtbase.storage.values.comparison import compare
from dtbase.storage.values.expected import Expected, expected_of
from dtbase.storage.values.firsts import first_of
from dtbase.storage.values.formulas import Evaluated, FormulasQuery, evaluate
from dtbase.storage.values.last_values import latest, latest_of, latest_page
from dtbase.storage.values.lately import Lately, hours_of_late, last_with_rhythm
from dtbase.storage.values.likes import find_likes
from dtbase.storage.values.moving import moved_of_late
from dtbase.storage.values.operands import believed_until
from dtbase.storage.values.periods import find_periods
from dtbase.storage.values.plans import Plan, plan, refuse_senseless
from dtbase.storage.values.quality import quality_of
from dtbase.storage.values.reads import read, read_flagged
from dtbase.storage.values.run_predictions import predictions_of, to_series
from dtbase.storage.values.scoring import score_all
from dtbase.storage.values.states import changes_of
from dtbase.storage.values.streams import stream_long, stream_wide
from dtbase.storage.values.summaries import summarise
from dtbase.storage.values.thinning import minutes_of

__all__ = [
    "Evaluated",
    "Expected",
    "FormulasQuery",
    "Lately",
    "Plan",
    "believed_until",
    "changes_of",
    "compare",
    "evaluate",
    "expected_of",
    "find_likes",
    "find_periods",
    "first_of",
    "hours_of_late",
    "last_with_rhythm",
    "latest",
    "latest_of",
    "latest_page",
    "minutes_of",
    "moved_of_late",
    "plan",
    "predictions_of",
    "quality_of",
    "read",
    "read_flagged",
    "refuse_senseless",
    "score_all",
    "stream_long",
    "stream_wide",
    "summarise",
    "to_series",
]
