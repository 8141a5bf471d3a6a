"""What Explore shows, as its address says it: series, range and resolution."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Self
from urllib.parse import parse_qsl, urlencode

from dash_app.words import BUCKETS
from dtbase.domain.frozen import Frozen
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import Invalid

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
QUICK = {"24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY, "1y": 365 * DAY}
ALL = "all"
QUICK_LABELS = {"24h": "24 h", "7d": "7 d", "30d": "30 d", "1y": "1 y", ALL: "All"}
DEFAULT_RANGE = "7d"
SHORTEST = timedelta(minutes=1)
MOST_SERIES = 12
SLOTS = 8


class Choice(Frozen):
    """A series on the chart and the colour slot that it keeps."""

    key: SeriesKey
    slot: int

    @classmethod
    def parse(cls, text: str, position: int) -> Self:
        """Read `EWR/temperature` or, out of turn, `EWR/temperature:3`."""
        name, _, slot = text.partition(":")
        return cls(key=SeriesKey.parse(name), slot=int(slot) if slot.isdecimal() else position + 1)

    def written(self, position: int) -> str:
        """Write the choice as it stands in an address."""
        return str(self.key) if self.slot == position + 1 else f"{self.key}:{self.slot}"


class Window(Frozen):
    """A half-open range of time."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def moved(self, share: float) -> "Window":
        """Return the window a share of its length later."""
        step = self.length * share
        return Window(start=self.start + step, end=self.end + step)

    def widened(self, share: float) -> "Window":
        """Return the window with a share of its length more at both ends."""
        step = self.length * share
        return Window(start=self.start - step, end=self.end + step)


class View(Frozen):
    """The state of the page; without choices the page picks a first chart itself."""

    choices: tuple[Choice, ...] | None = None
    sensor: str | None = None
    """Instead of choices: all the series of one sensor."""
    range: str = DEFAULT_RANGE
    window: Window | None = None
    bucket: str = "auto"

    @classmethod
    def parse(cls, search: str) -> Self:
        """Read an address; what cannot be understood is left at its default."""
        pairs = parse_qsl(search.lstrip("?"), keep_blank_values=True)
        last = dict(pairs)
        chosen = [value for name, value in pairs if name == "s"]
        wanted, bucket = last.get("range", DEFAULT_RANGE), last.get("res", "auto")
        return cls(
            choices=_choices(chosen) if chosen else None,
            sensor=last.get("sensor") or None,
            range=wanted if wanted in QUICK_LABELS else DEFAULT_RANGE,
            window=_window(last.get("from"), last.get("to")),
            bucket=bucket if bucket in BUCKETS else "auto",
        )

    def search(self) -> str:
        """Write the address."""
        pairs: list[tuple[str, str]] = []
        if self.choices is None and self.sensor is not None:
            pairs.append(("sensor", self.sensor))
        if self.choices is not None:
            written = [choice.written(place) for place, choice in enumerate(self.choices)]
            pairs += [("s", text) for text in written or [""]]
        if self.range != DEFAULT_RANGE:
            pairs.append(("range", self.range))
        if self.window is not None:
            pairs += [("from", _stamp(self.window.start)), ("to", _stamp(self.window.end))]
        if self.bucket != "auto":
            pairs.append(("res", self.bucket))
        return f"?{urlencode(pairs, safe='/:')}" if pairs else ""

    def with_series(self, keys: Iterable[SeriesKey]) -> "View":
        """Return the view of these series; those that stay keep their place and colour."""
        wanted = list(dict.fromkeys(keys))
        kept = [choice for choice in self.choices or () if choice.key in wanted]
        known = {choice.key for choice in kept}
        for key in wanted:
            if key not in known and len(kept) < MOST_SERIES:
                kept.append(Choice(key=key, slot=_free_slot(kept)))
        return self.model_copy(update={"choices": tuple(kept)})

    def with_range(self, quick: str) -> "View":
        """Return the view of a range that ends now."""
        return self.model_copy(update={"range": quick, "window": None})

    def with_window(self, window: Window | None) -> "View":
        """Return the view of an absolute range, or back to the one that ends now."""
        return self.model_copy(update={"window": window})

    def with_bucket(self, bucket: str) -> "View":
        """Return the view at another resolution."""
        return self.model_copy(update={"bucket": bucket})


def window_of(start: datetime, end: datetime) -> Window:
    """Return the window between two times, refusing one that is empty or backwards."""
    if end - start < SHORTEST:
        raise Invalid("the end must be after the start", field="end")
    return Window(start=start, end=end)


def _choices(texts: Sequence[str]) -> tuple[Choice, ...]:
    found: dict[SeriesKey, Choice] = {}
    for position, text in enumerate(filter(None, texts)):
        try:
            choice = Choice.parse(text, position)
        except Invalid:
            continue
        found.setdefault(choice.key, choice)
    return tuple(found.values())[:MOST_SERIES]


def _window(start: str | None, end: str | None) -> Window | None:
    try:
        return window_of(_time(start or ""), _time(end or ""))
    except (Invalid, ValueError, OverflowError):
        return None


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="minutes") + "Z"


def _free_slot(choices: Sequence[Choice]) -> int:
    taken = {choice.slot for choice in choices}
    free = [slot for slot in range(1, MOST_SERIES + 1) if slot not in taken]
    return free[0]
