"""Nobody outside dtbase/storage/values reads values past its door."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ROOM = "dtbase/storage/values/"
STORED = "reading|reading_hour|reading_day|reading_inside_day|prediction"
READS = re.compile(rf"\b(FROM|JOIN)\s+({STORED})\b")
TABLES = {"READING", "PREDICTION"}
OTHERS = {
    "dtbase/storage/glance/changes.py": "asks when the last texts came, not what they say",
    "dtbase/storage/forecasts/outcomes.py": "stores predictions",
    "dtbase/storage/forecasts/predictions.py": "stores predictions",
    "dtbase/storage/glance/timelapse.py": "steps through what was believed, of many series at once",
    "dtbase/storage/readings/corrections.py": "changes readings, and keeps what they were",
    "dtbase/storage/readings/deletions.py": "deletes readings",
    "dtbase/storage/readings/readings.py": "names the stored readings that new ones clash with",
    "dtbase/storage/readings/rejudging.py": "judges what is stored by its rules",
    "dtbase/storage/readings/retention.py": "counts by day the suspect readings that it drops",
    "dtbase/storage/readings/rows.py": "asks whether any reading is stored where new ones go",
    "dtbase/storage/readings/stands.py": "asks where meters stood before the readings of a push",
    "dtbase/storage/readings/undoing.py": "puts corrected readings back",
    "dtbase/storage/readings/unimporting.py": "takes back what an import stored",
    "dtbase/storage/registry/measures.py": "logs the hours of a measure whose statistic changes",
    "dtbase/storage/registry/series_data.py": "asks whether series have any, and forgets them",
}
"""Who else names the tables of values in SQL, and what for: none of them answers values."""


def sources() -> Iterator[tuple[str, str]]:
    for package in ("api", "dash_app", "dtbase", "jobs"):
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text()


def names_values(source: str) -> bool:
    """Tell whether a module's SQL, or the tables it imports, are those of values."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and TABLES & {each.name for each in node.names}:
            return True
        if isinstance(node, ast.Constant) and READS.search(str(node.value)):
            return True
    return False


def test_values_are_read_in_one_room() -> None:
    found = {path for path, source in sources() if names_values(source)}
    assert {path for path in found if not path.startswith(ROOM)} == set(OTHERS)
    assert ROOM + "relations.py" in found


@pytest.mark.parametrize(
    "source",
    [
        'AVERAGE = """SELECT avg(value)\n  FROM reading WHERE series_id = :id"""',
        'LATEST = "SELECT max(p.time) FROM run_output o JOIN prediction p ON p.output_id = o.id"',
        "from dtbase.storage.tables.hypertables import READING",
    ],
)
def test_another_way_to_values_would_be_seen(source: str) -> None:
    assert names_values(source)
