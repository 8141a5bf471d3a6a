"""On whose behalf things are registered.

The default of every `owner` column reads a setting of the transaction, so whatever registers
things need not hand an owner through each function.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dtbase.domain.owners import Owner


def register_as(session: Session, owner: Owner) -> None:
    """Say whose the things are that are added from now on until the transaction ends."""
    session.execute(select(func.set_config("dtbase.owner", owner.value, True)))
