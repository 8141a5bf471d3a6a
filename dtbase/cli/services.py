"""`dtbase service`: services of one's own."""

import re
import shlex
import sys
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from dtbase.errors import AlreadyExists, Invalid

app = typer.Typer(help="Services of your own.", no_args_is_help=True)

Folder = Annotated[Path, typer.Option("--folder", help="Where to make the package's folder.")]


@app.callback()
def services() -> None:
    """Services of your own."""


@app.command("new")
def new_service(name: str, folder: Folder = Path()) -> None:
    """Write a package with one tested service, ready to install."""
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,99}", name) or name.endswith("-"):
        raise Invalid(f"{name!r} is not a package name: lower case letters, digits and '-'")
    made = folder / name
    if made.exists():
        raise AlreadyExists(f"{made} already exists")
    module, kind = name.replace("-", "_"), "".join(map(str.capitalize, name.split("-")))
    for place, text in templates():
        path = made / place.replace("MODULE", module)
        path.parent.mkdir(parents=True, exist_ok=True)
        words = text.replace("MODULE", module).replace("SERVICE", name).replace("KIND", kind)
        path.write_text(words)
    typer.echo(f"{made} is there; docs/writing-a-service.md says how to go on:")
    python = shlex.quote(sys.executable)
    typer.echo(f"  {python} -m pip install --editable {shlex.quote(f'{made}[test]')}")
    typer.echo(f"  {python} -m pytest {shlex.quote(str(made))}")


def templates() -> list[tuple[str, str]]:
    """Return the files of a starter package: where each goes, and its text."""
    source = resources.files("dtbase.cli") / "starter"
    places = {
        "pyproject.toml.txt": "pyproject.toml",
        "module.py.txt": "MODULE.py",
        "test_module.py.txt": "tests/test_MODULE.py",
        "README.md.txt": "README.md",
    }
    return [(place, (source / name).read_text()) for name, place in places.items()]
