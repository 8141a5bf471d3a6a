"""The commands by name, each in a module that is imported when it is called.

So `dtbase --help` and every command answer at once: the database layer alone takes a second.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperGroup


class Command(NamedTuple):
    """Where a command is, and what `dtbase --help` says of it."""

    module: str
    help: str

    def load(self, name: str) -> Any:
        """Import the command, or the group of commands of that name."""
        group = typer.main.get_group(import_module(f"dtbase.cli.{self.module}").app)
        return group.commands.get(name, group)


COMMANDS: Mapping[str, Command] = {
    "up": Command("local", "Run the twin in the foreground: database, API, dashboard, workers."),
    "down": Command("local", "Stop a twin that was left running."),
    "clean": Command("local", "Remove the twin's data, after asking."),
    "run": Command("run", "Run a service; or one process: api, dash, worker, scheduler, migrate."),
    "setup": Command("setup", "What a new twin needs once: its secrets, its first admin."),
    "healthy": Command("healthy", "Tell whether a process on this machine does its work."),
    "login": Command(
        "login", "Log in to the API, and stay logged in until `dtbase logout` or for 30 days."
    ),
    "logout": Command("login", "End the log-in, here and on the server."),
    "whoami": Command("login", "Show who the command is to the API."),
    "import": Command(
        "imports",
        "Import readings from files of any size: logs of any kind, spreadsheets, Parquet.",
    ),
    "imports": Command(
        "past_imports", "List what was imported, the newest first, or undo one of them."
    ),
    "export": Command("twin", "Write the whole registry as one document."),
    "apply": Command(
        "twin", "Make the twin match a document, all or nothing, after printing what that takes."
    ),
    "runs": Command("runs", "List the runs of services, the newest first."),
    "logs": Command("runs", "Show what a run has logged."),
    "cancel": Command("runs", "Call a run off."),
    "plot": Command("plots", "Draw a series in the terminal, as it was in the last days."),
    "series": Command("lists", "List the series with their last values."),
    "quality": Command(
        "quality",
        "Tell month by month how complete and how good series are, and when they were silent.",
    ),
    "sensors": Command("lists", "List the sensors, their types, and where they stand."),
    "measures": Command("lists", "List what is measured, and in which units."),
    "locations": Command("lists", "List the locations, and what each stands in."),
    "models": Command("lists", "List the models that predict."),
    "services": Command("lists", "List the services that can be run, and their parameters."),
    "schedules": Command("lists", "List the schedules, and when each is due."),
    "api": Command(
        "raw",
        "Send any request to the API, and print what it answers.",
    ),
    "user": Command("users", "The people who can log in."),
    "invitation": Command("invitations", "Links by which people become users."),
    "key": Command("keys", "API keys of devices and scripts."),
    "service": Command("services", "Services of your own."),
    "storage": Command("storage", "How readings are stored, and how long."),
}


class Lazy(TyperGroup):
    """Commands that stand there by name and help, and are imported when one is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Import the command that a line calls."""
        name, stand_in, rest = super().resolve_command(ctx, args)
        found = COMMANDS.get(name or "")
        return name, stand_in if found is None else found.load(str(name)), rest


def register(app: typer.Typer) -> None:
    """Give an application of this class its commands."""

    def stand_in() -> None:
        """Be replaced before it is called."""

    for name, command in COMMANDS.items():
        app.command(name, help=command.help)(stand_in)
