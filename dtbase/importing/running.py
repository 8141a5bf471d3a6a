"""An import under way: read, checked, registered, pushed, counted, resumed where it stopped."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from dtbase.domain.imports.profiles import Profile
from dtbase.domain.imports.reports import ImportReport
from dtbase.domain.readings.findings import Findings
from dtbase.domain.readings.readings import NOTHING, IngestCounts, add_up
from dtbase.errors import Conflict, DTBaseError, Invalid, Violation
from dtbase.importing import repeats
from dtbase.importing.bodies import Body, bodies
from dtbase.importing.findings import Kept, Skips
from dtbase.importing.naming import Registry
from dtbase.importing.reading import FileSeries, Piece, Reader
from dtbase.importing.sources import Source
from dtbase.importing.tally import Tally
from dtbase.importing.twins import Twin

T = TypeVar("T")
ROWS = 100_000
"""Readings in one request."""

SKIP_BAD = "say --skip-bad to leave out what is wrong, and have it written down"


@dataclass(frozen=True)
class How:
    """What an import does with what it reads."""

    register: bool = False
    skip_bad: bool = False
    dry_run: bool = False
    on_conflict: str = "replace"
    rows: int = ROWS
    set_aside: bool = False


@dataclass
class Done:
    """How far an import has come."""

    rows: int = 0
    counts: IngestCounts = NOTHING
    refused: int = 0


class AtOnce(Executor):
    """Does at once what it is given, where nothing may be done beside it."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Do it now."""
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


@dataclass
class Import:
    """One file on its way into a twin."""

    source: Source
    profile: Profile
    twin: Twin
    how: How
    kind: str = "a table"
    done: Done = field(default_factory=Done)
    tell: Callable[[str], None] = lambda line: None
    advance: Callable[[int], None] = lambda position: None
    save: Callable[[Done], None] = lambda done: None
    skipped: Callable[[Sequence[Violation]], None] = lambda violations: None
    together: bool = True
    """Whether the next piece is read while one is on its way."""

    def __post_init__(self) -> None:
        self.held: list[Violation] = []
        keeps = self.how.skip_bad and not self.how.dry_run
        self.found: Findings = Skips(self.held.append) if keeps else Kept()
        self.tally = Tally()
        self.made: set[str] = set()

    def run(self) -> ImportReport:
        """Import to the end; what is refused is raised, and what was stored before stays."""
        reader = Reader(self.source, self.profile, self.ask, self.found, self.tally, self.how.rows)
        reader.lenient = self.how.set_aside
        with ThreadPoolExecutor(1) if self.together else AtOnce() as pool:
            pending: Future[Done] | None = None
            try:
                for piece in reader.pieces():
                    self.settle(pending)
                    pending = None
                    if not self.how.dry_run:
                        self.refuse(piece)
                        skips = self.new_skips()
                        pending = pool.submit(self.push, piece, skips)
                    self.advance(piece.position)
            finally:
                self.settle(pending)
        if not self.how.dry_run:
            self.refuse(None)
            self.skipped(self.new_skips())
        return self.report()

    def ask_quietly(self, wanted: list[FileSeries]) -> Registry:
        """Return series as they are or would be, and tell nothing of it."""
        known = dict(self.twin.known(wanted))
        lacking = [each for each in wanted if each.name not in known]
        return {**known, **self.twin.missing(lacking, self.profile).known()} if lacking else known

    def settle(self, pending: "Future[Done] | None") -> None:
        """Wait until what is on its way has arrived, and note that."""
        if pending is not None:
            self.done = pending.result()
            self.save(self.done)

    def report(self) -> ImportReport:
        """Say what became of the file."""
        return ImportReport(
            file=self.source.name,
            kind=self.kind,
            dry_run=self.how.dry_run,
            rows=self.tally.row_counts(),
            readings=self.tally.reading_counts(
                self.done.counts, self.done.refused, dry_run=self.how.dry_run
            ),
        )

    def ask(self, wanted: list[FileSeries]) -> Registry:
        """Return what the twin knows of series; register what it lacks, if that was asked for."""
        known = dict(self.twin.known(wanted))
        lacking = [each for each in wanted if each.name not in known]
        if lacking and self.how.register:
            new = self.twin.missing(lacking, self.profile)
            for line in new.told():
                self.tell(f"{'would register' if self.how.dry_run else 'registered'} {line}")
            if self.how.dry_run:
                return {**known, **new.known()}
            self.twin.register(new)
            known |= self.twin.known(lacking)
        return known

    def refuse(self, piece: Piece | None) -> None:
        """Refuse what is wrong in a piece, before any of it is stored."""
        if self.how.skip_bad or not self.found.count:
            return
        count = self.found.count
        rows = "" if piece is None else f" of rows {piece.first:,} to {piece.end:,}"
        raise Invalid(
            f"{count:,} broken rule{'s' * (count != 1)}, nothing{rows} was stored; {SKIP_BAD}",
            violations=self.found.shown,
        )

    def new_skips(self) -> Sequence[Violation]:
        """Return what was skipped since the last time."""
        new = [each for each in self.held if each.get("row", 0) > self.done.rows]
        self.held.clear()
        return new

    @property
    def starts(self) -> bool:
        """Tell whether times are the starts of their intervals: those at the end were moved."""
        return self.profile.time.stamp != "instant"

    def push(self, piece: Piece, skips: Sequence[Violation]) -> Done:
        """Store the readings of a piece that are not stored yet."""
        if piece.end <= self.done.rows:
            return self.done
        counts, refused = [self.done.counts], self.done.refused
        for segments, how in ((piece.segments, self.how.on_conflict), (piece.again, "refuse")):
            new = [repeats.take(each, each.rows > self.done.rows) for each in segments]
            for body in bodies([each for each in new if len(each)], self.how.rows):
                pushed, left_out = self.store(replace(body, starts=self.starts), how)
                counts.append(pushed)
                refused += len(left_out)
                skips = [*skips, *left_out]
        doubted = [each for each in piece.doubted if each.row > self.done.rows]
        if doubted:
            counts.append(self.twin.set_aside(doubted))
        self.skipped(skips)
        return Done(piece.end, add_up(counts), refused)

    def store(self, body: Body, how: str) -> tuple[IngestCounts, list[Violation]]:
        """Push a body; what the twin refuses is left out, if that is wished."""
        left_out: list[Violation] = []
        while len(body):
            try:
                return self.twin.push(body, how), left_out
            except (Invalid, Conflict) as error:
                said = body.in_file(error.violations)
                places = self.places(body, error)
                if not (self.how.skip_bad and places):
                    raise type(error)(self.detail(error, body), violations=said) from error
                left_out += said[: len(places)]
                body = body.without(places)
        return NOTHING, left_out

    @staticmethod
    def places(body: Body, error: DTBaseError) -> Sequence[int]:
        """Return which readings of a body were refused, each once."""
        rows = [each["row"] for each in error.violations if "row" in each]
        return sorted({row for row in rows if 0 <= row < len(body)})

    @staticmethod
    def detail(error: DTBaseError, body: Body) -> str:
        """Say what was refused without the rows that the API counted; they are the file's here."""
        rows = body.rows
        refused = f"nothing of rows {rows.min():,} to {rows.max():,} was stored"
        said = error.detail.partition("; the first:")[0].replace("nothing was stored", refused)
        return f"{said}; {SKIP_BAD}" if isinstance(error, Invalid) else said


def preview(reader: Reader, count: int) -> Iterator[tuple[int, str, str, object]]:
    """Yield the first readings as they would be stored: row, series, time and value."""
    found: list[tuple[int, str, str, object]] = []
    for piece in reader.pieces():
        for segment in piece.segments:
            for place in range(min(len(segment), count)):
                time = f"{segment.times[place].astype('datetime64[s]')}Z"
                value = segment.values[place]
                found.append((int(segment.rows[place]), segment.name, time, value))
        break
    yield from sorted(found, key=lambda each: each[0])[:count]
