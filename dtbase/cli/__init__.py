"""The `dtbase` command."""

import os
import sys
from typing import Annotated

import typer
from pydantic import SecretStr, ValidationError

from dtbase.cli.commands import Lazy, register
from dtbase.cli.exits import REFUSED, Incomplete, RunFailed, code_of
from dtbase.cli.line import ON_THE_LINE, Reach
from dtbase.cli.words import others, spoken
from dtbase.errors import DTBaseError
from dtbase.version import describe

app = typer.Typer(
    cls=Lazy,
    help="Run and tend a digital twin.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
register(app)

Url = Annotated[str | None, typer.Option("--url", help="The API, else DTBASE_API_URL.")]
ApiKey = Annotated[
    str | None,
    typer.Option("--api-key", help="Better set DTBASE_API_KEY: others can see your line."),
]


def tell_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        typer.echo(describe())
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=tell_version, is_eager=True, help="Print the version.")
]


@app.callback()
def reach(url: Url = None, api_key: ApiKey = None, version: Version = False) -> None:
    """Run and tend a digital twin."""
    ON_THE_LINE.set(Reach(url=url, api_key=SecretStr(api_key) if api_key else None))


def main() -> None:
    """Run the command; what is refused is said in a sentence."""
    try:
        app()
    except DTBaseError as error:
        fail(spoken("\n".join([error.detail, *others(error)])), code_of(error))
    except (RunFailed, Incomplete) as error:
        fail(str(error), error.code)
    except ValidationError as error:
        fail(advice(error))
    except BrokenPipeError:  # who reads has seen enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def advice(error: ValidationError) -> str:
    """Say which settings are missing or wrong, or which values on the line are."""
    findings = [(".".join(map(str, found["loc"])), found["msg"]) for found in error.errors()]
    if not error.title.endswith("Settings"):
        return "; ".join(f"{name}: {rule}".removeprefix(": ") for name, rule in findings)
    names = ", ".join(f"DTBASE_{name}".upper() for name, _ in findings)
    return f"set {names} in the environment or in .env; docs/configuration.md says how"


def fail(sentence: str, code: int = REFUSED) -> None:
    """Say on stderr why the command stops."""
    typer.echo(f"dtbase: {sentence}", err=True)
    sys.exit(code)
