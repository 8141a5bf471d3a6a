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
