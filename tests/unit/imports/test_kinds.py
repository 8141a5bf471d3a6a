"""Files of loggers, inverters, agencies and programs, each with the readings that it means.

Beside each file in `kinds/` stands what is read of it by a guess: what has to be said (always the
zone of Berlin), what the guess is not sure of, each reading, and each row that cannot be read.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_this_kind_is_read_as_it_is_meant(name: str) -> None:
    expected = (KINDS / f"{name}{READINGS}").read_text(encoding="utf-8")
    assert list(told(KINDS / name)) == expected.splitlines()
