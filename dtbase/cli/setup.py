"""`dtbase setup`: what a new twin needs once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer

from dtbase.cli.asking import Email
from dtbase.domain.people.passwords import generate_password
from dtbase.local import admin
from dtbase.local.secret_folders import Accounts, Places, hand_out

app = typer.Typer(
    help="What a new twin needs once: its secrets, its first admin.", no_args_is_help=True
)

FIRST_PASSWORD_LIFE = timedelta(days=7)

TOLD_ONCE = """
The first log-in, told this once:

  E-mail      {email}
  Password    {password}

It lets you in until {until:%d %B %Y, %H:%M} UTC; a password that you set yourself stays good.
`dtbase user set-password {email}` makes another.
"""


@app.command("secrets")
def make_secrets(
    folder: Path,
    dtbase_uid: int = Accounts().dtbase,
    redis_uid: int = Accounts().redis,
    database: str = Places().database,
    redis: str = Places().redis,
) -> None:
    """Make the secrets of a twin in containers, and hand to each container what it may read."""
    accounts = Accounts(dtbase=dtbase_uid, redis=redis_uid)
    hand_out(folder, accounts, Places(database=database, redis=redis))
    typer.echo(f"The secrets are in {folder}.")


@app.command("admin")
def add_first_admin(email: Email) -> None:
    """Add the first admin and tell the log-in, this once; a twin that has one stays as it is."""
    password, until = generate_password(), datetime.now(UTC) + FIRST_PASSWORD_LIFE
    if admin.add_first(email, password, password_expires_at=until):
        typer.echo(TOLD_ONCE.format(email=email, password=password, until=until))
    else:
        typer.echo("There is an admin already.")
