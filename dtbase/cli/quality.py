"""`dtbase quality`: how complete and how good series are."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from dtbase.cli.output import AsJson, tell
from dtbase.cli.session import open_client
from dtbase.domain.frozen import Frozen
from dtbase.domain.readings.flags import QualityFlag
from dtbase.domain.readings.quality import MonthQuality

app = typer.Typer()

Names = Annotated[list[str], typer.Argument(metavar="SERIES", help="SENSOR/MEASURE; any number.")]
Months = Annotated[int, typer.Option("--months", min=1, max=120, help="How far back.")]


class Line(Frozen):
    """A month of a series."""

    series: str
    month: MonthQuality


@app.command("quality")
def show_quality(series: Names, months: Months = 12, as_json: AsJson = False) -> None:
    """Tell month by month how complete and how good series are, and when they were silent."""
    end = datetime.now(UTC)
    with open_client() as client:
        found = client.quality.of(series, end - timedelta(days=months * 30.5), end)
    if as_json:
        typer.echo("[" + ",\n ".join(each.model_dump_json() for each in found) + "]")
        return
    lines = [
        Line(series=f"{each.sensor}/{each.measure}", month=month)
        for each in found
        for month in each.months
    ]
    columns = {
        "series": lambda it: it.series,
        "month": lambda it: f"{it.month.month:%Y-%m}",
        "complete": lambda it: f"{it.month.completeness:.1%}",
        "readings": lambda it: it.month.readings,
        "suspect": lambda it: it.month.flags.get(QualityFlag.SUSPECT, 0),
        "set aside": lambda it: sum(it.month.flags.get(flag, 0) for flag in ASIDE),
        "longest silence": lambda it: silence(it.month),
    }
    tell(lines, columns)


ASIDE = (QualityFlag.FAIL, QualityFlag.MISSING)


def silence(month: MonthQuality) -> str | None:
    """Write when a series was silent for longest."""
    found = month.longest_silence
    if found is None:
        return None
    return f"{found.seconds / 3600:.1f} h from {found.start:%Y-%m-%d %H:%M}"
