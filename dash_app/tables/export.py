"""What a table shows, as a file for a spreadsheet: all rows that fit, in their order."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, request, stream_with_context

from dash_app import account
from dash_app.explore.export import as_text
from dash_app.tables.noun import Column, Noun
from dash_app.tables.rows import cell_of, seen
from dash_app.tables.view import View
from dtbase.client import Client
from dtbase.errors import DTBaseError, NotAuthenticated

PATH = "/_table"
BLOCK = 1_000

routes = Blueprint("tables", __name__)


def init_tables(server: Flask) -> None:
    """Serve the files of tables."""
    server.register_blueprint(routes)


@routes.get(f"{PATH}/<name>")
def file(name: str) -> Response:
    """Answer the rows that fit; the first ones are there before the answer begins."""
    noun = seen(name)
    chosen = request.args.get("columns", "").split(",")
    columns = [each for each in noun.columns if each.name in chosen] or list(noun.columns)
    view = View.parse(noun, request.query_string.decode())
    try:
        client, zone = account.api(), ZoneInfo(account.site().timezone)
        lines = csv_of(noun, columns, view, client, zone)
        first = next(lines)
    except NotAuthenticated:
        account.forget()
        return Response("Log in first.", status=401)
    except DTBaseError:
        return Response("The data service does not answer.", status=503)
    headers = {"Content-Disposition": f'attachment; filename="{noun.name}.csv"'}
    rest = stream_with_context(chain_of(first, lines))
    return Response(rest, mimetype="text/csv", headers=headers)


def chain_of(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def csv_of(
    noun: Noun, columns: list[Column], view: View, client: Client, zone: ZoneInfo
) -> Iterator[str]:
    """Yield the file a stretch at a time; no cell is a formula."""
    store, skip, total = noun.store(client), 0, 1
    heads: list[Any] = [column.title for column in columns]
    while skip < total:
        found = store.page(skip=skip, limit=BLOCK, **view.parameters)
        rows: list[list[Any]] = [
            [as_text(cell_of(c, thing, zone)) for c in columns] for thing in found.items
        ]
        yield written(([] if skip else [heads]) + rows)
        skip, total = skip + BLOCK, found.total or 0


def written(rows: list[list[Any]]) -> str:
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
