"""`dtbase user`: the people who can log in."""

import typer

from dtbase.cli.asking import Email, FromStdin, ask_new_password
from dtbase.cli.output import AsJson, tell, tell_one
from dtbase.domain.people.passwords import generate_password
from dtbase.domain.people.users import NewUser, Role, User, UserChange
from dtbase.storage.database import transaction
from dtbase.storage.people import users
from dtbase.storage.people.passwords import get_hasher

app = typer.Typer(help="The people who can log in.", no_args_is_help=True)


class WithPassword(User):
    """A user, for programs; with the password if one was made up."""

    password: str | None = None


@app.command("add")
def add_user(
    email: Email,
    role: Role = Role.VIEWER,
    password_stdin: FromStdin = False,
    as_json: AsJson = False,
) -> None:
    """Let somebody in; without a password, one is made up and printed."""
    given = ask_new_password(password_stdin)
    password = given or generate_password()
    new = NewUser.model_validate({"email": email, "role": role, "password": password})
    with transaction() as session:
        user = users.add(session, new, get_hasher())
    made_up = None if given else password
    tell_user(user, f"added {user.email} as {user.role}", as_json=as_json, password=made_up)


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
def set_role(email: Email, role: Role, as_json: AsJson = False) -> None:
    """Give a user another role; it holds at once."""
    user = change(email, UserChange(role=role))
    tell_user(user, f"{user.email} is now {user.role}", as_json=as_json)


@app.command("set-password")
def set_password(email: Email, password_stdin: FromStdin = False, as_json: AsJson = False) -> None:
    """Give a user a new password, and end the user's sessions."""
    given = ask_new_password(password_stdin)
    password = given or generate_password()
    user = change(email, UserChange.model_validate({"password": password}))
    made_up = None if given else password
    tell_user(user, f"{user.email} has a new password", as_json=as_json, password=made_up)


@app.command("deactivate")
def deactivate(email: Email, as_json: AsJson = False) -> None:
    """Keep a user out, at once, without forgetting the user."""
    user = change(email, UserChange(active=False))
    tell_user(user, f"{user.email} cannot log in any more", as_json=as_json)


@app.command("activate")
def activate(email: Email, as_json: AsJson = False) -> None:
    """Let a user in again."""
    user = change(email, UserChange(active=True))
    tell_user(user, f"{user.email} can log in again", as_json=as_json)


def change(email: str, wanted: UserChange) -> User:
    """Change the user with an e-mail."""
    with transaction() as session:
        return users.update(session, users.find(session, email).id, wanted, get_hasher())


def tell_user(user: User, sentence: str, *, as_json: bool, password: str | None = None) -> None:
    """Print what became of a user; a password that was made up is shown this once."""
    told = WithPassword(**user.model_dump(), password=password)
    tell_one(told, sentence, as_json=as_json)
    if password and not as_json:
        typer.echo(f"password: {password}")
