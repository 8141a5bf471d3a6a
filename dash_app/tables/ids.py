"""Ids of the parts of a table; one table is open at a time, so all share them."""

from functools import partial
from typing import Final

from dash_app.ids import all_of, ident

PAGE: Final = "table"

NOUN: Final = "table-noun"
SCRIPT: Final = "table-script"
READY: Final = "table-ready"
ROOM: Final = "table-room"
GRID: Final = "table-grid"
TOLD: Final = "table-told"
EMPTY: Final = "table-empty"
FIND: Final = "table-find"
COLUMNS: Final = "table-columns"
EXPORT: Final = "table-export"
RESULT: Final = "table-result"

SELECTION: Final = "table-selection"
SELECTED: Final = "table-selected"
EDIT_MANY: Final = "table-edit-many"
DELETE_MANY: Final = "table-delete-many"
MANY: Final = "table-many"
MANY_TITLE: Final = "table-many-title"
MANY_FIELD: Final = "table-many-field"
MANY_ROOM: Final = "table-many-room"
MANY_SAVE: Final = "table-many-save"
MANY_CLOSE: Final = "table-many-close"
MANY_TOLD: Final = "table-many-told"

ADD: Final = "table-add"
OPENED: Final = "table-opened"
DRAWER: Final = "table-drawer"
FORM: Final = "table-form"
THING: Final = "table-thing"
NEWER: Final = "table-newer"
CONFLICT: Final = "table-conflict"
SAVE: Final = "table-save"
MINE: Final = "table-mine"
THEIRS: Final = "table-theirs"
DELETE: Final = "table-delete"

ASKED: Final = "table-asked"
ASK_TEXT: Final = "table-ask-text"
ASKED_ABOUT: Final = "table-asked-about"
REALLY: Final = "table-really"
KEEP: Final = "table-keep"
UNDO: Final = "table-undo"
UNDONE: Final = "table-undone"
LEAVE: Final = "table-leave"

part, every = partial(ident, PAGE), partial(all_of, PAGE)
"""The id of one of many parts by its name and key; and what matches all parts of a name."""
