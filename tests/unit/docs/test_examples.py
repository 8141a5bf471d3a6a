"""What the documents show can be pasted as it stands, and leads where it says."""

import codeop
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from dtbase.cli import exits
from dtbase.cli.commands import COMMANDS
from dtbase.domain.blueprints.documents import Blueprint, Kind
from dtbase.domain.imports.profiles import Profile
from dtbase.local.places import CHECKOUT

PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
FLAGS = re.DOTALL | re.MULTILINE
NEEDED = {"DTBASE_API_URL", "DTBASE_EMAIL", "DTBASE_PASSWORD", "DTBASE_DATABASE_URL"}
"""What the reader has: from the lines that `make up` ends with, or as operator."""


class Block(NamedTuple):
    """A block of code of a page."""

    page: str
    language: str
    code: str


def blocks(language: str) -> Iterator[Block]:
    for page in PAGES:
        for code in re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), flags=FLAGS):
            yield Block(page.name, language, code)


def names(block: Block) -> str:
    return f"{block.page}: {block.code.strip().splitlines()[0][:40]}"


@pytest.mark.parametrize("block", [*blocks("python")], ids=names)
def test_a_python_example_names_nothing_that_it_does_not_import(block: Block) -> None:
    ruff = Path(sys.executable).with_name("ruff")
    done = subprocess.run(  # noqa: S603 - our own pages
        [ruff, "check", "--isolated", "--select", "F821,F401", "-"],
        input=block.code,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def statements(code: str) -> Iterator[str]:
    """Split code as a prompt does, to which an empty line ends what is indented."""
    begun: list[str] = []
    for line in [*code.splitlines(), ""]:
        begun.append(line)
        if codeop.compile_command("\n".join(begun)) is not None:
            yield "\n".join(begun)
            begun.clear()


@pytest.mark.parametrize("block", [*blocks("python")], ids=names)
def test_a_python_example_can_be_pasted_into_a_prompt(block: Block) -> None:
    if re.search("^class ", block.code, flags=re.MULTILINE):
        return  # a file of its own, as its page says
    assert [*statements(block.code)]


def test_no_two_examples_make_a_key_of_the_same_name() -> None:
    made = [
        name
        for block in blocks("sh")
        for name in re.findall(r"dtbase key add \"?([^\"-]+)\"? ", block.code)
    ]
    assert made
    assert [name for name, times in Counter(made).items() if times > 1] == []


def test_a_yaml_example_is_a_document_or_a_profile() -> None:
    """What a page shows of the settings of others, such as Prometheus, stands further in."""
    shown = [yaml.safe_load(block.code) for block in blocks("yaml")]
    assert len(shown) >= 5
    for each in shown:
        Profile.model_validate(each) if "time" in each else Blueprint.model_validate(each)


def test_the_page_of_the_document_names_every_kind() -> None:
    page = (CHECKOUT / "docs" / "client.md").read_text()
    assert [kind for kind in Kind if f"`{kind}`" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_sets_every_variable_that_its_shell_examples_use(page: Path) -> None:
    code = "\n".join(block.code for block in blocks("sh") if block.page == page.name)
    code = re.sub(r"'[^'\n]*'", "", code)  # in single quotes the shell replaces nothing
    used = set(re.findall(r"\$\{?([A-Z][A-Z0-9_]+)", code))
    given = set(re.findall(r"\b([A-Z][A-Z0-9_]+)=", code))
    assert used - given - NEEDED - {"PWD"} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_speaks_only_of_commands_that_there_are(page: Path) -> None:
    spoken = re.findall(r"(?:^|[`(|]|\$\()dtbase ([a-z]+)", page.read_text(), flags=re.MULTILINE)
    assert set(spoken) - set(COMMANDS) == set()


def test_the_page_of_the_command_tells_every_command_and_every_exit_code() -> None:
    page = (CHECKOUT / "docs" / "command.md").read_text()
    hidden = {"healthy"}  # for containers
    assert [
        name
        for name in COMMANDS
        if name not in hidden and f"`{name}" not in page and f"dtbase {name}" not in page
    ] == []
    codes = {0, exits.USAGE, exits.REFUSED, exits.RunFailed.code, *exits.CODES.values()}
    assert [code for code in codes if f"| {code} |" not in page] == []


def test_whatever_lists_or_shows_has_json() -> None:
    shows = ["runs", "logs", "run", "plot", "whoami", "apply"]
    shows += ["series", "sensors", "measures", "locations", "models", "services", "schedules"]
    for name in shows:
        command = COMMANDS[name].load(name)
        if name == "run":
            command = COMMANDS["runs"].load("run")
        assert "--json" in [each for one in command.params for each in one.opts], name
