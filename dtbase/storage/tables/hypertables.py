"""The hypertables, as far as statements name them; migrations/sql makes them."""

from sqlalchemy import ARRAY, BigInteger, DateTime, Double, String, column, table

READING = table("reading", *map(column, ("series_id", "time", "value", "whole", "text")))
HORIZON = table("reading_horizon", column("series_id"))
PREDICTION = table(
    "prediction",
    column("output_id", BigInteger),
    column("time", DateTime(timezone=True)),
    column("value", Double),
    column("text", String),
    column("lower", ARRAY(Double)),
    column("upper", ARRAY(Double)),
)
