"""The grid of a table: ag-grid's community edition, whose script comes with the first table."""

from pathlib import Path
from typing import Any

import dash_ag_grid
from dash import Dash, Input, Output, State
from dash.fingerprint import build_fingerprint

from dash_app import account
from dash_app.tables import drawer, ids
from dash_app.tables.noun import Choices, Column, Document, Field, Kind, Look, Noun, Option
from dash_app.tables.rows import BLOCK, noun_of

SCRIPT = "dash_ag_grid.min.js"
KEPT_BLOCKS = 20
AT_A_TIME = 2
"""Stretches asked for; one more counts for ever: of the component's own source, before ours."""
FEW_CHOICES = 100
LEAST, LEAST_TIME = 120, 160
"""Pixels."""


def load_late() -> None:
    """Keep the grid's script out of every page: 1.3 MB that only tables need."""
    dash_ag_grid._js_dist[0]["dynamic"] = True  # noqa: SLF001 - Dash reads it from there


def script() -> str:
    """Return the address of the grid's script, good for a year of caching."""
    file = Path(dash_ag_grid.__file__).parent / SCRIPT
    named = build_fingerprint(SCRIPT, dash_ag_grid.__version__, int(file.stat().st_mtime))
    return f"/_dash-component-suites/dash_ag_grid/{named}"


def register(app: Dash) -> None:
    """Draw the grid once its script is there."""

    @app.callback(
        Output(ids.ROOM, "children"),
        Output(ids.every("filter"), "options"),
        Input(ids.READY, "data"),
        State(ids.every("filter"), "options"),
        State(ids.NOUN, "data"),
        prevent_initial_call=True,
    )
    def draw(_ready: float, empty: Any, name: str) -> Any:
        noun, choices = noun_of(name), Choices(account.api())
        filled = [
            [*first, *(listed(each) for each in choices.of(known.options))]
            for first, known in zip(empty, noun.filters, strict=True)
        ]
        return grid(noun, choices), filled


def listed(option: Option) -> Document:
    """Return an option as a select takes it."""
    return {"label": option.label, "value": option.value}


def grid(noun: Noun, choices: Choices) -> dash_ag_grid.AgGrid:
    """Return the grid, which then asks for its rows."""
    writes = noun.change is not None and drawer.may_write(noun)
    picks = drawer.may_delete(noun) or (writes and any(field.in_many for field in noun.fields))
    fields = {field.name: field for field in noun.fields} if writes else {}
    return dash_ag_grid.AgGrid(
        id=ids.GRID,
        rowModelType="infinite",
        getRowId="params.data.key",
        columnDefs=[column_of(noun, each, fields.get(each.name), choices) for each in noun.columns],
        defaultColDef={"resizable": True, "sortable": False},
        className="dt-grid",
        style={"height": "100%"},
        dashGridOptions={
            **({"rowSelection": selection()} if picks else {}),
            "cacheBlockSize": BLOCK,
            "maxBlocksInCache": KEPT_BLOCKS,
            "maxConcurrentDatasourceRequests": AT_A_TIME + 1,
            "infiniteInitialRowCount": 1,
            "undoRedoCellEditing": True,
            "stopEditingWhenCellsLoseFocus": True,
            "suppressMovableColumns": False,
            "tooltipShowDelay": 500,
            "animateRows": False,
        },
    )


def selection() -> Document:
    return {
        "mode": "multiRow",
        "checkboxes": True,
        "headerCheckbox": False,
        "enableClickSelection": False,
    }


def column_of(noun: Noun, column: Column, field: Field | None, choices: Choices) -> Document:
    """Return a column as the grid takes it."""
    known: Document = {
        "field": column.name,
        "headerName": column.title,
        "flex": column.share,
        "hide": not column.shown,
        "minWidth": LEAST_TIME if column.look is Look.TIME else LEAST,
        "sortable": column.name in noun.sorts,
        "sortingOrder": ["asc", "desc"],
        "tooltipField": column.name,
        "cellClass": f"tb-{column.look}",
    }
    if column.link or column.look is Look.FLAG:
        known["cellRenderer"] = "tableLink" if column.link else "tableFlag"
    if field is not None and field.in_cell:
        known |= {"editable": True, **editor(field, choices)}
    return known


def editor(field: Field, choices: Choices) -> Document:
    """Return what edits a field in its cell."""
    if field.kind is Kind.LONG:
        return {"cellEditor": "agLargeTextCellEditor", "cellEditorPopup": True}
    if field.options is None:
        return {"cellEditor": "agTextCellEditor"}
    values = [each.value for each in choices.of(field.options)]
    if len(values) > FEW_CHOICES:
        return {"cellEditor": "agTextCellEditor"}
    return {"cellEditor": "agSelectCellEditor", "cellEditorParams": {"values": values}}
