"""Files that are sent as they are: guessed, shown, imported whole or not at all."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import Field, ValidationError
from sqlalchemy.orm import Session

from api.bodies import receive
from api.callers import Admission, Principal
from api.dependencies import StateDep, Transactions, TransactionsDep
from api.memory import share_of
from api.security import Need
from api.state import AppState
from dtbase.domain.frozen import Frozen
from dtbase.domain.imports.imports import NewImport
from dtbase.domain.imports.profiles import Profile
from dtbase.domain.imports.reports import Broken, ImportAnswer, ShownReading
from dtbase.domain.imports.said import SaidProfile
from dtbase.domain.names import Title
from dtbase.domain.people.keys import Scope
from dtbase.domain.people.users import Role
from dtbase.domain.refusals import refusal
from dtbase.domain.services.schedules import ZoneName
from dtbase.errors import Invalid, NotFound
from dtbase.importing.choosing import choose, refuse_undecided
from dtbase.importing.findings import Kept
from dtbase.importing.guessing import Guess
from dtbase.importing.reading import Reader
from dtbase.importing.running import How, Import, preview
from dtbase.importing.sources import Source
from dtbase.importing.stored import StoredTwin
from dtbase.settings import get_settings
from dtbase.storage.database import take_long
from dtbase.storage.imports import imports, profiles
from dtbase.storage.readings.readings import OnConflict
from dtbase.storage.registry import twin

FIRST = 50
"""So many readings a dry run shows."""

READING = 96 << 20
"""Bytes that reading a file takes at most, beside the file itself."""

REGISTERS = Need(Role.EDITOR, Scope.REGISTRY_WRITE)


class ImportOptions(Frozen):
    """How a file is read, and what is done with it."""

    file: Title = Field("file", description="Its name; a guess names the sensor after it.")
    profile: Annotated[str, Field(max_length=20_000, pattern=r"^[^\x00]*$")] | None = Field(
        None, description="The name of a profile, or one as JSON; by default the file is guessed."
    )
    said: Annotated[str, Field(max_length=20_000, pattern=r"^[^\x00]*$")] | None = Field(
        None,
        description="Parts of a profile, as JSON, that go before one that is named or guessed.",
    )
    timezone: ZoneName | None = Field(None, description="The zone of times without an offset.")
    dry_run: bool = Field(False, description="Show how it would be read, and store nothing.")
    register_new: bool = Field(False, description="Make missing sensors and measures.")
    skip_bad: bool = Field(False, description="Leave out what is wrong, and list it.")
    set_aside: bool = Field(False, description="Set aside readings without a valid value or time.")
    on_conflict: OnConflict = OnConflict.REPLACE


@dataclass(frozen=True)
class Importing:
    """The way of a file from a request into the store."""

    request: Request
    transactions: Transactions
    state: AppState

    async def take(self, admission: Admission, options: ImportOptions) -> ImportAnswer:
        """Receive a file from whoever may send it, and import it."""
        await run_in_threadpool(self.admit, admission, options)  # before the body is read
        limit = get_settings().max_body_bytes
        memory = self.state.memory
        async with share_of(memory.received) as share:
            content, _ = await receive(self.request, limit, share, "")
            async with share_of(memory.read, len(content) + READING):
                answer = await run_in_threadpool(self.store, admission, content, options)
        if not options.dry_run:
            self.state.refresher.note()
            self.state.metrics.count_readings(answer.report.readings.stored)
        return answer

    def admit(self, admission: Admission, options: ImportOptions) -> None:
        """Refuse whoever may not push, or not register."""
        with self.transactions() as session:
            asking = admission.admit(session, self.state.uses)
            if options.register_new:
                REGISTERS.check(asking)

    def store(self, admission: Admission, content: bytes, options: ImportOptions) -> ImportAnswer:
        """Import a file in one transaction, or show how it would be read."""
        with self.transactions() as session:
            asking = admission.admit(session, self.state.uses)
            take_long(session)
            source = Source.of_bytes(options.file, content, get_settings().max_body_bytes)
            chosen = self.chosen(session, source, options)
            return self.imported(session, asking, source, chosen, options)

    @staticmethod
    def chosen(session: Session, source: Source, options: ImportOptions) -> Guess:
        """Return how a file is read; what would be a bet is refused, or told in a dry run."""
        said = said_of(options)
        found = choose(source, said, profile_of(session, options.profile))
        if not options.dry_run:
            refuse_undecided(found, twin.get(session).timezone)
        return found

    @staticmethod
    def imported(
        session: Session, asking: Principal, source: Source, chosen: Guess, options: ImportOptions
    ) -> ImportAnswer:
        """Import a file, and say what became of it."""
        profile = chosen.profile.for_a_look() if options.dry_run else chosen.profile
        lines: list[str] = []
        skipped: list[Any] = []
        new = NewImport(file=options.file, kind=chosen.kind, profile=chosen.profile)
        stored = StoredTwin(session, asking.check_push, new)
        work = Import(
            source,
            profile,
            stored,
            how_of(options),
            chosen.kind,
            tell=lines.append,
            skipped=skipped.extend,
            together=False,
        )
        report = work.run()
        if stored.import_id is not None:
            report = imports.end(session, stored.import_id, report).report
        shown = work.found.shown if options.dry_run else skipped[:FIRST]
        first = shown_first(work, source, profile) if options.dry_run else ()
        return ImportAnswer(
            report=report,
            profile=chosen.profile,
            doubts=chosen.doubts,
            left_out=chosen.left_out,
            registered=tuple(lines),
            first=first,
            broken=tuple(Broken(**each) for each in shown),
            sensors=tuple(sorted(stored.sensors)),
            begins=stored.begins,
        )


def how_of(options: ImportOptions) -> How:
    return How(
        options.register_new,
        options.skip_bad,
        options.dry_run,
        options.on_conflict,
        set_aside=options.set_aside,
    )


def shown_first(work: Import, source: Source, profile: Profile) -> tuple[ShownReading, ...]:
    """Return the first readings as they would be stored."""
    reader = Reader(source, profile, work.ask_quietly, Kept(), size=5_000)
    return tuple(
        ShownReading(row=row, series=series, time=f"{time}", value=value)
        for row, series, time, value in preview(reader, FIRST)
    )


def said_of(options: ImportOptions) -> dict[str, Any]:
    """Return the parts of a profile that a request says."""
    try:
        said = SaidProfile.model_validate_json(options.said or "{}").parts()
    except ValidationError as error:
        raise refusal(error, SaidProfile) from None
    if options.timezone:
        said["time"] = {**said.get("time", {}), "timezone": options.timezone}
    return said


def profile_of(session: Session, given: str | None) -> Profile | None:
    """Return a profile by its name, or as it is written."""
    if given is None:
        return None
    if not given.lstrip().startswith("{"):
        return kept(session, given)
    try:
        return Profile.model_validate_json(given)
    except ValidationError as error:
        raise refusal(error, Profile) from None


def kept(session: Session, name: str) -> Profile:
    """Return a profile that is kept; an unknown one is the request's fault (422)."""
    try:
        return profiles.get(session, name).profile
    except NotFound as error:
        raise Invalid(error.detail, field="profile") from error


async def get_importing(
    request: Request, transactions: TransactionsDep, state: StateDep
) -> Importing:
    """Return the way of a file from this request into the store."""
    return Importing(request, transactions, state)


ImportingDep = Annotated[Importing, Depends(get_importing)]
