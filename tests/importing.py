"""Files of readings for tests, and the command that imports them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from typer.testing import CliRunner, Result

from dtbase.cli import app
from dtbase.errors import DTBaseError, Invalid
from dtbase.storage.database import get_engine

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def run(*arguments: object) -> Result:
    """Import, raising what is refused."""
    result = CliRunner().invoke(app, ["import", *map(str, arguments)])
    if isinstance(result.exception, DTBaseError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def dry_run(*arguments: object) -> list[str]:
    """Return what a dry run reports of files that cannot be imported, line by line."""
    result = CliRunner().invoke(app, ["import", "--dry-run", *map(str, arguments)])
    assert isinstance(result.exception, Invalid)
    assert "cannot be imported like this; nothing was stored" in result.exception.detail
    assert stored() == []
    return result.stdout.splitlines()


def rewrite(path: Path, cells: dict[int, str]) -> None:
    """Replace rows of a file by their numbers, as an editor shows them."""
    lines = path.read_text().splitlines()
    for row, line in cells.items():
        lines[row - 1] = line
    path.write_text("\n".join(lines))


def stored(measure: str = "temperature") -> list[tuple[datetime, float | str]]:
    """Return every reading of a measure."""
    query = text(
        "SELECT time, coalesce(text, value::text) FROM reading JOIN series s ON s.id = series_id"
        " JOIN measure m ON m.id = s.measure_id WHERE m.name = :measure ORDER BY time"
    )
    with get_engine().connect() as connection:
        rows = connection.execute(query, {"measure": measure}).all()
    return [(time, value) for time, value in rows]


def long_csv(path: Path, count: int, values: range | None = None) -> Path:
    """Write a long file with so many minutes of temperature."""
    lines = [
        f"one,temperature,{(START + n * MINUTE).isoformat()},{value}\n"
        for n, value in zip(range(count), values or range(count), strict=True)
    ]
    path.write_text("sensor,measure,time,value\n" + "".join(lines))
    return path


def all_stored() -> dict[str, list[tuple[datetime, float]]]:
    """Return every reading by its series."""
    query = text(
        "SELECT sensor.identifier || '/' || m.name, time, value FROM reading"
        " JOIN series s ON s.id = series_id JOIN sensor ON sensor.id = s.sensor_id"
        " JOIN measure m ON m.id = s.measure_id ORDER BY 1, 2"
    )
    found: dict[str, list[tuple[datetime, float]]] = {}
    with get_engine().connect() as connection:
        for name, time, value in connection.execute(query):
            found.setdefault(name, []).append((time.astimezone(UTC), value))
    return found
