"""What the address of the page Quality says: which readings, from where on, and what is open."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from dash_app.quality.ids import PATH
from dtbase.domain.frozen import Frozen
from dtbase.domain.paging import FARTHEST
from dtbase.domain.readings.set_aside import AsideFilter, Rule

SHOWN = 50
LONGEST = 200


class View(Frozen):
    """The state of the page; days are those of the site, both included."""

    rule: Rule | None = None
    sensor: str = ""
    measure: str = ""
    first: date | None = None
    last: date | None = None
    skip: int = 0

    @classmethod
    def parse(cls, search: str | None) -> "View":
        """Read an address; what it says wrongly is not said."""
        given = dict(parse_qsl((search or "").removeprefix("?")))
        rule = given.get("rule", "")
        skip = given.get("skip", "")
        return cls(
            rule=Rule(rule) if rule in set(Rule) else None,
            sensor=text_of(given, "sensor"),
            measure=text_of(given, "measure"),
            first=day_of(given.get("from")),
            last=day_of(given.get("to")),
            skip=min(int(skip), FARTHEST) if skip.isascii() and skip.isdigit() else 0,
        )

    @property
    def narrowed(self) -> bool:
        """Tell whether anything but a rule is asked for."""
        return bool(self.sensor or self.measure or self.first or self.last)

    def filter(self, zone: ZoneInfo, *, by_rule: bool = True) -> AsideFilter:
        """Return what the API is asked for, or raise Invalid."""
        return AsideFilter(
            rule=self.rule if by_rule else None,
            sensor=self.sensor or None,
            measure=self.measure or None,
            start=None if self.first is None else midnight(self.first, zone),
            end=None if self.last is None else midnight(self.last + timedelta(days=1), zone),
        )

    def address(self, **change: object) -> str:
        """Return the address of the same, changed; a change begins with what comes first."""
        said = {
            "rule": self.rule and self.rule.value,
            "sensor": self.sensor,
            "measure": self.measure,
            "from": self.first,
            "to": self.last,
            **change,
        }
        query = urlencode({name: value for name, value in said.items() if value})
        return f"{PATH}?{query}" if query else PATH


def text_of(given: Mapping[str, str], name: str) -> str:
    return given.get(name, "").replace("\0", "").strip()[:LONGEST]


def day_of(text: str | None) -> date | None:
    found = None
    with suppress(ValueError):
        found = date.fromisoformat(text or "")
    return found if found and 1900 <= found.year < 2200 else None  # noqa: PLR2004 - as readings


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def opened_in(search: str | None) -> Mapping[str, str]:
    """Return what of an address belongs into the drawer."""
    return dict(parse_qsl((search or "").removeprefix("?"), keep_blank_values=True))
