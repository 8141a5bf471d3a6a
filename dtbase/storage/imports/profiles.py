"""Storing profiles of files by their names."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dtbase.domain.bounds.units import RULE
from dtbase.domain.changes import revised
from dtbase.domain.imports.profiles import (
    NamedProfile,
    NamedProfileChange,
    NamedProfileQuery,
    Profile,
)
from dtbase.domain.imports.units import understood
from dtbase.domain.paging import Listed
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import Invalid, NotFound
from dtbase.storage import bulk, paging, single, tables
from dtbase.storage.database import refusing
from dtbase.storage.people import audit

NOUN = "import profile"
ORDER = paging.Order(columns={"name": tables.ImportProfile.name.expression}, key=("name",))


def to_domain(row: tables.ImportProfile) -> NamedProfile:
    return NamedProfile(name=row.name, profile=Profile.model_validate(row.profile))


def document(profile: Profile) -> dict[str, Any]:
    """Return a profile as it is kept: what it says, without what would hold by default."""
    return profile.model_dump(mode="json", exclude_unset=True)


def page(session: Session, wanted: NamedProfileQuery) -> Listed[NamedProfile]:
    query = select(tables.ImportProfile)
    if wanted.search is not None:
        query = query.where(tables.ImportProfile.name.icontains(wanted.search, autoescape=True))
    return paging.scalars(session, query, wanted, ORDER, to_domain)


def list(session: Session) -> Sequence[NamedProfile]:
    query = select(tables.ImportProfile).order_by(tables.ImportProfile.name)
    return [to_domain(row) for row in session.scalars(query)]


def add(session: Session, new: NamedProfile) -> NamedProfile:
    return insert_all(session, [new], bulk.raise_first)[0]


def add_many(session: Session, new: Sequence[NamedProfile]) -> Sequence[NamedProfile]:
    """Insert profiles, all or none."""
    return insert_all(session, new, bulk.refuse)


def insert_all(
    session: Session, new: Sequence[NamedProfile], refuse: bulk.Refuse
) -> Sequence[NamedProfile]:
    kind = bulk.Kind(tables.ImportProfile, ("name",), described_as)
    with session.begin_nested():
        bulk.insert_all(session, kind, new, columns_of, refuse)
        audit.created_many(session, NOUN, [(each.name, each) for each in new])
    return new


def columns_of(new: NamedProfile) -> bulk.Row:
    check_units(new.profile)
    return {"name": new.name, "profile": document(new.profile)}


def check_units(profile: Profile) -> None:
    """Refuse a unit that no number could be converted from.

    Profiles that were kept before this rule are still read, and refused when a file needs the unit.
    """
    for column, plan in profile.columns.items():
        if plan.unit and understood(plan.unit) is None:
            field = f"profile.columns.{column}.unit"
            raise Invalid(f"{field}: {plan.unit!r} {RULE}", field=field)


def described_as(new: NamedProfile) -> str:
    return f"import profile {new.name!r}"


def get(session: Session, name: str) -> NamedProfile:
    return to_domain(held(session, name))


def update(
    session: Session, name: str, change: NamedProfileChange, expected: Expected = WHATEVER
) -> NamedProfile:
    """Change a profile; files that are imported already stay as they are."""
    row = held(session, name, lock=True)
    before = to_domain(row)
    expected.check(before, f"import profile {name!r}")
    after = revised(before, change)
    if change.profile is not None:
        check_units(after.profile)
    row.name, row.profile = after.name, document(after.profile)
    with refusing(f"import profile {after.name!r}", "name"):
        session.flush()
    audit.changed(session, NOUN, after.name, before, after)
    return after


def delete(session: Session, name: str, expected: Expected = WHATEVER) -> None:
    row = held(session, name, lock=True)
    before = to_domain(row)
    expected.check(before, f"import profile {name!r}")
    session.delete(row)
    session.flush()
    audit.deleted(session, NOUN, name, before)


def held(session: Session, name: str, *, lock: bool = False) -> tables.ImportProfile:
    """Return the row of a profile, or raise NotFound."""
    query = select(tables.ImportProfile).where(tables.ImportProfile.name == name)
    missing = NotFound(f"no import profile {name!r}", field="name")
    return single.row(session, query, missing, lock=lock)
