"""`dtbase key`: API keys of devices and scripts; this takes `dtbase login`."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from dtbase.cli.output import AsJson, tell, tell_one
from dtbase.cli.session import open_client
from dtbase.domain.frozen import Frozen
from dtbase.domain.people.keys import Key, NewKey, Scope
from dtbase.domain.people.users import Role

app = typer.Typer(help="API keys of devices and scripts.", no_args_is_help=True)

Scopes = Annotated[list[Scope], typer.Option("--scope", help="What it may do; repeatable.")]
Sensors = Annotated[
    list[str], typer.Option("--sensor", help="The only sensors it may push to; repeatable.")
]
Days = Annotated[int | None, typer.Option("--days", min=1, help="Days until it expires.")]
Owner = Annotated[str | None, typer.Option("--owner", help="A user's e-mail; for admins.")]
AtMost = Annotated[Role | None, typer.Option("--role", help="At most the owner's.")]


class Revoked(Frozen):
    """That a key was revoked, for programs."""

    revoked: int


@app.command("add")
def add_key(  # noqa: PLR0913 - one parameter for each option
    name: str,
    scope: Scopes,
    *,
    sensor: Sensors = [],  # noqa: B006 - typer reads it
    days: Days = None,
    owner: Owner = None,
    role: AtMost = None,
    as_json: AsJson = False,
) -> None:
    """Issue a key and print its secret, this once."""
    new = NewKey(
        name=name,
        scopes=tuple(scope),
        sensors=tuple(sensor) or None,
        owner=owner,
        role=role,
        expires_at=datetime.now(UTC) + timedelta(days=days) if days else None,
    )
    with open_client() as client:
        key = client.keys.add(new)
    if as_json:
        typer.echo(key.model_dump_json())
        return
    typer.echo(f"key {key.id}, {key.name!r} of {key.owner}, is shown this once:", err=True)
    typer.echo(key.secret)


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List one's own keys, or for an admin everybody's."""
    with open_client() as client:
        keys = client.keys.list()
    if as_json:
        tell(keys, {}, as_json=True)
        return
    for key in keys:
        typer.echo("\t".join([str(key.id), key.owner, key.name, validity(key), *rights(key)]))


@app.command("revoke")
def revoke_key(
    key_id: Annotated[int, typer.Argument(metavar="ID")], as_json: AsJson = False
) -> None:
    """End a key at once and for good."""
    with open_client() as client:
        client.keys.revoke(key_id)
    revoked = Revoked(revoked=key_id)
    tell_one(revoked, f"key {key_id} opens nothing any more", as_json=as_json)


@app.command("refusals")
def list_refusals(
    key_id: Annotated[int, typer.Argument(metavar="ID")], as_json: AsJson = False
) -> None:
    """List what was refused to a key within the last hour, and what helps."""
    with open_client() as client:
        found = client.keys.refusals(key_id)
    columns = {
        "at": lambda it: it.at,
        "times": lambda it: it.times,
        "request": lambda it: it.request,
        "refused": lambda it: it.detail,
        "what helps": lambda it: it.remedy,
    }
    tell(found, columns, as_json=as_json)


def validity(key: Key) -> str:
    """Say whether a key works, and since when it was not used."""
    if not key.works_at(datetime.now(UTC)):
        return f"expired {key.expires_at:%Y-%m-%d}"
    used = f"used {key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never used"
    return f"{used}, until {key.expires_at:%Y-%m-%d}" if key.expires_at else used


def rights(key: Key) -> list[str]:
    """Say what a key may do."""
    limits = [] if key.sensors is None else [f"only {' '.join(key.sensors) or 'no sensor'}"]
    return [key.role, " ".join(key.scopes), *limits]
