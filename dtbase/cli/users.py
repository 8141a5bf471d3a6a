"""`dtbase user`: the people who can log in."""

import typer

from dtbase.cli.asking import Email, FromStdin, ask_new_password
from dtbase.cli.output import AsJson, tell
from dtbase.domain.people.passwords import generate_password
from dtbase.domain.people.users import NewUser, Role, User, UserChange
from dtbase.storage.database import transaction
from dtbase.storage.people import users
from dtbase.storage.people.passwords import get_hasher

app = typer.Typer(help="The people who can log in.", no_args_is_help=True)


@app.command("add")
def add_user(email: Email, role: Role = Role.VIEWER, password_stdin: FromStdin = False) -> None:
    """Let somebody in; without a password, one is made up and printed."""
    password = ask_new_password(password_stdin)
    new = NewUser.model_validate(
        {"email": email, "role": role, "password": password or generate_password()}
    )
    with transaction() as session:
        user = users.add(session, new, get_hasher())
    typer.echo(f"added {user.email} as {user.role}")
    tell_password(password, new.password.get_secret_value())


@app.command("list")
def list_users(as_json: AsJson = False) -> None:
    """List everybody."""
    with transaction() as session:
        everybody = users.list(session)
    if as_json:
        tell(everybody, {}, as_json=True)
        return
    for user in everybody:
        typer.echo(f"{user.email}\t{user.role}\t{'active' if user.active else 'inactive'}")


@app.command("set-role")
def set_role(email: Email, role: Role) -> None:
    """Give a user another role; it holds at once."""
    user = change(email, UserChange(role=role))
    typer.echo(f"{user.email} is now {user.role}")


@app.command("set-password")
def set_password(email: Email, password_stdin: FromStdin = False) -> None:
    """Give a user a new password, and end the user's sessions."""
    password = ask_new_password(password_stdin)
    new = password or generate_password()
    user = change(email, UserChange.model_validate({"password": new}))
    typer.echo(f"{user.email} has a new password")
    tell_password(password, new)


@app.command("deactivate")
def deactivate(email: Email) -> None:
    """Keep a user out, at once, without forgetting the user."""
    typer.echo(f"{change(email, UserChange(active=False)).email} cannot log in any more")


@app.command("activate")
def activate(email: Email) -> None:
    """Let a user in again."""
    typer.echo(f"{change(email, UserChange(active=True)).email} can log in again")


def change(email: str, wanted: UserChange) -> User:
    """Change the user with an e-mail."""
    with transaction() as session:
        return users.update(session, users.find(session, email).id, wanted, get_hasher())


def tell_password(given: str, password: str) -> None:
    """Print a password that was made up; it is shown this once."""
    if not given:
        typer.echo(f"password: {password}")
