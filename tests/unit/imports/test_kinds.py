"""Files of loggers, inverters, agencies and programs, each with the readings that it means.

Beside each file in `kinds/` stands what is read of it by a guess: what has to be said (always the
zone of Berlin), what the guess is not sure of, each reading, and each row that cannot be read.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dtbase.cli import app
from dtbase.cli.import_reports import imported
from dtbase.domain.imports.reports import ImportAnswer
from dtbase.errors import Invalid
from dtbase.importing.choosing import choose
from dtbase.importing.sources import Source
from tests.reading_files import read

KINDS = Path(__file__).parent / "kinds"
READINGS = ".readings"
FILES = sorted(path.name for path in KINDS.iterdir() if path.suffix != READINGS)
BERLIN = {"timezone": "Europe/Berlin"}


def told(path: Path) -> Iterator[str]:
    """Say how a file is read by a guess."""
    source = Source.of(path)
    guess = choose(source, {})
    yield f"asks {', '.join(sorted(guess.undecided)) or 'nothing'}"
    said = {"time": BERLIN} if "timezone" in guess.undecided else {}
    chosen = choose(source, said)
    yield from (f"not sure {doubt}" for doubt in chosen.doubts)
    was = read(path, chosen.profile.model_dump())
    units = {plan.series: plan.unit for plan in chosen.profile.columns.values()}
    yield from (f"unit {series} {unit}" for series, unit in units.items() if unit)
    yield from (f"{series} {time} {value}" for series, time, value in was.readings)
    yield from (f"row {row} {rule}" for row, rule in was.rules)
    passed = was.tally.row_counts().passed_over
    yield from (f"{count} {what}" for what, count in passed.items())


def test_a_guess_is_told_as_json_as_the_api_answers_it() -> None:
    said = ["import", "--guess", "--json", str(KINDS / "dwd.txt")]
    answer = ImportAnswer.model_validate_json(CliRunner().invoke(app, said).stdout)
    assert answer.report.kind == "DWD's station data"
    assert (answer.report.rows.read, answer.report.readings.read) == (3, 5)
    assert [each.value for each in answer.first] == [7.1, 91.0, 6.9, 6.8, 93.0]


def test_a_header_of_other_columns_below_is_never_read_as_of_these(tmp_path: Path) -> None:
    path = tmp_path / "swapped.csv"
    path.write_text("time,a,b\n2026-03-28T10:00Z,1,20\ntime,b,a\n2026-03-28T10:01Z,20,1\n")
    with pytest.raises(Invalid, match="row 3 is a header that names other columns"):
        read(path, {"columns": {"a": "s/a", "b": "s/b"}})


LINES = "time,a\n2026-03-28T10:00Z,21.5\n2026-03-28T10:01Z,2"


@pytest.mark.parametrize(
    ("content", "encoding", "unended"),
    [
        (LINES, "utf-8", True),
        (LINES + "1.5\n", "utf-8", False),
        (LINES.replace("\n", "\r\n"), "utf-8", True),
        (LINES.replace("\n", "\r\n") + "\r\n", "utf-8", False),
        (LINES.replace("\n", "\r") + "\r", "utf-8", False),
        (LINES, "utf-16", True),
        (LINES + "\n", "utf-16", False),
        ("time,a\n" + "2026-03-28T10:00Z,1\n" * 200_000 + "2026-03-28T10:01Z,2", "utf-8", True),
        ("time,a\n" + "2026-03-28T10:00Z,1\n" * 200_000, "utf-8", False),
        ("time,a\n2026-03-28T10:00Z", "utf-8", True),
    ],
)
def test_a_last_row_that_is_not_ended_is_told(
    tmp_path: Path, content: str, encoding: str, unended: bool
) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(content.encode(encoding))
    was = read(path, {"columns": {"a": "s/a"}, "encoding": encoding})
    assert was.tally.row_counts().unended is unended


@pytest.mark.parametrize(("end", "told_of"), [("", True), ("\n", False)])
def test_a_cut_last_row_is_told_before_anything_is_stored(
    tmp_path: Path, end: str, told_of: bool
) -> None:
    path = tmp_path / "log.csv"
    path.write_text(LINES + end)
    said = ["import", "--guess", "--json", str(path)]
    answer = ImportAnswer.model_validate_json(CliRunner().invoke(app, said).stdout)
    assert answer.report.rows.unended is told_of
    lines = [*imported(path, answer.report)]
    assert any("may be cut off" in line for line in lines) is told_of


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_this_kind_is_read_as_it_is_meant(name: str) -> None:
    expected = (KINDS / f"{name}{READINGS}").read_text(encoding="utf-8")
    assert list(told(KINDS / name)) == expected.splitlines()
