"""`dtbase login`, `logout` and `whoami`: who the command is to the API."""

import sys

import typer

from dtbase.cli import session
from dtbase.cli.asking import Email, FromStdin, ask_hidden, read_password
from dtbase.cli.output import AsJson
from dtbase.client import Client

app = typer.Typer()


@app.command()
def login(email: Email, password_stdin: FromStdin = False) -> None:
    """Log in to the API, and stay logged in until `dtbase logout` or for 30 days."""
    password = ask(password_stdin)
    with session.expecting_api(), Client(session.url()) as client:
        session.save(client.log_in(email, password))
    typer.echo(f"logged in to {session.url()} as {email}")


def ask(from_stdin: bool) -> str:
    """Read a password from stdin or, hidden, from a terminal."""
    if from_stdin:
        return read_password()
    if not sys.stdin.isatty():
        raise typer.BadParameter("nobody can be asked here: say --password-stdin")
    return ask_hidden("Password")


@app.command()
def logout() -> None:
    """End the log-in, here and on the server."""
    tokens = session.load()
    session.forget()
    if tokens is None:
        typer.echo("nobody was logged in")
        return
    with session.expecting_api(), Client(session.url(), tokens=tokens) as client:
        client.log_out()
    typer.echo(f"logged out of {session.url()}")


@app.command()
def whoami(as_json: AsJson = False) -> None:
    """Show who the command is to the API."""
    with session.open_client() as client:
        user = client.me()
    if as_json:
        typer.echo(user.model_dump_json())
    else:
        typer.echo(f"{user.email}\t{user.role}\t{session.url()}")
