"""`dtbase export` and `dtbase apply`: a twin's registry as one document, for git."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import ValidationError

from dtbase.cli.session import open_client
from dtbase.client.blueprints import Registered
from dtbase.domain.blueprint import Action, Blueprint, Step
from dtbase.errors import DTBaseError, Invalid

app = typer.Typer()

To = Annotated[Path | None, typer.Argument(help="A .yaml or .json file; else stdout, as YAML.")]
From = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="YAML or JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only print the plan.")]
Cascade = Annotated[
    bool, typer.Option("--cascade", help="Delete readings and runs that stand in the way too.")
]


@app.command("export")
def export(to: To = None) -> None:
    """Write the whole registry as one document."""
    with open_client() as client:
        blueprint = Registered(client).blueprint
    if to is None:
        typer.echo(written(blueprint), nl=False)
        return
    to.write_text(as_json(blueprint) if to.suffix == ".json" else written(blueprint))
    typer.echo(f"wrote {to}", err=True)


@app.command("apply")
def apply(file: From, yes: Yes = False, dry_run: DryRun = False, cascade: Cascade = False) -> None:
    """Make the twin match a document, after printing what that takes."""
    wanted = read(file)
    with open_client() as client:
        registered = Registered(client)
        registered.check(wanted)
        steps = registered.plan(wanted)
        tell(steps)
        if not steps or dry_run:
            return
        agree(steps, yes=yes)
        for number, step in enumerate(steps):
            try:
                registered.take(step, wanted, cascade=cascade)
            except DTBaseError as error:
                raise stopped(error, number, steps) from error
    typer.echo("done")


def read(file: Path) -> Blueprint:
    """Read a document; JSON is YAML."""
    try:
        document = yaml.safe_load(file.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Invalid(f"{file} is neither YAML nor JSON: {error}") from error
    try:
        return Blueprint.model_validate(document)
    except ValidationError as error:
        found = error.errors()[0]
        where = ".".join(map(str, found["loc"])) or "the document"
        raise Invalid(f"{file}: {where}: {found['msg'].removeprefix('Value error, ')}") from error


def document_of(blueprint: Blueprint) -> dict[str, Any]:
    """Return a blueprint as it is written: what goes without saying is left out."""
    said = blueprint.model_dump(mode="json", exclude_defaults=True)
    return {"dtbase": blueprint.dtbase, **said}


def written(blueprint: Blueprint) -> str:
    """Write a blueprint as YAML."""
    return yaml.safe_dump(document_of(blueprint), sort_keys=False, allow_unicode=True)


def as_json(blueprint: Blueprint) -> str:
    """Write a blueprint as JSON."""
    return json.dumps(document_of(blueprint), indent=2, ensure_ascii=False) + "\n"


def tell(steps: Sequence[Step]) -> None:
    """Print a plan."""
    for step in steps:
        typer.echo(str(step))
    counts = [f"{sum(step.action is each for step in steps)} to {each}" for each in Action]
    typer.echo(", ".join(counts) if steps else "nothing to do")


def agree(steps: Sequence[Step], *, yes: bool) -> None:
    """Ask before anything changes."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Invalid("nobody can be asked here: say --yes to go on, or --dry-run to stop here")
    typer.confirm(f"Take these {len(steps)} steps?", abort=True)


def stopped(error: DTBaseError, number: int, steps: Sequence[Step]) -> DTBaseError:
    """Say how far an application came."""
    return type(error)(
        f"stopped at {steps[number]!s}: {error.detail} ({number} of {len(steps)} steps are taken;"
        " apply again once that is mended)",
        violations=error.violations,
    )
