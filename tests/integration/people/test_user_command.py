"""`dtbase user`, on a database that it commits to."""

import json

import pytest
from typer.testing import CliRunner, Result

from dtbase.cli import users as command
from dtbase.domain.people.passwords import STRENGTH_RULE
from dtbase.domain.people.users import Credentials, Role
from dtbase.errors import AlreadyExists, Conflict, Invalid, NotAuthenticated, NotFound
from dtbase.storage.database import transaction
from dtbase.storage.people import users
from dtbase.storage.people.passwords import get_hasher
from tests.people import PASSWORD

pytestmark = pytest.mark.usefixtures("own_environment")


def run(*arguments: str, stdin: str | None = None) -> Result:
    result = CliRunner().invoke(command.app, arguments, input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def opens(email: str, password: str) -> bool:
    credentials = Credentials.model_validate({"email": email, "password": password})
    with transaction() as session:
        try:
            users.verify(session, credentials, get_hasher())
        except NotAuthenticated:
            return False
    return True


def made_up(result: Result) -> str:
    return result.stdout.split("password: ")[1].strip()


def test_the_first_admin_gets_a_password_that_is_shown_and_works() -> None:
    result = run("add", "Ann@Example.org", "--role", "admin")
    assert result.stdout.startswith("added ann@example.org as admin\n")
    assert opens("ann@example.org", made_up(result))


def test_a_given_password_is_taken_from_stdin_and_not_shown() -> None:
    result = run("add", "ann@example.org", "--password-stdin", stdin=PASSWORD + "\n")
    assert PASSWORD not in result.output
    assert opens("ann@example.org", PASSWORD)
    with transaction() as session:
        assert users.find(session, "ann@example.org").role is Role.VIEWER


def test_users_are_listed_changed_and_shut_out() -> None:
    run("add", "ann@example.org", "--role", "admin")
    run("add", "bob@example.org", "--password-stdin", stdin=PASSWORD)
    assert "editor" in run("set-role", "bob@example.org", "editor").stdout
    assert run("list").stdout.splitlines() == [
        "ann@example.org\tadmin\tactive",
        "bob@example.org\teditor\tactive",
    ]
    renewed = made_up(run("set-password", "bob@example.org"))
    assert opens("bob@example.org", renewed)
    assert not opens("bob@example.org", PASSWORD)
    run("deactivate", "bob@example.org")
    assert not opens("bob@example.org", renewed)
    run("activate", "bob@example.org")
    assert opens("bob@example.org", renewed)


def test_programs_are_told_what_became_of_a_user_as_json() -> None:
    added = json.loads(run("add", "bob@example.org", "--json").stdout)
    assert (added["email"], added["role"]) == ("bob@example.org", "viewer")
    assert opens("bob@example.org", added["password"])
    raised = json.loads(run("set-role", "bob@example.org", "editor", "--json").stdout)
    assert (raised["role"], raised["password"]) == ("editor", None)
    renewed = json.loads(run("set-password", "bob@example.org", "--json").stdout)
    assert opens("bob@example.org", renewed["password"])
    assert not json.loads(run("deactivate", "bob@example.org", "--json").stdout)["active"]
    assert json.loads(run("activate", "bob@example.org", "--json").stdout)["active"]


def test_what_cannot_be_is_refused() -> None:
    run("add", "ann@example.org", "--role", "admin")
    with pytest.raises(AlreadyExists):
        run("add", "ann@example.org")
    with pytest.raises(Invalid, match=STRENGTH_RULE):
        run("add", "bob@example.org", "--password-stdin", stdin="password1234\n")
    with pytest.raises(NotFound):
        run("deactivate", "bob@example.org")
    with pytest.raises(Conflict):
        run("set-role", "ann@example.org", "viewer")


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "no address"),
        ("add", "bob@example.org", "--role", "emperor"),
        ("add", "bob@example.org", "--password-stdin"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(arguments: tuple[str, ...]) -> None:
    result = run(*arguments, stdin="")
    assert result.exit_code == 2
    with transaction() as session:
        assert users.list(session) == ()
