"""The forms in which values can be answered."""

from enum import StrEnum


class Format(StrEnum):
    """How an answer is written."""

    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self]


MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.ARROW: "application/vnd.apache.arrow.stream",
}


class Layout(StrEnum):
    """How a table is laid out: a row for each value, or a column for each series."""

    LONG = "long"
    WIDE = "wide"


def accepted(accept: str) -> Format:
    """Return the format that an Accept header likes best; JSON where it names none of ours."""
    liked = [preference(part) for part in accept.split(",")]
    known = {media_type: format_ for format_, media_type in MEDIA_TYPES.items()}
    known |= {"*/*": Format.JSON, "application/*": Format.JSON, "text/*": Format.CSV}
    fitting = [(quality, known[name]) for quality, name in liked if name in known and quality > 0]
    return max(fitting, key=lambda pair: pair[0], default=(0, Format.JSON))[1]


def preference(part: str) -> tuple[float, str]:
    """Read one part of an Accept header: how much a content type is liked."""
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key == "q":
            try:
                return float(value), name
            except ValueError:
                return 0.0, name
    return 1.0, name
