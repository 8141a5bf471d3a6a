"""The rule for passwords, and their hashes."""

import string
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Literal

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from zxcvbn.matching import L33T_TABLE, enumerate_l33t_subs, relevant_l33t_subtable

from dtbase.domain.people.passwords import (
    LENGTH_RULE,
    SAME_LETTERS,
    STRENGTH_RULE,
    check_password,
    generate_password,
    scored_parts,
)
from dtbase.errors import Invalid, TooMany
from dtbase.storage.people import passwords
from dtbase.storage.people.passwords import Hasher
from tests.people import CHEAP, HASHER, PASSWORD


@pytest.mark.parametrize("password", ["", "Xk9$vQ2!mZ7"])
def test_a_short_password_is_told_the_length(password: str) -> None:
    with pytest.raises(Invalid, match=LENGTH_RULE) as refused:
        check_password(password, "ann@example.org", field="new_password")
    assert refused.value.violations == [{"field": "new_password", "rule": LENGTH_RULE}]


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "Password1234!",
        "P@ssw0rd2026!",
        "123456789012",
        "qwertyuiop12",
        "passwordpassword",
        "aaaaaaaaaaaaaaaaaaaaaaaa",
        "ab" * 400,
        "ann@example.org",
        "example.organn",
        "dtbasedtbase",
    ],
)
def test_a_common_or_simple_password_is_told_the_rule(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_password(password, "ann@example.org")
    assert refused.value.detail == STRENGTH_RULE


@pytest.mark.parametrize(
    "password",
    [PASSWORD, "correct horse battery", "Xk9$vQ2!mZ7p", "žluťoučký kůň úpěl", "x7" + "q!Z" * 90],
)
def test_a_good_password_is_taken(password: str) -> None:
    check_password(password, "ann@example.org")


@pytest.mark.parametrize("password", ["password1234" * 3 + PASSWORD, PASSWORD + "a" * 60])
def test_a_good_part_makes_a_good_password(password: str) -> None:
    check_password(password, "ann@example.org")


def test_a_hostile_password_is_judged_in_no_time() -> None:
    hostile = "4@8({[<369&#!1/|0$5+7%2" * 40
    assert {len(part) for part in scored_parts(hostile)} == {24}
    worst = string.printable.translate(SAME_LETTERS)
    ways = enumerate_l33t_subs(relevant_l33t_subtable(worst, L33T_TABLE))
    assert len(ways) < 100  # of 736; zxcvbn looks each up as it does a password without any
    check_password(hostile, "ann@example.org")


@pytest.mark.parametrize("password", ["p4sswordp@ssword", "{omputer[omputer", "p|casso<omputer"])
def test_a_common_word_is_known_in_whatever_characters_stand_for_its_letters(password: str) -> None:
    with pytest.raises(Invalid, match="common"):
        check_password(password, "ann@example.org")


def test_a_generated_password_meets_the_rule_and_is_never_the_same() -> None:
    made = {generate_password() for _ in range(20)}
    assert len(made) == 20
    for password in made:
        check_password(password, "ann@example.org")


def test_a_hash_is_argon2id_with_the_recommended_profile() -> None:
    assert PasswordHasher().hash("x").startswith("$argon2id$")
    assert not Hasher().outdated(PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY).hash("x"))


def test_a_password_fits_its_own_hash_only() -> None:
    stored = HASHER.hash(PASSWORD)
    assert PASSWORD not in stored
    assert HASHER.verify(stored, PASSWORD)
    assert not HASHER.verify(stored, PASSWORD + " ")
    assert HASHER.hash(PASSWORD) != stored


def test_a_password_fits_however_its_accents_were_composed() -> None:
    assert HASHER.verify(HASHER.hash("caf\u00e9 au lait bleu"), "cafe\u0301 au lait bleu")


@pytest.mark.parametrize("stored", [None, "no hash at all"])
def test_without_a_good_hash_nothing_fits(stored: str | None) -> None:
    assert not HASHER.verify(stored, "")
    assert not HASHER.verify(stored, PASSWORD)


def test_a_hash_of_other_parameters_is_outdated() -> None:
    stronger = Hasher(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    stored = HASHER.hash(PASSWORD)
    assert not HASHER.outdated(stored)
    assert stronger.outdated(stored)
    assert stronger.verify(stored, PASSWORD)


class Noting(PasswordHasher):
    """Argon2 that notes what it checks, and makes no hash."""

    checked: list[str | bytes]

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        """Check a password as usual."""
        self.checked.append(hash)
        return super().verify(hash, password)

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        """Fail: whoever is known is not hashed for either."""
        raise AssertionError


def test_somebody_unknown_costs_one_check_with_the_parameters_of_every_hash() -> None:
    noting = Noting(CHEAP.time_cost, CHEAP.memory_cost, CHEAP.parallelism)
    noting.checked = []
    assert not Hasher(noting).verify(None, PASSWORD)
    (stored,) = noting.checked
    assert extract_parameters(str(stored)) == extract_parameters(HASHER.hash(PASSWORD))


class Held(PasswordHasher):
    """Argon2 that takes as long for those let in together as a test lets it."""

    reached, going_on = Event(), Event()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        """Return the hash, once it may go on."""
        if str(password).startswith("one of many"):
            self.reached.set()
            assert self.going_on.wait(60)
        return CHEAP.hash(password, salt=salt)


def test_who_logs_in_waits_for_nobody_while_many_are_let_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "PATIENCE", 0.01)
    hasher = Hasher(Held())
    with ThreadPoolExecutor(1) as pool:
        many = pool.submit(hasher.hash_many, [f"one of many {n}" for n in range(10)])
        try:
            assert Held.reached.wait(60)
            with ThreadPoolExecutor(passwords.AT_ONCE - 1) as others:
                stored = [*others.map(hasher.hash, [PASSWORD] * (passwords.AT_ONCE - 1))]
            assert all(hasher.verify(each, PASSWORD) for each in stored)
            with pytest.raises(TooMany, match="many people are being let in"):
                hasher.hash_many([PASSWORD])
        finally:
            Held.going_on.set()
        assert len({*many.result()}) == 10
    assert hasher.hash_many([]) == []
