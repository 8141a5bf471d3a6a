"""Patterns of other people: read by a linear engine, and never large."""

import pytest

from dtbase.domain.bounds import patterns

LONG = "a" * 100_000 + "!"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("pattern", [r"^(a+)+$", r"^(a|a)*$", r"^(a|aa)+$", r"^(.*a){12}$"])
def test_a_pattern_on_which_others_backtrack_for_years_is_searched_at_once(pattern: str) -> None:
    assert not patterns.found(pattern, "a" * 35 + "!")
    assert not patterns.found(pattern, LONG)


@pytest.mark.parametrize(
    ("pattern", "fits", "not_fits"),
    [
        (r"^\d{4}-\d{2}$", "2026-01", "2026-1"),
        (r"b", "abc", "ac"),
        (r"^$", "", "a"),
        (r"^[A-Z][a-z]{0,99}$", "Newark", "newark"),
        (r"^a$", "a", "a\n"),
    ],
)
def test_a_pattern_is_found_anywhere_unless_it_is_anchored(
    pattern: str, fits: str, not_fits: str
) -> None:
    assert patterns.found(pattern, fits)
    assert not patterns.found(pattern, not_fits)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "pattern",
    [
        r"((((a{99}){99}){99}){99}){99}",
        r"(\w{1000}){1000}",
        r"a{999999999}",
        r".{2000}",
        r"(\p{L}{500}){500}",
        "a" * 1_001,
        "(" * 500 + ")" * 500,
        r"(?=a)b",
        r"(a)\1",
        "(",
        "[",
        "a{2,1}",
        "*",
    ],
)
def test_a_pattern_that_is_large_or_cannot_be_read_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"the pattern .* (repeats too much|cannot be read)"):
        patterns.compiled(pattern)


@pytest.mark.parametrize(
    ("pattern", "weight"),
    [
        ("abc", 3),
        ("a{5}", 5),
        ("(ab){5}", 10),
        ("((ab){2}c){3,4}", 20),
        (r"\w{2}", 20),
        ("a{2,}", 2),
    ],
)
def test_repetitions_weigh_what_they_repeat(pattern: str, weight: int) -> None:
    assert patterns.weight(pattern) == weight
