"""`dtbase export` and `dtbase apply`: a twin's registry as one document, for git."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import ValidationError

from dtbase.cli.documents import read_document
from dtbase.cli.output import AsJson
from dtbase.cli.session import open_client
from dtbase.domain.blueprints.documents import Blueprint
from dtbase.domain.blueprints.plans import Plan
from dtbase.domain.refusals import rule_of
from dtbase.errors import Invalid

app = typer.Typer()

To = Annotated[Path | None, typer.Argument(help="A .yaml or .json file; else stdout, as YAML.")]
From = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="YAML or JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only print the plan.")]
Cascade = Annotated[
    bool, typer.Option("--cascade", help="Delete readings and runs that stand in the way too.")
]
Keep = Annotated[
    bool, typer.Option("--keep", help="Delete nothing: what left the document stays, as yours.")
]


@app.command("export")
def export(to: To = None) -> None:
    """Write the whole registry as one document."""
    with open_client() as client:
        blueprint = client.blueprint.get()
    if to is None:
        typer.echo(written(blueprint), nl=False)
        return
    to.write_text(as_json(blueprint) if to.suffix == ".json" else written(blueprint))
    typer.echo(f"wrote {to}", err=True)


@app.command("apply")
def apply(
    file: From,
    *,
    yes: Yes = False,
    dry_run: DryRun = False,
    cascade: Cascade = False,
    keep: Keep = False,
    as_json: AsJson = False,
) -> None:
    """Make the twin match a document, all or nothing, after printing what that takes.

    What the document names is the document's from then on. What was the document's and is no
    longer in it is deleted; what services and people have registered is left alone.
    """
    wanted = read(file)
    with open_client() as client:
        plan = client.blueprint.apply(wanted, dry_run=True, cascade=cascade, keep=keep)
        tell(plan, as_json=as_json)
        if not plan.steps or dry_run:
            return
        agree(plan, yes=yes)
        client.blueprint.apply(wanted, cascade=cascade, keep=keep, agreed=plan)
    typer.echo("done", err=as_json)


def read(file: Path) -> Blueprint:
    """Read a document; JSON is YAML."""
    document = read_document(file)
    try:
        return Blueprint.model_validate(document)
    except ValidationError as error:
        unknown_first = sorted(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
        lines = [f"{file}: {broken(found)}" for found in unknown_first]
        raise Invalid("\n".join(lines)) from error


def broken(found: Mapping[str, Any]) -> str:
    """Say which rule a document breaks, and where."""
    where = ".".join(map(str, found["loc"])) or "the document"
    return f"{where}: {rule_of(found, Blueprint)}"


def document_of(blueprint: Blueprint) -> dict[str, Any]:
    """Return a blueprint as it is written: what every twin has anyway is left out."""
    said = blueprint.model_dump(mode="json", exclude_defaults=True)
    return {"dtbase": blueprint.dtbase, **said}


def written(blueprint: Blueprint) -> str:
    """Write a blueprint as YAML."""
    return yaml.safe_dump(document_of(blueprint), sort_keys=False, allow_unicode=True)


def as_json(blueprint: Blueprint) -> str:
    return json.dumps(document_of(blueprint), indent=2, ensure_ascii=False) + "\n"


def tell(plan: Plan, *, as_json: bool) -> None:
    """Print a plan."""
    if as_json:
        typer.echo(plan.model_dump_json(indent=2))
        return
    for step in plan.steps:
        typer.echo(str(step))
    typer.echo(plan.summary)


def agree(plan: Plan, *, yes: bool) -> None:
    """Ask before anything changes."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Invalid("nobody can be asked here: say --yes to go on, or --dry-run to stop here")
    typer.confirm(f"Take these {len(plan.steps)} steps?", abort=True)
