"""What Explore shows, as its address says it: series, range, resolution, comparison and view."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from dash_app.explore.comparing import is_shift
from dash_app.explore.ranges import is_range
from dash_app.words import BUCKETS
from dtbase.domain.frozen import Frozen
from dtbase.domain.glance.chart import MOST_LINES, LineName
from dtbase.domain.readings.queries import Aggregate
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import Invalid

DEFAULT_RANGE = "7d"
SHORTEST = timedelta(minutes=1)
MOST_SERIES = MOST_LINES
CHART = "chart"
SHOWN = {
    CHART: "Chart",
    "table": "Table",
    "scatter": "Scatter",
    "hours": "Hours",
    "distribution": "Distribution",
    "calendar": "Calendar",
}
ON = "1"


class Choice(Frozen):
    """A line on the chart and the colour slot that it keeps."""

    line: LineName
    slot: int

    @property
    def key(self) -> SeriesKey:
        return self.line.key

    @property
    def name(self) -> str:
        return str(self.line)

    @classmethod
    def parse(cls, text: str, position: int) -> Self:
        """Read `EWR/temperature` or, out of turn, `EWR/temperature:3`."""
        name, colon, slot = text.rpartition(":")
        if not colon or not (slot.isdecimal() and 0 < int(slot) <= MOST_SERIES):
            name, slot = text, str(position + 1)
        return cls(line=LineName.parse(name), slot=int(slot))

    def written(self, position: int) -> str:
        """Write the choice as it stands in an address."""
        return self.name if self.slot == position + 1 else f"{self.name}:{self.slot}"


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
    faults: tuple[str, ...] = ()
    """Lines that the address names in a way that nobody understands."""
    sensor: str | None = None
    """Instead of choices: all the series of one sensor."""
    range: str = DEFAULT_RANGE
    window: Window | None = None
    bucket: str = "auto"
    compare: str | None = None
    shown: str = CHART
    forecasts: bool = True
    normal: bool = False
    """Whether each line goes from its own lowest to its own highest value."""
    axes: bool = False
    """Whether two units share one panel, each with an axis of its own."""
    aggregates: tuple[tuple[str, Aggregate], ...] = ()
    """Which aggregate the lines of a unit follow, where it is not their usual one."""

    @classmethod
    def parse(cls, search: str) -> Self:
        """Read an address; what cannot be understood is left at its default."""
        pairs = parse_qsl(search.lstrip("?"), keep_blank_values=True)
        last = dict(pairs)
        chosen = [value for name, value in pairs if name == "s"]
        wanted, bucket = last.get("range", DEFAULT_RANGE), last.get("res", "auto")
        compare, shown = last.get("cmp", ""), last.get("view", CHART)
        choices, faults = _choices(chosen)
        return cls(
            choices=choices if chosen else None,
            faults=faults,
            sensor=last.get("sensor") or None,
            range=wanted if is_range(wanted) else DEFAULT_RANGE,
            window=_window(last.get("from"), last.get("to")),
            bucket=bucket if bucket in BUCKETS else "auto",
            compare=compare if is_shift(compare) else None,
            shown=shown if shown in SHOWN else CHART,
            forecasts=last.get("fc") != "off",
            normal=last.get("norm") == ON,
            axes=last.get("axes") == ON,
            aggregates=_aggregates([value for name, value in pairs if name == "agg"]),
        )

    def search(self) -> str:
        pairs = [*self._series_pairs(), *self._range_pairs(), *self._look_pairs()]
        return f"?{urlencode(pairs, safe='/:@~=')}" if pairs else ""

    def _series_pairs(self) -> list[tuple[str, str]]:
        if self.choices is None:
            return [] if self.sensor is None else [("sensor", self.sensor)]
        written = [choice.written(place) for place, choice in enumerate(self.choices)]
        return [("s", text) for text in [*written, *self.faults] or [""]]

    def _range_pairs(self) -> list[tuple[str, str]]:
        pairs = [] if self.range == DEFAULT_RANGE else [("range", self.range)]
        if self.window is not None:
            pairs += [("from", _stamp(self.window.start)), ("to", _stamp(self.window.end))]
        return pairs

    def _look_pairs(self) -> list[tuple[str, str]]:
        said = {
            "res": None if self.bucket == "auto" else self.bucket,
            "cmp": self.compare,
            "view": None if self.shown == CHART else self.shown,
            "fc": None if self.forecasts else "off",
            "norm": ON if self.normal else None,
            "axes": ON if self.axes else None,
        }
        pairs = [(name, value) for name, value in said.items() if value is not None]
        return pairs + [("agg", f"{unit}:{each}") for unit, each in self.aggregates]

    def with_lines(self, lines: Iterable[LineName]) -> "View":
        """Return the view of these lines; those that stay keep their place and colour."""
        wanted = list(dict.fromkeys(lines))
        kept = [choice for choice in self.choices or () if choice.line in wanted]
        known = {choice.line for choice in kept}
        for line in wanted:
            if line not in known and len(kept) < MOST_SERIES:
                kept.append(Choice(line=line, slot=_free_slot(kept)))
        return self.model_copy(update={"choices": tuple(kept)})

    def with_series(self, keys: Iterable[SeriesKey]) -> "View":
        """Return the view of what was measured of these series."""
        return self.with_lines(LineName(key=key) for key in keys)

    def with_range(self, name: str) -> "View":
        """Return the view of a range that is told by its name."""
        return self.model_copy(update={"range": name, "window": None})

    def with_window(self, window: Window | None) -> "View":
        """Return the view of an absolute range, or back to the one that has a name."""
        return self.model_copy(update={"window": window})

    def with_bucket(self, bucket: str) -> "View":
        """Return the view at another resolution."""
        return self.model_copy(update={"bucket": bucket})

    def with_said(self, said: str) -> "View":
        """Return the view after its address also says `name=value`; an empty value takes it out."""
        name, _, value = said.partition("=")
        pairs = parse_qsl(self.search().lstrip("?"), keep_blank_values=True)
        if name == "agg":
            unit = value.partition(":")[0]
            pairs = [pair for pair in pairs if not is_about(pair, unit)]
        elif name == "range":
            pairs = [pair for pair in pairs if pair[0] not in {"range", "from", "to"}]
        else:
            pairs = [pair for pair in pairs if pair[0] != name]
        return View.parse(urlencode([*pairs, *([(name, value)] if value else [])]))

    def aggregate_of(self, unit: str | None) -> Aggregate | None:
        """Return the aggregate that was chosen for the lines of a unit."""
        return dict(self.aggregates).get(unit or "")


def is_about(pair: tuple[str, Any], unit: str) -> bool:
    """Tell whether a part of an address chooses the aggregate of a unit."""
    return pair[0] == "agg" and str(pair[1]).rpartition(":")[0] == unit


def window_of(start: datetime, end: datetime) -> Window:
    """Return the window between two times, refusing one that is empty or backwards."""
    if end - start < SHORTEST:
        raise Invalid("the end must be after the start", field="end")
    return Window(start=start, end=end)


def _choices(texts: Sequence[str]) -> tuple[tuple[Choice, ...], tuple[str, ...]]:
    found: dict[LineName, Choice] = {}
    faults: list[str] = []
    for position, text in enumerate(filter(None, texts)):
        try:
            choice = Choice.parse(text, position)
        except Invalid:
            faults.append(text)
            continue
        found.setdefault(choice.line, choice)
    return tuple(found.values())[:MOST_SERIES], tuple(faults[:MOST_SERIES])


def _aggregates(texts: Sequence[str]) -> tuple[tuple[str, Aggregate], ...]:
    found = {}
    for text in texts:
        unit, _, name = text.rpartition(":")
        if name in set(Aggregate):
            found[unit] = Aggregate(name)
    return tuple(found.items())


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
