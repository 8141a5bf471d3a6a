"""The `dtbase` command starts at once, and lists what it can do."""

import subprocess
import sys

import pytest

from dtbase.cli.commands import COMMANDS

HEAVY = ("pandas", "pyarrow", "sqlalchemy", "pint", "numpy", "psycopg", "redis", "requests")
IMPORTED = """
import sys
sys.argv = ["dtbase", *{arguments}]
try:
    from dtbase.cli import main
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
print(*(name for name in {heavy} if name in sys.modules))
"""


def imported_by(*arguments: str) -> set[str]:
    """Return which heavy modules a command has imported when it ends."""
    script = IMPORTED.format(arguments=[*arguments], heavy=HEAVY)
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(ended.stdout.splitlines()[-1].split())


def test_the_help_imports_nothing_heavy() -> None:
    assert imported_by("--help") == set()


@pytest.mark.parametrize("command", ["login", "key", "export", "whoami"])
def test_what_goes_over_the_api_needs_no_database_layer(command: str) -> None:
    assert imported_by(command, "--help").isdisjoint({"sqlalchemy", "pandas", "pyarrow", "pint"})


@pytest.mark.parametrize("command", ["up", "down"])
def test_a_twin_is_started_and_stopped_without_waiting_for_clients_of_services(
    command: str,
) -> None:
    """So the fork server begins at once, and `make up` imports them while that works."""
    assert imported_by(command, "--help").isdisjoint({"psycopg", "redis", "sqlalchemy", "numpy"})


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_says_of_each_command_what_it_says_of_itself(name: str) -> None:
    said = COMMANDS[name].load(name).help
    assert COMMANDS[name].help == said.partition("\n\n")[0].replace("\n", " ").strip()
