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
PLACED: Document = {
    **SERIES,
    "sensor_name": "Newark",
    "sensor_type": "weather-station",
    "location": "newark-airport",
    "position": 0,
}
