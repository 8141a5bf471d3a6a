"""How the lines of a chart share its height and its colours."""

from collections.abc import Sequence

from dash_app.explore.scene import Line, short_name
from dash_app.words import measure_label, unit_symbol
from dtbase.domain.frozen import Frozen

GAP_PIXELS = 44
HEIGHTS = {1: 460, 2: 488}
MORE_HEIGHT = 140
ABOVE, BELOW = 34, 40
TALL = 1.0
MAIN_SHARE = 0.64 / 0.90
COLOURS = 8
MOST_NAMED = 4
AGGREGATES = {
    "mean": "mean",
    "min": "lowest",
    "max": "highest",
    "sum": "sum",
    "count": "number of readings",
    "first": "first",
    "last": "last",
}


class Panel(Frozen):
    """One stripe of the chart: the lines of one unit."""

    number: int
    unit: str | None
    lines: tuple[Line, ...]
    bottom: float
    top: float
    states: bool = False
    over: bool = False
    """Whether it lies over the first one, with an axis of its own at the right."""

    @property
    def axis(self) -> str:
        """Return the name of its y axis in plotly: y, y2 and so on."""
        return "y" if self.number == 1 else f"y{self.number}"

    @property
    def layout_name(self) -> str:
        """Return the key of its y axis in a layout: yaxis, yaxis2 and so on."""
        return "yaxis" + self.axis[1:]

    @property
    def title(self) -> str:
        """Return what is measured here, and in which unit."""
        if self.states:
            return "<b>States</b>"
        labels = list(dict.fromkeys(line.measure_label for line in self.lines))
        if len(labels) > MOST_NAMED:
            labels = [*labels[: MOST_NAMED - 1], f"{len(labels) - MOST_NAMED + 1} more"]
        text = ", ".join(labels)
        which = AGGREGATES[self.lines[0].column] if self.lines[0].column else ""
        return f"<b>{text}</b>  {unit_symbol(self.unit)}{which and f', {which}'}"

    @property
    def measures(self) -> tuple[str, ...]:
        return tuple(line.key.measure for line in self.lines)


class Paint(Frozen):
    """The colour of a line, counted from 1, and what shares it in the legend."""

    colour: int
    group: str
    repeated: bool = False


def panels_of(lines: Sequence[Line], *, axes: bool = False) -> tuple[Panel, ...]:
    """Group the lines by unit and stack the groups, the first on top and, of two, taller.

    States have a panel of their own below. With `axes` two units share one panel.
    """
    kinds = list(dict.fromkeys(_kind(line) for line in lines))
    kinds.sort(key=lambda kind: kind[0])
    over = axes and len(kinds) == 2 and not kinds[1][0]  # noqa: PLR2004
    gap = gap_of(1 if over else len(kinds))
    heights = [TALL, TALL] if over else _heights(len(kinds), gap)
    panels, top = [], TALL
    for number, (kind, height) in enumerate(zip(kinds, heights, strict=True), start=1):
        panel = Panel(
            number=number,
            unit=kind[1],
            lines=tuple(line for line in lines if _kind(line) == kind),
            bottom=max(top - height, 0),
            top=top,
            states=kind[0],
            over=over and number == 2,  # noqa: PLR2004
        )
        panels.append(panel)
        top -= 0 if over else height + gap
    return tuple(panels)


def _kind(line: Line) -> tuple[bool, str | None]:
    return line.is_state, None if line.is_state else line.series.unit


def stacked(panels: Sequence[Panel]) -> int:
    """Return how many panels lie above each other."""
    return len([panel for panel in panels if not panel.over])


def colours_follow_places(panels: Sequence[Panel]) -> bool:
    """Tell whether the panels split the measures, so that a colour can stand for a sensor."""
    if any(panel.over or panel.states for panel in panels):
        return False
    alone = all(len(set(panel.measures)) == 1 for panel in panels)
    others = any(line.belief or line.formula for panel in panels for line in panel.lines)
    return len(panels) > 0 and alone and not others


def paint_of(line: Line, sensors: Sequence[str] | None) -> Paint:
    """Return the colour of a line: that of its sensor among several, or else its own."""
    if sensors is not None:
        place = sensors.index(line.key.sensor)
        return Paint(colour=place % COLOURS + 1, group=line.key.sensor, repeated=place >= COLOURS)
    place = line.slot - 1
    return Paint(colour=place % COLOURS + 1, group=line.name, repeated=place >= COLOURS)


def state_names(lines: Sequence[Line]) -> list[str]:
    """Return what the rows of states are called: by what tells them from each other."""
    sensors = {line.key.sensor for line in lines}
    if len(sensors) == len(lines):
        return [short_name(line.series) for line in lines]
    measures = [measure_label(line.key.measure) for line in lines]
    if len(sensors) == 1:
        return measures
    return [
        f"{short_name(line.series)} {words.lower()}"
        for line, words in zip(lines, measures, strict=True)
    ]


def label_of(line: Line, panels: Sequence[Panel]) -> str:
    """Return what the legend calls a line: its measure, or its sensor with it."""
    lines = [other for panel in panels for other in panel.lines]
    if line.formula is not None:
        return line.formula
    believed = f", {belief_label(line)}" if line.belief else ""
    if len({other.key.sensor for other in lines}) == 1:
        return measure_label(line.key.measure) + believed
    return f"{short_name(line.series)} {measure_label(line.key.measure).lower()}{believed}"


def belief_label(line: Line) -> str:
    """Return which forecast a line is, in words."""
    belief = line.belief
    if belief is None:
        return ""
    if belief.run is not None:
        return f"run {belief.run}"
    words = [belief.model or (line.run.model if line.run else "newest forecast")]
    words += [f"scenario {belief.scenario}"] if belief.scenario else []
    words += [f"as known {belief.as_of:%-d %b %Y %H:%M} UTC"] if belief.as_of else []
    words += [f"{belief.lead} ahead"] if belief.lead else []
    return ", ".join(words)


def height_of(panels: int) -> int:
    """Return the height of a chart of that many panels in pixels."""
    return HEIGHTS.get(max(panels, 1), HEIGHTS[2] + (panels - 2) * MORE_HEIGHT)


def plot_height_of(panels: int) -> int:
    """Return the part of it that lies between the axes, in pixels."""
    return height_of(panels) - ABOVE - BELOW


def gap_of(panels: int) -> float:
    """Return the share of the plot between two panels: room for a title."""
    return GAP_PIXELS / plot_height_of(panels)


def _heights(count: int, gap: float) -> list[float]:
    if count <= 1:
        return [TALL] * count
    free = TALL - gap * (count - 1)
    if count == 2:  # noqa: PLR2004
        return [free * MAIN_SHARE, free * (1 - MAIN_SHARE)]
    return [free / count] * count
