"""Examples of what is answered at a glance."""

from collections.abc import Mapping

from api.example_parts import NOON, PLACED, Document

GLANCE: Mapping[str, Document] = {
    "FloorPlan": {
        "location": "house",
        "media_type": "image/png",
        "width": 1600,
        "height": 900,
        "size": 48211,
        "digest": "4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865",
        "changed_at": NOON,
        "pins": [{"sensor": "EWR", "location": None, "x": 0.2, "y": 0.6}],
    },
    "Shape": {
        "location": "house",
        "size": 482116,
        "digest": "4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865",
        "vertices": 12044,
        "changed_at": NOON,
        "pins": [{"sensor": "EWR", "location": None, "x": 1.5, "y": 2.2, "z": -4.0}],
    },
    "Timelapse": {
        "location": "new-york",
        "measure": "temperature",
        "at": NOON,
        "start": "2026-01-31T11:00:00Z",
        "step": 3600,
        "steps": 3,
        "series": [
            {
                "sensor": "EWR",
                "sensor_name": "Newark",
                "location": "newark-airport",
                "measure": "temperature",
                "unit": "degC",
                "statistic": "mean",
                "measured": [3.9, None, None],
                "run": 12,
                "issued_at": NOON,
                "predicted": [None, None, 4.4],
                "lower": [None, None, 3.1],
                "upper": [None, None, 5.7],
            }
        ],
    },
    "Changes": {
        "readings": "18422t",
        "runs": "12;4107;3",
        "registry": "96",
    },
    "Chart": {
        "start": "2026-01-31T00:00:00Z",
        "end": NOON,
        "bucket": "6h",
        "timezone": "UTC",
        "lines": [
            {
                "name": "EWR/temperature",
                "series": PLACED,
                "values": {
                    "sensor": "EWR",
                    "measure": "temperature",
                    "unit": "degC",
                    "datatype": "float",
                    "statistic": "mean",
                    "count": 2,
                    "start": "2026-01-31T00:00:00Z",
                    "step": 21600,
                    "values": {"mean": [1.2, 2.9], "count": [6, 6]},
                },
                "latest": {
                    "sensor": "EWR",
                    "measure": "temperature",
                    "time": "2026-01-31T11:51:00Z",
                    "value": 3.4,
                },
            }
        ],
        "missing": [{"name": "EWR/colour", "reason": "there is no series EWR/colour"}],
        "pending": [],
    },
    "Summary": {
        "sensor": "EWR",
        "measure": "temperature",
        "unit": "degC",
        "statistic": "mean",
        "count": 744,
        "mean": 0.9,
        "min": -9.4,
        "min_at": "2026-01-23T11:51:00Z",
        "p5": -6.7,
        "median": 0.6,
        "p95": 10.0,
        "max": 15.6,
        "max_at": "2026-01-31T02:51:00Z",
        "deviation": 5.1,
        "complete": 1.0,
        "every": 3600,
    },
    "Hit": {
        "kind": "series",
        "identifier": "EWR/temperature",
        "name": "Newark",
        "detail": "degC",
    },
    "Outlook": {
        "leaderboard": {
            "sensor": "EWR",
            "measure": "temperature",
            "unit": "degC",
            "start": "2026-01-01T12:00:00Z",
            "end": NOON,
            "leads": ["0-6h"],
            "contenders": [],
        },
        "champion": None,
        "runs": [],
        "backtests": [],
    },
    "Overview": {
        "at": NOON,
        "first_hour": "2026-01-30T13:00:00Z",
        "places": [{"identifier": "newark", "name": "Newark", "parent": None}],
        "series": [
            {
                "sensor": "EWR",
                "sensor_name": "Newark",
                "sensor_type": "weather-station",
                "location": "newark",
                "measure": "temperature",
                "unit": "degC",
                "datatype": "float",
                "statistic": "mean",
                "time": "2026-01-31T08:51:00Z",
                "value": 3.4,
                "every": 3600,
                "due": "2026-01-31T11:21:00Z",
                "day": [2.8, 3.1, None],
                "concern": "silent",
                "since": "2026-01-31T08:51:00Z",
            }
        ],
        "readings": [27, 27, 26],
        "work": {
            "queued": 0,
            "running": 1,
            "failures": [],
            "due": [{"schedule": "hourly", "service": "replay-demo", "at": NOON}],
        },
        "forecasting": {"series": 27, "champions": 27, "drifting": 1},
    },
    "SensorNow": {
        "at": NOON,
        "sensor": {
            "identifier": "EWR",
            "type": "weather-station",
            "name": "Newark",
            "notes": None,
            "location": "newark",
            "created_at": "2025-01-31T12:00:00Z",
        },
        "first_day": "2025-11-03T00:00:00Z",
        "lines": [
            {
                "series": PLACED,
                "latest": {
                    "sensor": "EWR",
                    "measure": "temperature",
                    "time": "2026-01-31T08:51:00Z",
                    "value": 3.4,
                },
                "day": [2.8, 3.1, None],
                "counts": [24, 24, 9],
                "every": 3600.0,
            }
        ],
        "stays": [{"id": 3, "sensor": "EWR", "location": "newark", "since": NOON, "until": None}],
        "aside": 6,
        "places": {"newark": "Newark"},
    },
    "OpenSession": {
        "id": "4f2f3ad6-6a0b-4c0c-9d3e-0c9f4f0e7a11",
        "started_at": NOON,
        "used_at": NOON,
        "expires_at": "2026-03-02T12:00:00Z",
        "current": True,
    },
}
"""By the name of the schema, as in api/examples.py."""
