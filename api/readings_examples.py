"""Examples of what is sent, read and corrected, and of what is thought of it."""

from collections.abc import Mapping

from api.example_parts import NOON, PLACED, SERIES, Document

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
IMPORTED: Document = {
    "file": "loft.csv",
    "import_id": 4,
    "kind": "a table with a column for each series",
    "rows": {"read": 3, "tables": 2, "empty": 1},
    "readings": {"read": 4, "inserted": 2, "replaced": 1, "unchanged": 1},
}
TRACE: Document = {"seconds": [0, 3600, 7200, 10800], "values": [3.4, 3.9, 4.4, 4.1]}

READINGS: Mapping[str, Document] = {
    "Correction": {
        "id": 4,
        "series": "meter/energy",
        "kind": "rescale",
        "start": "2026-01-01T00:00:00Z",
        "end": "2026-02-01T00:00:00Z",
        "asked": {"factor": 0.001},
        "reason": "The new firmware sends Wh.",
        "readings": 744,
        "made_by": "ada@example.org",
        "made_at": NOON,
        "undone_by": None,
        "undone_at": None,
    },
    "CorrectedReading": {
        "time": NOON,
        "value": 12000.0,
        "after_time": NOON,
        "after_value": 12.0,
        "sent_time": NOON,
        "sent_value": 12000.0,
        "live": True,
    },
    "AsideCounts": {
        "readings": 12,
        "out_of_reach": 0,
        "rules": [{"rule": "fail", "readings": 12, "first": NOON, "last": NOON}],
        "series": [{"sensor": "EWR", "measure": "humidity", "readings": 12}],
    },
    "Preview": {
        "readings": 1,
        "hours": 1,
        "first_hours": [NOON],
        "first_readings": [
            {"time": NOON, "value": 1048.4, "after_time": None, "after_value": None}
        ],
    },
    "Deleted": {"deleted": 24},
    "FormulasAnswer": {
        "start": NOON,
        "end": "2026-01-31T14:00:00Z",
        "bucket": "1h",
        "source": "hour",
        "timezone": "UTC",
        "series": [FORMULA],
    },
    "IngestCounts": {
        "received": 3,
        "inserted": 1,
        "replaced": 0,
        "unchanged": 1,
        "kept": 0,
        "set_aside": {"placeholders": 1},
    },
    "LatestReading": {"sensor": "EWR", "measure": "temperature", "time": NOON, "value": 3.4},
    "Dropped": {"dropped": 12, "left": 0},
    "SetAside": {
        "id": 7,
        "sensor": "EWR",
        "measure": "temperature",
        "time": NOON,
        "sent_time": None,
        "raw": "-9999",
        "rule": "placeholders",
        "flag": "missing",
        "why": None,
        "received_at": NOON,
    },
    "SeriesQuality": {
        "sensor": "EWR",
        "measure": "temperature",
        "cadence": 3600.0,
        "months": [
            {
                "month": "2026-01-01",
                "readings": 738,
                "expected": 744,
                "completeness": 0.9919,
                "flags": {"good": 737, "suspect": 1, "missing": 4},
                "longest_silence": {
                    "start": NOON,
                    "end": "2026-01-31T14:00:00Z",
                    "seconds": 7200.0,
                },
            }
        ],
    },
    "TakenIn": {"taken_in": 12, "unreadable": 0, "clashing": 0, "dropped": 0, "left": 0},
    "NamedProfile": {
        "name": "greenhouse",
        "profile": {
            "delimiter": ";",
            "decimal": ",",
            "time": {"columns": ["Zeit"], "form": ["%d.%m.%Y %H:%M"], "timezone": "Europe/Berlin"},
            "columns": {"Temperatur": {"series": "greenhouse/temperature", "unit": "degC"}},
        },
    },
    "Import": {
        "id": 4,
        "file": "loft.csv",
        "kind": "a table with a column for each series",
        "profile": {"columns": {"Temp": {"series": "loft/Temp", "unit": "degC"}}},
        "made_by": "ada@example.org",
        "started_at": NOON,
        "ended_at": NOON,
        "report": IMPORTED,
        "standing": 3,
        "undone_at": None,
        "undone_by": None,
        "removed": 0,
        "restored": 0,
    },
    "NewImport": {"file": "loft.csv", "kind": "a table with a column for each series"},
    "ImportReport": IMPORTED,
    "Undone": {"removed": 2, "restored": 1, "changed": 0, "dropped": 0, "next": None},
    "ImportAnswer": {
        "report": IMPORTED,
        "profile": {"columns": {"Temp": {"series": "loft/Temp", "unit": "degC"}}},
        "doubts": [],
        "left_out": ["Remark"],
        "sensors": ["loft"],
        "begins": NOON,
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
    "ReadingsAnswer": {
        "start": NOON,
        "end": "2026-01-31T14:00:00Z",
        "bucket": "1h",
        "source": "hour",
        "timezone": "UTC",
        "series": [READ],
    },
    "Series": PLACED,
}
