"""The hypertables, and what goes with them, as statements name them; migrations/sql makes them."""

from sqlalchemy import ARRAY, BigInteger, Boolean, DateTime, Double, Integer, String, column, table
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE

READING = table("reading", *map(column, ("series_id", "time", "value", "whole", "text")))
HORIZON = table("reading_horizon", column("series_id"), column("raw_from", DateTime(timezone=True)))
PREDICTION = table(
    "prediction",
    column("output_id", BigInteger),
    column("time", DateTime(timezone=True)),
    column("value", Double),
    column("text", String),
    column("lower", ARRAY(Double)),
    column("upper", ARRAY(Double)),
)
ASIDE = table(
    "reading_aside",
    column("id", BigInteger),
    column("series_id", Integer),
    column("sensor", String),
    column("measure", String),
    column("time", DateTime(timezone=True)),
    column("sent_time", String),
    column("raw", String),
    column("rule", String),
    column("why", String),
    column("received_at", DateTime(timezone=True)),
)
CORRECTION = table(
    "correction",
    column("id", BigInteger),
    column("series_id", Integer),
    column("kind", String),
    column("span", TSTZRANGE),
    column("asked", JSONB),
    column("reason", String),
    column("readings", Integer),
    column("made_by", String),
    column("made_at", DateTime(timezone=True)),
    column("undone_by", String),
    column("undone_at", DateTime(timezone=True)),
)
CORRECTED = table(
    "correction_reading",
    column("correction_id", BigInteger),
    column("series_id", Integer),
    column("time", DateTime(timezone=True)),
    column("value", Double),
    column("whole", BigInteger),
    column("text", String),
    column("after_time", DateTime(timezone=True)),
    column("after_value", Double),
    column("after_whole", BigInteger),
    column("after_text", String),
    column("sent_time", DateTime(timezone=True)),
    column("sent_value", Double),
    column("sent_whole", BigInteger),
    column("sent_text", String),
    column("live", Boolean),
)
