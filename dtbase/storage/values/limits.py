"""How much one answer may hold."""

MOST_VALUES = 1_000_000
"""The most values that an answer may have which is not streamed."""

TOO_MANY = (
    f"this answer has more than {MOST_VALUES} values; choose a wider bucket or a shorter range,"
    " or ask for format=csv, parquet or arrow, which are streamed"
)
