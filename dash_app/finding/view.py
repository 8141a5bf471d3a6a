"""What Find when looks for, as its address says it."""

from datetime import datetime
from typing import Self
from urllib.parse import parse_qsl, urlencode

from dtbase.client.finding import Limits
from dtbase.domain.frozen import Frozen

PATH = "/find"
DAYS = {
    "any": "any day",
    "weekdays": "weekdays",
    "weekend": "the weekend",
}
WEEKDAYS = {
    "weekdays": ("mon", "tue", "wed", "thu", "fri"),
    "weekend": ("sat", "sun"),
}
TRACES = 12
MOST = 200


class View(Frozen):
    """The state of the page: conditions, or a stretch to find the likes of."""

    conditions: tuple[str, ...] = ()
    length: str = ""
    first: str = ""
    last: str = ""
    days: str = "any"
    like: str = ""
    start: str = ""
    end: str = ""

    @classmethod
    def parse(cls, search: str | None) -> Self:
        pairs = parse_qsl((search or "").lstrip("?"))
        given = dict(pairs)
        days = given.get("days", "any")
        return cls(
            conditions=tuple(value.strip() for name, value in pairs if name == "c")[:5],
            length=given.get("for", ""),
            first=given.get("from_hour", ""),
            last=given.get("to_hour", ""),
            days=days if days in DAYS else "any",
            like=given.get("like", ""),
            start=given.get("from", ""),
            end=given.get("to", ""),
        )

    def search(self) -> str:
        pairs = [("c", text) for text in self.conditions]
        said = {
            "for": self.length,
            "from_hour": self.first,
            "to_hour": self.last,
            "days": "" if self.days == "any" else self.days,
            "like": self.like,
            "from": self.start,
            "to": self.end,
        }
        pairs += [(name, value) for name, value in said.items() if value]
        return f"?{urlencode(pairs, safe='/:')}" if pairs else ""

    @property
    def series(self) -> str:
        """Return the series that is drawn: that of the first condition, or of the stretch."""
        return self.like or (self.conditions[0].split()[0] if self.conditions else "")

    def limits(self, zone: str) -> Limits:
        """Return what the API is asked beside the conditions."""
        found: Limits = {"timezone": zone, "limit": MOST, "traces": TRACES}
        if self.length:
            found["for_at_least"] = self.length
        if self.first:
            found["from_hour"] = number(self.first)
        if self.last:
            found["to_hour"] = number(self.last)
        if self.days != "any":
            found["weekday"] = WEEKDAYS[self.days]
        return found

    def stretch(self) -> tuple[datetime, datetime] | None:
        """Return the stretch whose likes are wanted."""
        try:
            start, end = (datetime.fromisoformat(text) for text in (self.start, self.end))
        except ValueError:
            return None
        return None if start.tzinfo is None or end.tzinfo is None else (start, end)


def number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0  # the API says what an hour is
