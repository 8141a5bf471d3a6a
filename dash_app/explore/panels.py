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


class Panel(Frozen):
    """One stripe of the chart: the lines of one unit."""

    number: int
    unit: str | None
    lines: tuple[Line, ...]
    bottom: float
    top: float

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
        labels = [measure_label(measure) for measure in dict.fromkeys(self.measures)]
        text = ", ".join([labels[0], *(label.lower() for label in labels[1:])])
        return f"<b>{text}</b>  {unit_symbol(self.unit)}"

    @property
    def measures(self) -> tuple[str, ...]:
        return tuple(line.key.measure for line in self.lines)


class Paint(Frozen):
    """The colour of a line, counted from 1, and what shares it in the legend."""

    colour: int
    group: str
    repeated: bool = False


def panels_of(lines: Sequence[Line]) -> tuple[Panel, ...]:
    """Group the lines by unit and stack the groups, the first on top and, of two, taller."""
    units = list(dict.fromkeys(line.series.unit for line in lines))
    gap = gap_of(len(units))
    heights = _heights(len(units), gap)
    panels, top = [], TALL
    for number, (unit, height) in enumerate(zip(units, heights, strict=True), start=1):
        members = tuple(line for line in lines if line.series.unit == unit)
        panels.append(
            Panel(number=number, unit=unit, lines=members, bottom=max(top - height, 0), top=top)
        )
        top -= height + gap
    return tuple(panels)


def colours_follow_places(panels: Sequence[Panel]) -> bool:
    """Tell whether the panels split the measures, so that a colour can stand for a sensor."""
    return len(panels) > 0 and all(len(set(panel.measures)) == 1 for panel in panels)


def paint_of(line: Line, panels: Sequence[Panel], sensors: Sequence[str]) -> Paint:
    """Return the colour of a line: that of its sensor, or its own when measures share a panel."""
    if colours_follow_places(panels):
        place = sensors.index(line.key.sensor)
        return Paint(colour=place % COLOURS + 1, group=line.key.sensor, repeated=place >= COLOURS)
    place = line.slot - 1
    return Paint(colour=place % COLOURS + 1, group=str(line.key), repeated=place >= COLOURS)


def label_of(line: Line, panels: Sequence[Panel]) -> str:
    """Return what the legend calls a line: its sensor, its measure, or both."""
    if colours_follow_places(panels):
        return short_name(line.series)
    lines = [other for panel in panels for other in panel.lines]
    if len({other.key.sensor for other in lines}) == 1:
        return measure_label(line.key.measure)
    return f"{short_name(line.series)} {measure_label(line.key.measure).lower()}"


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
