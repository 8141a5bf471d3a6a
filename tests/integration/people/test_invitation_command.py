"""`dtbase invitation`, as an admin calls it."""

import json

import pytest
from typer.testing import CliRunner

from dtbase.cli import app
from dtbase.client import Client
from dtbase.domain.people.invitations import PATH
from dtbase.errors import NotFound
from tests.people import PASSWORD

EVE = "eve@example.org"


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["invitation", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


@pytest.mark.parametrize("way", ["text", "json"])
def test_somebody_is_invited_listed_and_forgotten(variables: dict[str, str], way: str) -> None:
    said = run("add", EVE, "--role", "editor", "--days", "3", *["--json"] * (way == "json"))
    link = json.loads(said)["link"] if way == "json" else said
    assert link.startswith(f"{PATH}#")
    (known,) = json.loads(run("list", "--json"))
    assert (known["email"], known["role"]) == (EVE, "editor")
    run("withdraw", str(known["id"]))
    assert json.loads(run("list", "--json")) == []
    with Client(variables["DTBASE_API_URL"]) as stranger, pytest.raises(NotFound):
        stranger.invitations.accept(link.partition("#")[2], PASSWORD)
