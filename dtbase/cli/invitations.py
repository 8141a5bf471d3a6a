"""`dtbase invitation`: links by which people become users; for admins."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from dtbase.cli.output import AsJson, tell, tell_one
from dtbase.cli.session import open_client
from dtbase.domain.frozen import Frozen
from dtbase.domain.people.invitations import NewInvitation
from dtbase.domain.people.users import Role

app = typer.Typer(help="Links by which people become users.", no_args_is_help=True)

Days = Annotated[int, typer.Option("--days", min=1, max=30, help="Days until the link runs out.")]
Mail = Annotated[
    bool, typer.Option("--mail/--no-mail", help="Send it too, where the twin has a mail server.")
]


class Withdrawn(Frozen):
    """That an invitation was withdrawn, for programs."""

    withdrawn: int


@app.command("add")
def invite(
    email: str, role: Role = Role.VIEWER, days: Days = 7, mail: Mail = True, as_json: AsJson = False
) -> None:
    """Invite somebody and print the link, this once."""
    ends = datetime.now(UTC) + timedelta(days=days) - timedelta(seconds=60)
    new = NewInvitation(email=email, role=role, expires_at=ends, mail=mail)
    with open_client() as client:
        issued = client.invitations.add(new)
    if as_json:
        typer.echo(issued.model_dump_json())
        return
    sent = "and was mailed" if issued.mailed else f"(not mailed: {issued.not_mailed_because})"
    typer.echo(f"the link for {issued.email} is shown this once {sent}:", err=True)
    if issued.link.startswith("/"):
        typer.echo("put the dashboard's address before it", err=True)
    typer.echo(issued.link)


@app.command("list")
def list_invitations(as_json: AsJson = False) -> None:
    """List the invitations that nobody has accepted yet."""
    with open_client() as client:
        found = client.invitations.list()
    columns = {
        "id": lambda it: it.id,
        "email": lambda it: it.email,
        "role": lambda it: it.role,
        "invited by": lambda it: it.invited_by,
        "until": lambda it: it.expires_at,
    }
    tell(found, columns, as_json=as_json)


@app.command("withdraw")
def withdraw(
    invitation_id: Annotated[int, typer.Argument(metavar="ID")], as_json: AsJson = False
) -> None:
    """Make a link worthless."""
    with open_client() as client:
        client.invitations.withdraw(invitation_id)
    withdrawn = Withdrawn(withdrawn=invitation_id)
    tell_one(withdrawn, f"invitation {invitation_id} opens nothing any more", as_json=as_json)
