"""Examples of what the API takes and answers, for the models that show none themselves."""

from collections.abc import Mapping
from typing import Any

from api.glance_examples import GLANCE

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
USER: Document = {
    "id": 2,
    "email": "ada@example.org",
    "role": "editor",
    "active": True,
    "created_at": NOON,
}
NEW_KEY: Document = {
    "name": "greenhouse gateway",
    "scopes": ["readings:write"],
    "sensors": ["EWR"],
    "expires_at": "2030-01-01T00:00:00Z",
}
KEY: Document = {
    **NEW_KEY,
    "id": 7,
    "owner": "ada@example.org",
    "role": "editor",
    "created_at": NOON,
    "last_used_at": None,
}
NEW_RUN: Document = {"sensor": "EWR", "measure": "temperature", "horizon": 48}
RUN: Document = {
    "id": 12,
    "model": "arima",
    "scenario": "default",
    "target": {"sensor": "EWR", "measure": "temperature"},
    "horizon": 48,
    "parameters": {},
    "status": "succeeded",
    "created_at": NOON,
    "issued_at": NOON,
}
PREDICTED: Document = {
    **SERIES,
    "run": 12,
    "model": "arima",
    "scenario": "default",
    "issued_at": NOON,
    "count": 2,
    "start": "2026-01-31T13:00:00Z",
    "step": 3600,
    "values": {"value": [3.4, 3.9], "lower_80": [2.6, 2.8], "upper_80": [4.2, 5.0]},
}
READ: Document = {
    **SERIES,
    "count": 2,
    "start": NOON,
    "step": 3600,
    "values": {"mean": [3.4, None]},
}
FORMULA: Document = {
    **READ,
    "sensor": "",
    "measure": "EWR/temperature - JFK/temperature",
    "unit": "delta_degree_Celsius",
    "formula": "EWR/temperature - JFK/temperature",
    "of": ["EWR/temperature", "JFK/temperature"],
    "taken_of": "the mean of each 1h",
}
TRACE: Document = {"seconds": [0, 3600, 7200, 10800], "values": [3.4, 3.9, 4.4, 4.1]}

FIGURES: Document = {
    "points": 48,
    "scored": 30,
    "mae": 0.8,
    "rmse": 1.1,
    "bias": -0.1,
    "mase": 0.62,
    "wql": 0.09,
    "skill": 0.31,
    "coverage": {"80": 83.3, "95": 96.7},
}
LEAD_FIGURES: Document = {"lead": "0-6h", **FIGURES}
DRIFT: Document = {
    "drifting": False,
    "reason": None,
    "since": None,
    "checked_at": NOON,
    "evidence": {
        "days": 14,
        "scored": 2340,
        "mase": 0.62,
        "backtest_mase": 0.66,
        "levels": [{"level": 80, "coverage": 83.3, "least": 50, "most": 100}],
    },
}
CONTENDER: Document = {
    "rank": 1,
    "model": "arima",
    "scenario": "default",
    "champion": True,
    "runs": 124,
    "total": FIGURES,
    "leads": [LEAD_FIGURES],
    "drift": DRIFT,
}

SERVICE: Document = {
    "name": "replay-demo",
    "kind": "python",
    "summary": "Push the demo's hours that have come since the last time.",
    "queue": "ingest",
    "parameters_schema": {
        "type": "object",
        "properties": {"forecasts": {"type": "boolean", "default": False}},
        "additionalProperties": False,
    },
    "version": "dtbase 0.1.0",
    "timeout": 600,
    "retries": 2,
    "backoff": 20,
    "concurrency": 1,
}
SERVICE_RUN: Document = {
    "id": 71,
    "service": "replay-demo",
    "parameter_set": None,
    "parameters": {"forecasts": True},
    "schedule": "demo-forecasts",
    "tick": NOON,
    "asked_by": "schedule demo-forecasts",
    "parent": None,
    "status": "succeeded",
    "attempt": 1,
    "outages": 0,
    "done": None,
    "total": None,
    "message": None,
    "written": {"readings": 27, "unchanged": 0, "runs": 0, "things": 0},
    "reason": None,
    "cancelling": False,
    "created_at": NOON,
    "not_before": None,
    "started_at": NOON,
    "ended_at": "2026-01-31T12:00:02Z",
    "seconds": 2.1,
}
SCHEDULE: Document = {
    "name": "demo-forecasts",
    "service": "replay-demo",
    "parameters": {"forecasts": True},
    "cron": "5 */6 * * *",
    "timezone": "America/New_York",
    "next_at": "2026-01-31T17:05:00Z",
    "last_at": "2026-01-31T11:05:03Z",
    "last_run": 71,
}
BACKTEST_FIGURES: Document = {
    "points": 1488,
    "mae": 0.8,
    "rmse": 1.1,
    "mase": 0.62,
    "wql": 0.09,
    "skill": 0.31,
    "coverage": {"80": 80.9, "95": 95.2},
}

EXAMPLES: Mapping[str, Document] = {
    **GLANCE,
    "AuditEntry": {
        "id": 31,
        "at": NOON,
        "actor": "ada@example.org",
        "action": "changed",
        "noun": "location",
        "name": "newark-airport",
        "before": {"name": "Newark"},
        "after": {"name": "Newark Airport"},
    },
    "Backtest": {
        "id": 5,
        "service_run": 72,
        "model": "arima",
        "scenario": "default",
        "target": {"sensor": "EWR", "measure": "temperature"},
        "start": "2026-01-01T00:00:00Z",
        "end": "2026-02-01T00:00:00Z",
        "every_hours": 24,
        "horizon": 48,
        "parameters": {},
        "status": "succeeded",
        "reason": None,
        "done": 31,
        "total": 31,
        "report": {
            "origins": 31,
            "without": 0,
            "total": BACKTEST_FIGURES,
            "leads": [{"after_hours": 0, "until_hours": 6, "figures": BACKTEST_FIGURES}],
        },
        "created_at": NOON,
        "started_at": NOON,
        "ended_at": NOON,
    },
    "Champion": {
        "id": 3,
        "sensor": "EWR",
        "measure": "temperature",
        "model": "arima",
        "since": NOON,
        "current": True,
        "evidence": {"runs": 20, "mase": 0.62, "before": "weather", "mase_before": 0.71},
    },
    "Comparison": {
        "sensor": "EWR",
        "measure": "temperature",
        "unit": "degC",
        "times": ["2026-01-31T13:00:00Z"],
        "sides": [
            {
                "run": 12 + place,
                "model": "arima",
                "scenario": scenario,
                "issued_at": NOON,
                "values": [3.4 + 2 * place],
                "difference": [2.0 * place],
                "mean_difference": 2.0 * place,
            }
            for place, scenario in enumerate(("default", "warmer"))
        ],
    },
    "Credentials": {"email": "ada@example.org", "password": "velvet marble canyon"},
    "Deleted": {"deleted": 24},
    "FormulasAnswer": {
        "start": NOON,
        "end": "2026-01-31T14:00:00Z",
        "bucket": "1h",
        "source": "hour",
        "timezone": "UTC",
        "series": [FORMULA],
    },
    "Health": {
        "status": "ok",
        "database": {"ok": True, "edition": "community"},
        "redis": {"ok": True, "workers": 1},
        "aggregates": {"pending": 0, "oldest_seconds": None},
        "version": "0.1.0",
    },
    "IngestCounts": {"received": 2, "inserted": 1, "replaced": 0, "unchanged": 1, "kept": 0},
    "Installation": {
        "id": 3,
        "sensor": "EWR",
        "location": "newark-airport",
        "since": NOON,
        "until": None,
    },
    "IssuedKey": {**KEY, "secret": "dtb_7_" + "A" * 43},
    "Key": KEY,
    "LatestReading": {"sensor": "EWR", "measure": "temperature", "time": NOON, "value": 3.4},
    "Leaderboard": {
        "sensor": "EWR",
        "measure": "temperature",
        "unit": "degC",
        "start": "2026-01-01T12:00:00Z",
        "end": NOON,
        "leads": ["0-6h"],
        "contenders": [CONTENDER],
    },
    "NamedProfile": {
        "name": "greenhouse",
        "profile": {
            "delimiter": ";",
            "decimal": ",",
            "time": {"columns": ["Zeit"], "form": ["%d.%m.%Y %H:%M"], "timezone": "Europe/Berlin"},
            "columns": {"Temperatur": {"series": "greenhouse/temperature", "unit": "degC"}},
        },
    },
    "ImportAnswer": {
        "report": {
            "file": "loft.csv",
            "kind": "a table with a column for each series",
            "rows": {"read": 3, "tables": 2, "empty": 1},
            "readings": {"read": 4, "inserted": 3, "unchanged": 1},
        },
        "profile": {"columns": {"Temp": {"series": "loft/Temp", "unit": "degC"}}},
        "doubts": [],
        "left_out": ["Remark"],
    },
    "Model": {"name": "arima", "description": "Harmonic regression with ARIMA errors."},
    "NewKey": NEW_KEY,
    "NewRun": NEW_RUN,
    "NewUser": {
        "email": "ada@example.org",
        "password": "velvet marble canyon",
        "role": "editor",
    },
    "OutputScores": {
        "run": 12,
        "sensor": "EWR",
        "measure": "temperature",
        "unit": "degC",
        "model": "arima",
        "scenario": "default",
        "issued_at": NOON,
        "scored_at": "2026-02-01T18:00:00Z",
        "total": FIGURES,
        "leads": [LEAD_FIGURES],
    },
    "Blueprint": {
        "measures": [{"name": "humidity", "unit": "percent"}],
        "sensor_types": [{"name": "box", "measures": [{"name": "humidity", "unit": "percent"}]}],
        "sensors": [{"identifier": "box-1", "type": "box"}],
    },
    "Plan": {
        "digest": "0f9a2c51",
        "steps": [{"action": "create", "kind": "sensors", "name": "box-1", "fields": []}],
        "left_alone": 3,
    },
    "LikesAnswer": {
        "series": "EWR/temperature",
        "unit": "degC",
        "bucket": "1h",
        "start": "2025-01-31T00:00:00Z",
        "end": NOON,
        "compared": 8713,
        "wanted": TRACE,
        "likes": [
            {
                "rank": 1,
                "start": "2025-11-02T06:00:00Z",
                "end": "2025-11-02T10:00:00Z",
                "distance": 0.14,
                "correlation": 0.9976,
                "trace": TRACE,
            }
        ],
    },
    "Note": {
        "id": 5,
        "text": "The mast was down for maintenance.",
        "start": "2026-01-31T09:00:00Z",
        "end": NOON,
        "series": "EWR/wind_speed",
        "sensor": None,
        "location": None,
        "author": "ada@example.org",
        "created_at": NOON,
        "changed_at": NOON,
    },
    "View": {
        "id": 3,
        "name": "Hot days, EWR",
        "path": "/explore?s=EWR/temperature",
        "shared": True,
        "pinned": False,
        "owner": "ada@example.org",
        "created_at": NOON,
        "changed_at": NOON,
    },
    "PeriodsAnswer": {
        "start": "2025-01-31T00:00:00Z",
        "end": NOON,
        "conditions": ["EWR/temperature above 30"],
        "unit": "degC",
        "count": 12,
        "seconds": 252000,
        "readings": 412,
        "periods": [
            {
                "number": 12,
                "start": "2025-08-14T15:00:00Z",
                "end": "2025-08-14T20:00:00Z",
                "seconds": 18000,
                "running": False,
                "readings": 5,
                "lowest": 30.6,
                "lowest_at": "2025-08-14T15:00:00Z",
                "highest": 33.3,
                "highest_at": "2025-08-14T18:00:00Z",
                "trace": None,
            }
        ],
    },
    "PasswordChange": {
        "current_password": "velvet marble canyon",
        "new_password": "copper lantern orchard",
    },
    "ReadingsAnswer": {
        "start": NOON,
        "end": "2026-01-31T14:00:00Z",
        "bucket": "1h",
        "source": "hour",
        "timezone": "UTC",
        "series": [READ],
    },
    "RefreshRequest": {"refresh_token": "r" * 43},
    "Retention": {"name": "short", "keep_days": 90, "measures": ["temperature"], "raw_from": NOON},
    "RolledScores": {
        "model": "arima",
        "scenario": "default",
        "sensor": "EWR",
        "measure": "temperature",
        "month": "2026-01",
        "runs": 124,
        "total": FIGURES,
        "leads": [LEAD_FIGURES],
    },
    "Rules": {"keep_days": 90, "measures": ["temperature"]},
    "Run": RUN,
    "RunPredictions": {"run": RUN, "series": [PREDICTED]},
    "Series": {
        **SERIES,
        "sensor_name": "Newark",
        "sensor_type": "weather-station",
        "location": "newark-airport",
        "position": 0,
    },
    "SeriesDrift": {
        **DRIFT,
        "model": "arima",
        "scenario": "default",
        "sensor": "EWR",
        "measure": "temperature",
    },
    "Tokens": {
        "access_token": "eyJhbGciOiJIUzI1NiJ9…",
        "refresh_token": "r" * 43,
        "token_type": "bearer",
        "expires_in": 900,
    },
    "LogLine": {"id": 9, "at": NOON, "line": "up to 2026-01-31 12:00Z: 27 new readings"},
    "NewServiceRun": {"parameters": {"forecasts": True}},
    "Schedule": SCHEDULE,
    "Service": SERVICE,
    "ServiceRun": SERVICE_RUN,
    "Twin": {"name": "Demo", "timezone": "America/New_York", "notice": "Replay of 2013"},
    "User": USER,
    "UserChange": {"role": "admin"},
}
"""By the name of the schema; a test holds each against it."""
