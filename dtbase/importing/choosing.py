"""Which profile reads a file: one that is given, or what the file looks like, with what is said."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from dtbase.domain.imports.profiles import NOTHING, Profile
from dtbase.domain.refusals import refusal
from dtbase.errors import Invalid
from dtbase.importing.guessing import Guess, guess
from dtbase.importing.sources import Source

Said = Mapping[str, Any]
"""Parts of a profile that somebody says, by their names; those of `time` below it."""

GUESSED_FROM = ("encoding", "delimiter", "sheet", "names")


def choose(source: Source, said: Said, profile: Profile | None = None) -> Guess:
    """Return how a file is read: by a profile or a guess, with what is said over it."""
    if profile is not None:
        return Guess("a table of the profile", over(profile, said))
    try:
        found = guess(source, {name: said[name] for name in GUESSED_FROM if name in said})
    except Invalid:
        if not is_enough(said):
            raise
        found = Guess("a table as the options say", Profile.model_validate(plain(said)))
    made = over(found.profile, with_thousands(found.profile, said))
    return decided(replace(found, profile=made), said)


def with_thousands(profile: Profile, said: Said) -> Said:
    """Take the other sign for that of thousands, where only the sign of decimals is given."""
    if "decimal" not in said or "thousands" in said or profile.thousands not in {"", ".", ","}:
        return said
    return {**said, "thousands": "," if said["decimal"] == "." else "."}


def is_enough(said: Said) -> bool:
    """Tell whether what is said reads a file without any guess."""
    return bool(said.get("columns")) and bool(said.get("time", {}).get("columns"))


def plain(said: Said) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name != "sensor"}


def decided(found: Guess, said: Said) -> Guess:
    """Leave out the doubts that what is said has settled."""
    settled = set()
    time = said.get("time", {})
    if time.get("timezone"):
        settled.add("timezone")
    if time.get("form") or time.get("epoch"):
        settled.add("order")
    if "decimal" in said:
        settled.add("decimal")
    words = {"timezone": "--timezone", "order": "months come first", "decimal": "--decimal"}
    doubts = tuple(
        doubt for doubt in found.doubts if not any(words[each] in doubt for each in settled)
    )
    return replace(found, doubts=doubts, undecided=found.undecided - settled)


def over(profile: Profile, said: Said) -> Profile:
    """Return a profile with what is said in place of what it says."""
    if not said:
        return profile
    document = profile.model_dump(mode="json", exclude_unset=True)
    new = plain(said)
    document["time"] = time_over(document.get("time", {}), new.pop("time", {}))
    columns = new.pop("columns", None)
    if columns is not None:
        columns = columns_over(document.get("columns", {}), columns)
        document["columns"] = columns
        if not any("{" in plan["series"] for plan in columns.values()):
            document["keys"] = []
    shown = new.pop("column_units", {})
    nothing = new.pop("more_nothing", []), new.pop("more_nothing_values", [])
    document |= new
    with_nothing(document, *nothing)
    with_units(document, shown)
    if said.get("sensor"):
        document["columns"] = of_sensor(document["columns"], said["sensor"], profile)
    try:
        return Profile.model_validate(document)
    except ValidationError as error:
        raise refusal(error, Profile) from None


def time_over(time: dict[str, Any], new: Said) -> dict[str, Any]:
    """Return what is said of times; a form takes the place of a unit, and the other way round."""
    left = {"form", "epoch"} if {"form", "epoch"} & new.keys() else set()
    return {**{name: value for name, value in time.items() if name not in left}, **new}


def with_nothing(document: dict[str, Any], words: list[str], values: list[float]) -> None:
    """Add words and values for nothing to those that are known."""
    if words:
        document["nothing"] = [*document.get("nothing", NOTHING), *words]
        document["nothing_values"] = [*document.get("nothing_values", []), *values]


def with_units(document: dict[str, Any], units: Said) -> None:
    """Put units to columns."""
    for name, unit in units.items():
        if name not in document["columns"]:
            raise Invalid(f"--unit {name}={unit}: no column {name!r} is read", field="unit")
        plan_ = document["columns"][name]
        plan_ = {"series": plan_} if isinstance(plan_, str) else plan_
        document["columns"] = {**document["columns"], name: {**plan_, "unit": unit}}


def columns_over(known: Said, new: Said) -> dict[str, Any]:
    """Return the columns that are said, with the units that they are known to have."""
    made: dict[str, Any] = {}
    for name, plan in new.items():
        before = known.get(name, {})
        before = before if isinstance(before, dict) else {}
        own = {"series": plan} if isinstance(plan, str) else dict(plan)
        kept = {part: before[part] for part in ("unit", "factor", "offset") if part in before}
        made[name] = {**kept, **own}
    return made


def of_sensor(columns: Said, sensor: str, profile: Profile) -> dict[str, Any]:
    """Return columns as those of one sensor."""
    if profile.keys:
        raise Invalid(
            "the rows say themselves of which sensor they are; say --series instead of --sensor",
            field="sensor",
        )
    return {
        name: {**(plan if isinstance(plan, dict) else {"series": plan}), "series": renamed}
        for name, plan in columns.items()
        for renamed in [f"{sensor}/{series_of(plan).partition('/')[2]}"]
    }


def series_of(plan: Any) -> str:
    return plan if isinstance(plan, str) else str(plan["series"])


def refuse_undecided(found: Guess, zone: str | None) -> None:
    """Refuse a guess that would be a bet."""
    if not found.undecided:
        return
    hint = f" (the twin's zone is {zone})" if zone and "timezone" in found.undecided else ""
    doubts = [doubt for doubt in found.doubts if any(part in doubt for part in WORDS)]
    raise Invalid(
        f"it looks like {found.kind}, but it is not sure {'; nor '.join(doubts)}{hint}; "
        "--guess shows how it would be read",
        field="profile",
    )


WORDS = ("--timezone", "--time-form", "--decimal")
