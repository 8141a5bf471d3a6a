"""`dtbase api`: any request, for what has no command of its own."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dtbase.cli.session import open_client
from dtbase.errors import Invalid

app = typer.Typer()


class Method(StrEnum):
    """What can be done at an address."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


Address = Annotated[str, typer.Argument(metavar="PATH", help="Such as /v1/sensors?limit=5.")]
Data = Annotated[
    str | None, typer.Option("--data", help="JSON to send; @FILE for a file, @- for stdin.")
]


@app.command("api")
def ask(method: Method, path: Address, data: Data = None) -> None:
    """Send any request to the API, and print what it answers.

    The page /docs of a twin lists all that can be asked.
    """
    if not path.startswith("/"):
        raise Invalid(f"{path!r} must begin with /, such as /v1/sensors")
    body = None if data is None else {"data": read(data)}
    headers = {"Content-Type": "application/json"} if body else {}
    with open_client() as client:
        answer = client.ask(method.value, path, headers=headers, **(body or {}))
    if answer:
        typer.echo(answer)


def read(data: str) -> bytes:
    if data == "@-":
        return sys.stdin.buffer.read()
    if not data.startswith("@"):
        return data.encode()
    try:
        return Path(data[1:]).read_bytes()
    except OSError as error:
        raise Invalid(f"{data[1:]} cannot be read: {error.strerror}") from error
