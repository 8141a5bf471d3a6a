"""The one door to values, readings and predictions alike.

Ask by a ValuesQuery, plan it, then read the plan at once or stream it. A plan knows from where its
values are read and which range can be answered exactly, so that nobody else has to.
"""

from dtbase.storage.values.comparison import compare
from dtbase.storage.values.last_values import latest, latest_page, value_of
from dtbase.storage.values.plans import Plan, plan
from dtbase.storage.values.reads import read
from dtbase.storage.values.run_predictions import predictions_of
from dtbase.storage.values.scoring import score_all
from dtbase.storage.values.streams import stream_long, stream_wide
from dtbase.storage.values.thinning import minutes_of

__all__ = [
    "Plan",
    "compare",
    "latest",
    "latest_page",
    "minutes_of",
    "plan",
    "predictions_of",
    "read",
    "score_all",
    "stream_long",
    "stream_wide",
    "value_of",
]
