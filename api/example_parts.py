"""What many examples are made of."""

from collections.abc import Mapping
from typing import Any

Document = Mapping[str, Any]
"""A JSON document."""

NOON = "2026-01-31T12:00:00Z"
SERIES: Document = {
    "sensor": "EWR",
    "measure": "temperature",
    "unit": "degC",
    "datatype": "float",
    "statistic": "mean",
}
