"""Who changed what and when."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field, JsonValue

from dtbase.domain.frozen import Frozen
from dtbase.domain.paging import Page, SearchText
from dtbase.domain.timeranges import AwareTime

Document = dict[str, JsonValue]


class Action(StrEnum):
    """What was done to a thing."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"


class AuditEntry(Frozen):
    """One change: the thing as it was before and as it was after."""

    id: int
    at: datetime
    actor: str
    action: Action
    noun: str
    name: str
    before: Document | None
    after: Document | None


class AuditQuery(Page):
    """Which changes to list; the range is half-open, [start, end)."""

    actor: SearchText | None = Field(None, description="A part of an e-mail address or of a key.")
    action: Action | None = None
    noun: SearchText | None = Field(None, description="For example sensor or location.")
    name: SearchText | None = Field(None, description="The thing's name after the change.")
    start: AwareTime | None = None
    end: AwareTime | None = None
    sort: Literal["id", "-id"] = "-id"
