"""`dtbase plot`: a series in the terminal."""

import math
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from dtbase.cli.braille import Canvas, Scale, draw
from dtbase.cli.output import AsJson, plain
from dtbase.cli.session import open_client
from dtbase.domain.readings.readings import ReadingsAnswer, SeriesValues
from dtbase.errors import Invalid, NotFound

app = typer.Typer()

HEIGHT = 14
LEAST_WIDTH, MOST_WIDTH = 40, 200
MARGIN = 12
"""Signs left of the line, for numbers."""

Points = Sequence[tuple[float, float]]
Name = Annotated[str, typer.Argument(metavar="SERIES", help="SENSOR/MEASURE.")]
Days = Annotated[float, typer.Option("--days", min=0.01, help="How far back.")]
Ahead = Annotated[str | None, typer.Option("--model", help="Draw what it predicts, too.")]


@app.command("plot")
def plot(series: Name, days: Days = 7, model: Ahead = None, as_json: AsJson = False) -> None:
    """Draw a series in the terminal, as it was in the last days.

    With --model the newest prediction is drawn below it, on the same scale of values.
    """
    end = datetime.now(UTC)
    start = end - timedelta(days=days)
    with open_client() as client:
        read = client.readings.query([series], start, end, points=width() * 2)
        ahead = None
        if model is not None:
            ahead = client.readings.query([series], end, end + (end - start), model=model)
    if as_json:
        typer.echo((ahead or read).model_dump_json(exclude_none=True))
        return
    charts = [("read", points_of(read, series)), (f"{model} predicts", points_of(ahead, series))]
    typer.echo("\n".join(page(f"{series} [{unit_of(read)}]", [each for each in charts if each[1]])))


def width() -> int:
    """Return how many signs there are across for a line."""
    columns = shutil.get_terminal_size().columns
    return min(max(columns, LEAST_WIDTH), MOST_WIDTH) - MARGIN - 1


def unit_of(answer: ReadingsAnswer) -> str:
    return next((each.unit for each in answer.series if each.unit), None) or "no unit"


def points_of(answer: ReadingsAnswer | None, series: str) -> Points:
    """Return the times and the numbers of an answer; what is missing is NaN."""
    if answer is None:
        return []
    return [point for found in answer.series for point in numbers(found, series)]


def numbers(found: SeriesValues, series: str) -> Iterator[tuple[float, float]]:
    """Yield the points of one series, by the mean of each bucket."""
    column = found.values.get("mean") or found.values.get("value") or []
    for time, value in zip(times_of(found), column, strict=False):
        if isinstance(value, str):
            raise Invalid(f"{series} holds texts, which cannot be drawn")
        yield time, math.nan if value is None else float(value)


def times_of(found: SeriesValues) -> Iterator[float]:
    """Yield the times of a series in seconds since 1970."""
    if found.times is not None:
        yield from (time.timestamp() for time in found.times)
    elif found.start is not None and found.step is not None:
        place = 0
        while True:
            yield found.start.timestamp() + place * found.step
            place += 1


def page(title: str, charts: Sequence[tuple[str, Points]]) -> Iterator[str]:
    """Yield the lines of charts below each other, all on one scale of values."""
    known = [y for _, points in charts for _, y in points if not math.isnan(y)]
    if not known:
        raise NotFound(f"{title}: nothing was read in that time; say more --days")
    yield plain(title)
    for name, points in charts:
        yield from chart(name, points, min(known), max(known))


def chart(name: str, points: Points, low: float, high: float) -> Iterator[str]:
    """Yield the lines of one chart."""
    canvas = Canvas(width(), HEIGHT)
    across = Scale(points[0][0], points[-1][0], canvas.columns)
    draw(canvas, points, across, Scale(low, high, canvas.rows))
    for row, line in enumerate(canvas.lines()):
        value = high - (high - low) * row / (HEIGHT - 1)
        label = f"{value:.6g}" if row in (0, HEIGHT // 2, HEIGHT - 1) else ""
        yield f"{label:>{MARGIN - 2}} ┤{line}"
    yield " " * (MARGIN - 1) + "└" + "─" * width()
    first, last = (moment(at) for at in (across.low, across.high))
    yield " " * MARGIN + first + f"{name:^{width() - len(first) - len(last)}}" + last


def moment(seconds: float) -> str:
    """Write a time below a chart."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%MZ}"
