"""What a document may describe, and whose it is."""

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

OWNER = text("coalesce(nullif(current_setting('dtbase.owner', true), ''), 'person')")


class Owned:
    """A thing that belongs to the document, a service or a person."""

    owner: Mapped[str] = mapped_column(server_default=OWNER, deferred=True)
    """Read by storage/blueprints alone."""
