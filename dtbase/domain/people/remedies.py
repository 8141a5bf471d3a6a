"""What helps a device whose line was refused, in words for whoever wrote the line."""

from dtbase.errors import (
    Conflict,
    DTBaseError,
    Invalid,
    NotAllowed,
    NotFound,
    TooLarge,
    TooMany,
    Unavailable,
)

UNIT = "Send in the measure's unit, or name the unit that you send in."

BY_WORDS = (
    ("cannot be told in", UNIT),
    ("scope", "Make a key that may do this, or let this one do only what it is for."),
    (
        "may not push",
        "Send readings of the sensors that the key was made for, or make another.",
    ),
    ("role", "Have somebody with that role make the key."),
    ("with a measure", "Name sensor and measure as the sensor's page does; case counts."),
    ("no series", "Name sensor and measure as the sensor's page does; case counts."),
    ("no measure", "Name the measure as the sensor's page does; case counts."),
    ("no sensor", "Name the sensor by its identifier, as its page does; case counts."),
    ("offset", "Write the time with its offset, such as 2026-01-31T12:00:00Z."),
    ("time", "Write the time as ISO 8601 with its offset, such as 2026-01-31T12:00:00Z."),
    ("unit", UNIT),
    ("number", "Send a bare number, such as 21.5, with a point and without quotation marks."),
    ("JSON", "Send JSON with the header Content-Type: application/json, whole."),
)
"""The first whose word stands in what was said."""

BY_KIND: dict[type[DTBaseError], str] = {
    NotAllowed: "Make a key that may do this.",
    NotFound: "Name what is there: case counts.",
    Conflict: "Look at what is stored, and send what goes with it.",
    Invalid: "Send what the line on the sensor's page sends, and change it bit by bit.",
    TooLarge: "Send less at once.",
    TooMany: "Wait, and send many readings in one request.",
    Unavailable: "Send it again in a moment: nothing of it was stored.",
}


def remedy_of(refused: DTBaseError) -> str | None:
    """Return what to change, as far as the words of a refusal tell."""
    said = " ".join([refused.detail, *(each["rule"] for each in refused.violations[:1])]).lower()
    by_words = (remedy for word, remedy in BY_WORDS if word.lower() in said)
    known = next(by_words, None) if isinstance(refused, Invalid | NotAllowed | NotFound) else None
    return known or BY_KIND.get(type(refused))
