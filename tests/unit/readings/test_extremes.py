"""Short segments looked at all at once are sifted as each is by itself."""

import numpy as np
import pytest

from dtbase.domain.readings.batches import Batch, Segment
from dtbase.domain.readings.extremes import extremes_of
from dtbase.domain.readings.findings import Findings
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.errors import Invalid
from dtbase.storage.readings.sifting import Sifted, sift
from dtbase.storage.registry.series import Resolved

PLAIN = "2026-03-01T12:00"
HOURS = np.arange(3) * np.timedelta64(1, "h")
RULES = '{"suspect": {"minimum": 0, "maximum": 30}}'
FOUND = {
    ("roof", name): Resolved(place, "roof", name, "degC", datatype, Statistic.MEAN, rules=rules)
    for place, (name, datatype, rules) in enumerate(
        [
            ("temperature", Datatype.FLOAT, None),
            ("watched", Datatype.FLOAT, RULES),
            ("people", Datatype.INTEGER, None),
        ]
    )
}
ODD = [
    ("temperature", "1970-01-05T00:00", 3.0),
    ("temperature", "2150-01-05T00:00", 3.0),
    ("temperature", "1850-01-05T00:00", 3.0),
    ("temperature", "NaT", 3.0),
    ("temperature", PLAIN, np.nan),
    ("temperature", PLAIN, np.inf),
    ("temperature", PLAIN, -9999.0),
    ("temperature", PLAIN, -300.0),
    ("temperature", PLAIN, 1e-200),
    ("temperature", PLAIN, 1e200),
    ("temperature", PLAIN, 0.0),
    ("temperature", PLAIN, 12.5),
    ("watched", PLAIN, 31.0),
    ("watched", PLAIN, 12.5),
    ("people", PLAIN, 2.5),
    ("people", PLAIN, 2.0),
    ("unknown", PLAIN, 2.0),
]


def segment(measure: str, start: str, value: float) -> Segment:
    """Return three readings of which the last is odd, or none."""
    times = np.datetime64(start, "us") + HOURS
    values = np.array([5.0, 7.0, value])
    return Segment("roof", measure, times, values, np.arange(3))


def told(sifted: Sifted) -> list[object]:
    """Return what was believed, marked and set aside."""
    believed = [
        (found.measure, part.times.tolist(), column.value, column.mark)
        for found, part, column in sifted.checked
    ]
    aside = [(each.series_id, each.rule, each.raw) for each in sifted.asides]
    return [repr(believed), repr(aside)]


def outcome(*segments: Segment) -> list[object]:
    """Sift segments as one batch."""
    try:
        return told(sift(FOUND, Batch(segments, Findings())))
    except Invalid as refusal:
        return [refusal.violations]


def by_themselves(*segments: Segment) -> list[object]:
    """Sift segments one after the other."""
    each = []
    try:
        for one in segments:
            assert extremes_of(Batch((one,))) is None
            each.append(sift(FOUND, Batch((one,), Findings())))
    except Invalid as refusal:
        return [refusal.violations]
    checked = [found for sifted in each for found in sifted.checked]
    return told(Sifted(checked, [aside for sifted in each for aside in sifted.asides]))


@pytest.mark.parametrize(("measure", "start", "value"), ODD)
def test_what_is_odd_is_found_among_others(measure: str, start: str, value: float) -> None:
    pair = segment("temperature", PLAIN, 1.0), segment(measure, start, value)
    assert outcome(*pair) == by_themselves(*pair)


def test_what_is_odd_hides_nothing_of_others_that_are_judged_alike() -> None:
    alike = [segment("watched", PLAIN, value) for value in (12.5, 31.0, 13.5)]
    assert outcome(*alike) == by_themselves(*alike)


def test_empty_segments_and_mixed_values_are_left_to_the_sieve() -> None:
    plain, empty = segment("temperature", PLAIN, 1.0), np.zeros(3, dtype=bool)
    assert extremes_of(Batch((plain, plain))) is not None
    assert extremes_of(Batch((plain, plain.take(empty)))) is None
    mixed = np.array([1.0, "2", True], dtype=object)
    assert extremes_of(Batch((plain, Segment("a", "b", plain.times, mixed, plain.rows)))) is None
