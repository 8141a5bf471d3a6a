"""The bench's figures: what was measured, and its ratio to something of the same run."""

import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "RESULTS.md"


@dataclass(frozen=True)
class Figure:
    """One line: a figure, and how it stands to another one."""

    section: str
    name: str
    value: float
    unit: str
    ratio: float | None = None
    to: str = ""
    target: str = ""


@dataclass
class Figures:
    """All lines of one run, told as they come."""

    console: Console = field(default_factory=Console)
    lines: list[Figure] = field(default_factory=list)

    def add(self, figure: Figure) -> None:
        """Note a figure and tell it."""
        self.lines.append(figure)
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f} times {figure.to}"
        self.console.print(
            f"{figure.section}: {figure.name}  {figure.value:,.4g} {figure.unit}  {ratio}",
            highlight=False,
        )

    def note(self, text: str) -> None:
        self.console.print(text, style="dim", highlight=False)

    def show(self) -> None:
        """Print the table."""
        table = Table("", "what", "figure", "ratio", "to", "to reach")
        section = ""
        for line in self.lines:
            first = line.section if line.section != section else ""
            table.add_row(first, *cells(line)[1:], end_section=False)
            section = line.section
        self.console.print(table)

    def write(self, path: Path, facts: dict[str, str], name: str) -> None:
        """Put the table into the results file, in place of the one of that name."""
        title = f"## {name}"
        rows = ["| " + " | ".join(cells(line)) + " |" for line in self.lines]
        described = "; ".join(f"{name} {value}" for name, value in facts.items())
        text = "\n".join(
            [
                title,
                "",
                f"{date.today()}; {platform.machine()}; {described}",  # noqa: DTZ011 - local
                "",
                "| | what | figure | ratio | to | to reach |",
                "|---|---|---:|---:|---|---|",
                *rows,
                "",
            ]
        )
        path.write_text(replaced(path.read_text() if path.exists() else HEAD, title, text))


HEAD = """# What `make bench` measured

Read the ratios, not the absolutes: they come from one run on one machine, two noisy cores.

"""


def cells(line: Figure) -> list[str]:
    ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
    return [line.section, line.name, f"{line.value:,.4g} {line.unit}", ratio, line.to, line.target]


def replaced(document: str, title: str, text: str) -> str:
    """Put a section into a document, in place of the one with the same title."""
    head, *sections = document.split("\n## ")
    others = [section for section in sections if f"## {section}".split("\n")[0] != title]
    kept = "".join(f"\n## {section.rstrip()}\n" for section in others)
    return f"{head.rstrip()}\n{kept}\n{text}"


def seconds(work: Callable[[], object], times: int = 5) -> float:
    """Return the median duration of some work, in seconds, after one run to warm up."""
    work()
    taken = []
    for _ in range(times):
        start = perf_counter()
        work()
        taken.append(perf_counter() - start)
    return median(taken)
