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


@pytest.mark.parametrize("document", [each for each in DOCUMENTS if each != "CHANGELOG.md"])
def test_prose_is_at_most_a_hundred_columns_wide(document: str) -> None:
    """A span of code or a link, which cannot be broken, may reach further."""
    wide = [line for line in prose_of(document) if len(line) > 100]
    assert not [line for line in wide if "`" not in line and "](" not in line]
