"""Documents lead to files that are there, and docs/README.md to every document."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/*.md", "docs/decisions/*.md")
    for path in ROOT.glob(pattern)
)
DECISIONS = [each for each in DOCUMENTS if re.match(r"docs/decisions/(?!README)", each)]
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[\w-]*)?\)")


def links_in(document: str) -> set[Path]:
    path = ROOT / document
    return {(path.parent / link).resolve() for link in LINK.findall(path.read_text())}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_to_files(document: str) -> None:
    assert not [path for path in links_in(document) if not path.exists()]


@pytest.mark.parametrize("folder", ["docs", "docs/decisions"])
def test_the_index_names_every_document(folder: str) -> None:
    documents = {path for path in (ROOT / folder).glob("*.md") if path.name != "README.md"}
    assert documents - links_in(f"{folder}/README.md") == set()


def test_places_that_contributing_names_are_there() -> None:
    named = re.findall(r"`([\w.]+/[\w./]*)`", (ROOT / "CONTRIBUTING.md").read_text())
    assert named
    assert not [path for path in named if not (ROOT / path).exists()]


def prose_of(document: str) -> list[str]:
    """Return the lines that can be wrapped: no code, no tables, no headings."""
    text = re.sub(
        r"^ *```.*?^ *```", "", (ROOT / document).read_text(), flags=re.MULTILINE | re.DOTALL
    )
    return [line for line in text.splitlines() if not line.lstrip().startswith(("|", "#", "!"))]


def breakable(line: str) -> bool:
    """Tell whether a line could go on in the next one: it is more than one span of code or word."""
    return len(re.findall(r"(?:`[^`]*`|[^\s`])+", line)) > 1


@pytest.mark.parametrize("document", [each for each in DOCUMENTS if each != "CHANGELOG.md"])
def test_prose_is_at_most_a_hundred_columns_wide(document: str) -> None:
    assert not [line for line in prose_of(document) if len(line) > 100 and breakable(line)]


@pytest.mark.parametrize("document", DECISIONS)
def test_a_decision_tells_its_context_its_choice_and_what_it_costs(document: str) -> None:
    parts = re.findall(
        r"^\*\*(Context|Choice|What it costs)\.\*\*", (ROOT / document).read_text(), re.MULTILINE
    )
    assert parts == ["Context", "Choice", "What it costs"]


def test_the_page_of_the_dashboard_names_files_that_there_are() -> None:
    page = (ROOT / "docs/front-end.md").read_text()
    rows = re.findall(r"^\| (`.*?`) \|(.*)\|$", page, re.MULTILINE)
    assert rows
    for names, told in rows:
        files = [ROOT / "dash_app" / name for name in re.findall(r"`([\w/.]+)`", names)]
        assert [path for path in files if not path.exists()] == []
        parts = {part.stem for path in files if path.is_dir() for part in path.iterdir()}
        assert not parts or set(re.findall(r"`(\w+)`", told)) <= parts
