"""What a shell offers when somebody presses Tab behind `dtbase`."""

import subprocess
import sys
from pathlib import Path

from dtbase.cli.commands import COMMANDS
from dtbase.settings import environment_with

PROGRAM = Path(sys.executable).parent / "dtbase"


def offered(*words: str) -> list[str]:
    """Ask as bash does."""
    line = {"COMP_WORDS": " ".join(["dtbase", *words]), "COMP_CWORD": str(len(words))}
    asked = environment_with({"_DTBASE_COMPLETE": "complete_bash", **line})
    done = subprocess.run([PROGRAM], env=asked, capture_output=True, text=True, check=False)
    return done.stdout.split()


def test_commands_are_offered_by_how_they_begin() -> None:
    assert offered("ru") == [name for name in COMMANDS if name.startswith("ru")]


def test_commands_of_a_group_and_options_of_a_command_are_offered() -> None:
    assert offered("key", "") == ["add", "list", "revoke", "refusals"]
    assert offered("import", "--col") == ["--column"]


def test_a_shell_is_given_what_it_needs_for_that() -> None:
    """The shell is known by its process, which must not be what the command takes the place of."""
    asked = ["bash", "-c", '"$0" --show-completion; exit $?', str(PROGRAM)]
    shown = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert "_DTBASE_COMPLETE=complete_bash" in shown.stdout
