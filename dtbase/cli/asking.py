"""Asking for e-mail addresses and passwords."""

import sys
from typing import Annotated

import typer

from dtbase.domain.people.users import check_email


def read_email(given: str) -> str:
    """Take an e-mail address from the command line."""
    try:
        return check_email(given.strip().lower())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


Email = Annotated[str, typer.Argument(parser=read_email, metavar="EMAIL")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of stdin.")
]


def ask_new_password(from_stdin: bool) -> str:
    """Read a password from stdin or, hidden, from a terminal; empty means: make one up."""
    if from_stdin:
        return read_password()
    if not sys.stdin.isatty():
        return ""
    password = ask_hidden("Password (press Enter to have one made up)")
    if password and ask_hidden("Repeat it") != password:
        raise typer.BadParameter("the two passwords differ")
    return password


def read_password() -> str:
    """Read a password from the first line of stdin."""
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise typer.BadParameter("there is no password on stdin")
    return password


def ask_hidden(prompt: str) -> str:
    """Ask for a line without showing what is typed."""
    return str(typer.prompt(prompt, default="", show_default=False, hide_input=True))
