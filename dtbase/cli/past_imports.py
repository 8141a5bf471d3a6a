"""`dtbase imports`: what was imported, by whom, and undoing one of them as a whole."""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from dtbase.cli.exits import Incomplete
from dtbase.cli.output import AsJson, say_more, tell, tell_one
from dtbase.cli.session import open_client
from dtbase.client import Client
from dtbase.domain.imports.imports import Undone

app = typer.Typer()

Limit = Annotated[int, typer.Option("--limit", min=1, help="How many to list.")]
Search = Annotated[str | None, typer.Option("--search", help="A part of the file's name.")]
ImportId = Annotated[int, typer.Argument(metavar="NUMBER", help="As `dtbase imports` lists it.")]


@app.callback(invoke_without_command=True)
def list_imports(
    context: typer.Context, search: Search = None, limit: Limit = 20, as_json: AsJson = False
) -> None:
    """List what was imported, the newest first, or undo one of them."""
    if context.invoked_subcommand is not None:
        return
    with open_client() as client:
        found = client.imports.list(search=search, limit=limit)
    columns = {
        "import": lambda it: it.id,
        "file": lambda it: it.file,
        "begun": lambda it: it.started_at,
        "by": lambda it: it.made_by,
        "read": lambda it: it.report.readings.read,
        "inserted": lambda it: it.report.readings.inserted,
        "replaced": lambda it: it.report.readings.replaced,
        "unchanged": lambda it: it.report.readings.unchanged,
        "set aside": lambda it: it.report.readings.set_aside,
        "skipped": lambda it: it.report.skipped,
        "state": lambda it: it.state,
    }
    tell(found, columns, as_json=as_json)
    say_more(found, limit)


@app.command("undo")
def undo(import_id: ImportId, as_json: AsJson = False) -> None:
    """Take back what an import stored, wherever it still stands as it was stored.

    What it replaced is put back. What was changed or deleted since is left as it is, and told: the
    command ends with 8 then. Sensors that were made on the way stay.
    """
    with open_client() as client:
        done = undone(client, import_id)
    left = {"changed since": done.changed, "dropped by retention": done.dropped}
    told = ", ".join(f"{count:,} {why}" for why, count in left.items() if count)
    sentence = f"import {import_id}: {done.removed:,} readings removed, {done.restored:,} restored"
    tell_one(done, sentence, as_json=as_json)
    if told:
        raise Incomplete(f"not undone: {told}")


def undone(client: Client, import_id: int) -> Undone:
    """Undo an import, and show how far that is."""
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as shown:
        task = shown.add_task("undoing", total=client.imports.get(import_id).standing)
        return client.imports.undo(
            import_id,
            lambda so_far: shown.update(
                task,
                completed=so_far.removed + so_far.restored + so_far.changed + so_far.dropped,
            ),
        )
