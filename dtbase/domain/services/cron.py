"""Cron expressions, checked and told in words."""

import re
from datetime import UTC, datetime, timedelta

from cronsim import CronSim, CronSimError

from dtbase.domain.lengths import every

SOME_TIME = datetime(2026, 1, 1, tzinfo=UTC)
EVERY_DAY = ["*", "*", "*"]
STEP = re.compile(r"\*/(\d+)")
AT_ON = re.compile(r"At ([\d:, and]+) (?:every day|on (\w+day(?: through \w+day)?))$")
"""What the library says of times of the day that come on every day, or on days of the week."""


def check_cron(text: str) -> str:
    """Refuse what is no cron expression of five fields."""
    try:
        CronSim(text, SOME_TIME)
    except (CronSimError, ValueError) as error:
        raise ValueError(f"must be five fields of cron, such as '30 6 * * MON-FRI': {error}") from (
            error
        )
    if len(text.split()) != 5:  # noqa: PLR2004 - a sixth would be seconds
        raise ValueError("must be five fields of cron: minute, hour, day, month, weekday")
    return text


def cron_in_words(text: str) -> str:
    """Return when an expression comes round: every day at 03:00, every 15 minutes."""
    minute, hour, *days = text.split()
    if days == EVERY_DAY and hour == "*" and (step := whole_step(minute, 60)):
        return every(timedelta(minutes=step))
    if days == EVERY_DAY and minute.isdecimal() and (step := whole_step(hour, 24)):
        return f"{every(timedelta(hours=step))} from 00:{int(minute):02}"
    said = CronSim(text, SOME_TIME).explain()
    if parts := AT_ON.match(said):
        return f"every {parts[2] or 'day'} at {parts[1]}"
    return said[:1].lower() + said[1:]


def whole_step(field: str, of: int) -> int:
    """Return the step of a field that goes on evenly over its end, 0 for any other field."""
    found = STEP.fullmatch(field)
    step = int(found[1]) if found else 0
    return step if step and of % step == 0 else 0
