"""Views: a page of the dashboard as somebody left it, under a name, for oneself or for all."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, StringConstraints

from dtbase.domain.changes import Change
from dtbase.domain.flags import Flag
from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Title
from dtbase.domain.paging import Page, SearchText

LONGEST_PATH = 4_000
PATH_RULE = "a path of the dashboard with what it shows, such as /explore?s=EWR/temperature"

ViewPath = Annotated[
    str,
    StringConstraints(
        max_length=LONGEST_PATH, pattern=r"^/([A-Za-z0-9_-]+(/[A-Za-z0-9._-]+)*)?(\?[!-~]*)?$"
    ),
]
"""It begins with one slash, so that no view leads away from the dashboard."""


class NewView(Frozen):
    """A page under a name; names are one's own."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Hot days, EWR", "path": "/explore?s=EWR/temperature"}]
        }
    )

    name: Title
    path: ViewPath = Field(description=PATH_RULE)
    shared: Flag = Field(False, description="Seen by everybody; changed by its owner and admins.")
    pinned: Flag = Field(False, description="Shown on the Overview of all who see it.")


class View(Frozen):
    """A view, and whose it is."""

    id: int
    name: str
    path: str
    shared: bool
    pinned: bool
    owner: str = Field(description="The e-mail of whose it is.")
    created_at: datetime
    changed_at: datetime


class ViewChange(Change):
    """What to change about a view."""

    example: ClassVar[dict[str, Any]] = {"shared": True}

    name: Title | None = None
    path: ViewPath | None = None
    shared: Flag | None = None
    pinned: Flag | None = None


class ViewQuery(Page):
    """Which of one's own and the shared views to list."""

    search: SearchText | None = Field(None, description="A part of the name.")
    shared: bool | None = None
    pinned: bool | None = None
    sort: Literal["name", "-name", "changed_at", "-changed_at"] = "name"
