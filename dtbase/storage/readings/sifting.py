"""Telling readings that are believed from those that are set aside."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from dtbase.domain.numbers import LARGEST, SMALLEST
from dtbase.domain.readings.asides import Aside, aside_of, never_taken_in, raw_of, storable
from dtbase.domain.readings.batches import TIME_RULE, Batch, Mask, Segment, note, outside
from dtbase.domain.readings.declared import as_stored
from dtbase.domain.readings.extremes import Extremes, extremes_of, floats_of
from dtbase.domain.readings.findings import Findings
from dtbase.domain.readings.fitting import Column, check_floats, fit, read_values
from dtbase.domain.readings.judging import Judge, first_broken, now
from dtbase.domain.readings.set_aside import Rule
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.registry.stamps import NOTHING_SAID
from dtbase.domain.registry.statistics import METERS
from dtbase.domain.timeranges import EARLIEST, LATEST
from dtbase.errors import Violation
from dtbase.storage.registry.series import Resolved

Checked = tuple[Resolved, Segment, Column]
Broken = list[tuple[str, Mask]]


@dataclass
class Sifted:
    """The readings of a batch that are believed, and those that are not."""

    checked: list[Checked] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Count what is believed."""
        return sum(len(segment) for _, segment, _ in self.checked)


@dataclass
class Sieve:
    """Holds the segments of a batch against the rules of their series.

    Errors of form are noted in the findings; a lenient sieve sets the reading aside instead.
    """

    found: Mapping[tuple[str, str], Resolved]
    findings: Findings
    lenient: bool = False
    sifted: Sifted = field(default_factory=Sifted)
    now: np.datetime64 = field(default_factory=now)

    def take(self, segment: Segment) -> None:
        resolved = self.found.get((segment.sensor, segment.measure))
        if resolved is None:
            self.take_unknown(segment)
            return
        sent = segment
        segment = as_stored(sent, resolved.unit, resolved.stamps, resolved.statistic, self.findings)
        if segment.values is not sent.values:
            segment = self.without_placeholders(resolved, sent, segment)
        segment = self.form(resolved, segment, "times", [(TIME_RULE, outside(segment.times))])
        column, broken = fit(segment, resolved.datatype)
        if broken:
            segment, column = self.mend(resolved, segment, broken)
        segment, column = self.judge(resolved, segment, column)
        self.sifted.checked.append((resolved, segment, column))

    def take_unread(self) -> None:
        """Set aside what decoding could not read, and go on as if it had not been there."""
        for one in self.findings.unread:
            resolved = self.found.get((one.sensor, one.measure))
            aside = Aside(
                series_id=None if resolved is None else resolved.id,
                sensor=storable(one.sensor),
                measure=storable(one.measure),
                rule=Rule.FORM,
                raw=[raw_of(one.value)],
                sent_times=[raw_of(one.time)],
                why=one.rule,
            )
            self.sifted.asides.append(aside)
        self.findings = Findings()

    def take_unknown(self, segment: Segment) -> None:
        rule = f"no sensor {segment.sensor!r} with a measure {segment.measure!r} is registered"
        if self.lenient and not len(segment):
            return  # its times could not be read, and are set aside already
        if self.lenient:
            every = np.ones(len(segment), dtype=bool)
            aside = aside_of(None, segment, Rule.FORM, every, rule)
            if segment.said != NOTHING_SAID:
                aside = never_taken_in(aside, f"{rule}; it was sent in a unit or stamps of its own")
            self.sifted.asides.append(aside)
            return
        note_unknown(segment, rule, self.findings)

    def without_placeholders(self, resolved: Resolved, sent: Segment, stored: Segment) -> Segment:
        """Set aside the numbers that stand for nothing in the unit in which they were sent."""
        numbers = check_floats(read_values(sent, Datatype.FLOAT))[1].value
        if numbers is None or not (found := np.isin(numbers, resolved.judge.numbers)).any():
            return stored
        aside = aside_of(resolved.id, sent, Rule.PLACEHOLDERS, found)
        self.sifted.asides.append(never_taken_in(aside, f"sent in {sent.said.unit}"))
        return stored.take(~found)

    def form(self, resolved: Resolved, segment: Segment, part: str, broken: Broken) -> Segment:
        """Note errors of form, or set aside what has them and return the rest."""
        left = np.ones(len(segment), dtype=bool)
        for rule, wrong in broken:
            if not wrong.any():
                continue
            if self.lenient:
                self.set_aside(resolved, segment, Rule.FORM, wrong & left, rule)
                left &= ~wrong
            else:
                shown = segment.times if part == "times" else segment.values
                note(segment, wrong, part, shown, rule, self.findings)
        return segment if left.all() else segment.take(left)

    def mend(self, resolved: Resolved, segment: Segment, broken: Broken) -> tuple[Segment, Column]:
        """Set aside the words that stand for nothing; what else does not fit is wrong in form."""
        wrong = np.logical_or.reduce([mask for _, mask in broken])
        words = np.zeros(len(segment), dtype=bool)
        for place in np.flatnonzero(wrong).tolist():
            words[place] = resolved.judge.is_word(segment.values[place])
        rest = [(rule, mask[~words]) for rule, mask in broken]
        if words.any():
            self.set_aside(resolved, segment, Rule.PLACEHOLDERS, words)
            segment = segment.take(~words)
        segment = self.form(resolved, segment, "values", rest)
        column, _ = fit(segment, resolved.datatype)
        return segment, column

    def judge(self, resolved: Resolved, segment: Segment, column: Column) -> tuple[Segment, Column]:
        """Set aside what the rules of the series do not believe, and mark what they suspect."""
        judge = resolved.judge
        broken = [*judge.of_times(segment.times, self.now)]
        if column.value is not None:
            broken += judge.of_values(column.value)
        elif judge.words and (words := words_of(judge, segment)).any():
            broken.append((Rule.PLACEHOLDERS, words))
        if broken:
            wrong = np.zeros(len(segment), dtype=bool)
            for rule, mask in first_broken(broken):
                self.set_aside(resolved, segment, rule, mask)
                wrong |= mask
            segment, column = segment.take(~wrong), column.take(~wrong)
        if column.value is not None and (marks := judge.marks(column.value)) is not None:
            column = Column(column.value, column.whole, column.text, marks)
        return segment, column

    def set_aside(
        self,
        resolved: Resolved,
        segment: Segment,
        rule: Rule,
        places: Mask,
        why: str | None = None,
    ) -> None:
        if places.any():
            self.sifted.asides.append(aside_of(resolved.id, segment, rule, places, why))


def words_of(judge: Judge, segment: Segment) -> Mask:
    """Tell which texts of a measure of texts stand for nothing."""
    return np.array([judge.is_word(value) for value in segment.values], dtype=bool)


def note_unknown(segment: Segment, rule: str, findings: Findings) -> None:
    """Note each reading of a series that does not exist."""
    if not len(segment):
        findings.add(Violation(field="series", series=segment.name, rule=rule))
    violations = (
        Violation(field="series", series=segment.name, row=int(row), rule=rule)
        for row in segment.rows
    )
    findings.add_many(len(segment), violations)


def plain_ones(
    seen: Extremes, series: Sequence[Resolved | None], now: np.datetime64
) -> Iterator[int]:
    """Tell which segments can be stored as they are; those of one judge are looked at together."""
    alike: dict[int, tuple[Judge, list[int]]] = {}
    for place, (one, usual) in enumerate(zip(series, seen.usual(), strict=True)):
        if usual and one and one.datatype is Datatype.FLOAT and one.stamps is None:
            judge = one.judge
            alike.setdefault(id(judge), (judge, []))[1].append(place)
    for judge, places in alike.values():
        if judge.believes(seen.span(places), seen.bounds(places), now):
            yield from places
            continue
        for place in places:
            if judge.believes(seen.span([place]), seen.bounds([place]), now):
                yield place


def stands_alone(resolved: Resolved, time: datetime, value: float, now: datetime) -> bool:
    """Tell whether a number can be stored as it is, by itself; else a sieve looks at it."""
    if resolved.datatype is not Datatype.FLOAT or resolved.stamps or resolved.corrected:
        return False
    judge = resolved.judge
    if judge.looks_back or judge.looks_around or resolved.statistic in METERS:
        return False
    usual = value == 0 or SMALLEST <= abs(value) <= LARGEST
    if not usual or not EARLIEST <= time < LATEST:
        return False
    return judge.believes_one(time, value, now)


def sift(
    found: Mapping[tuple[str, str], Resolved], batch: Batch, *, lenient: bool = False
) -> Sifted:
    """Sift a batch by the rules of series that were found; errors of form refuse all of it."""
    sieve = Sieve(found, batch.findings, lenient)
    if lenient and batch.findings.whole:
        sieve.take_unread()
    seen = extremes_of(batch)
    series = [found.get((segment.sensor, segment.measure)) for segment in batch.segments]
    plain = set(plain_ones(seen, series, sieve.now)) if seen else ()
    for place, (resolved, segment) in enumerate(zip(series, batch.segments, strict=True)):
        if resolved and place in plain:
            sieve.sifted.checked.append((resolved, segment, Column(floats_of(segment))))
        else:
            sieve.take(segment)
    sieve.findings.refuse()
    return sieve.sifted
