"""Lengths of time, as people say them."""

from datetime import timedelta

HOUR = 3_600
SIZES = (("day", 86_400), ("hour", HOUR), ("minute", 60))


def length_in_words(step: timedelta) -> str:
    """Return a length of time in words: 1 hour, 90 minutes, 4 hours 48 minutes."""
    seconds = round(step.total_seconds())
    for name, size in SIZES:
        if seconds >= size and seconds % size == 0:
            return counted(seconds // size, name)
        if seconds >= 2 * size and size <= HOUR:
            rest = length_in_words(timedelta(seconds=seconds % size))
            return f"{counted(seconds // size, name)} {rest}"
    return counted(seconds, "second")


def every(length: timedelta) -> str:
    """Return how often something happens: every hour, every 10 minutes."""
    return f"every {length_in_words(length).removeprefix('1 ')}"


def counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
