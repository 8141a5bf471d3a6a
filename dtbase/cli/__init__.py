"""The `dtbase` command."""

import sys

import typer
from pydantic import ValidationError

from dtbase.cli import local, users
from dtbase.errors import DTBaseError

app = typer.Typer(
    help="Run and tend a digital twin.", no_args_is_help=True, pretty_exceptions_enable=False
)
app.add_typer(local.app)
app.add_typer(users.app, name="user")


def main() -> None:
    """Run the command; what is refused is said in a sentence."""
    try:
        app()
    except DTBaseError as error:
        fail(error.detail)
    except ValidationError as error:
        if not error.title.endswith("Settings"):
            raise
        names = ", ".join(f"DTBASE_{found['loc'][0]}".upper() for found in error.errors())
        fail(f"set {names} in the environment or in .env; docs/configuration.md says how")


def fail(sentence: str) -> None:
    """Say on stderr why the command stops."""
    typer.echo(f"dtbase: {sentence}", err=True)
    sys.exit(1)
