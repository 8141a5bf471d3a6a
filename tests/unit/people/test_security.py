"""Access tokens, roles, and where a request comes from."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from fastapi import Request
from pydantic import SecretStr

from api import callers
from api.callers import ACCESS_LIFE, Claim, read, sign, signing_key
from api.proxies import address_of
from api.throttle import LocalCounts
from dtbase.domain.people.users import Role, Tokens

SECRET = SecretStr("s" * 40)
CLAIM = Claim(user_id=7, family=UUID(int=1))
REQUIRED = ("iss", "sub", "sid", "iat", "exp")


def good() -> dict[str, Any]:
    """Return claims that hold now: the suite may take longer than a token lives."""
    now = datetime.now(UTC)
    claims = ("dtbase", "7", str(UUID(int=1)), now, now + timedelta(minutes=1))
    return dict(zip(REQUIRED, claims, strict=True))


def token_of(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, signing_key(SECRET))


def test_a_token_says_who_signed_in() -> None:
    assert read(sign(CLAIM, SECRET, datetime.now(UTC)), SECRET) == CLAIM


def test_tokens_are_not_told_where_they_are_printed() -> None:
    tokens = Tokens(access_token="abc", refresh_token="def", expires_in=900)
    assert repr(tokens) == "Tokens(token_type='bearer', expires_in=900)"


def test_a_token_that_was_good_is_not_believed_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    token = sign(CLAIM, SECRET, now)
    assert read(token, SECRET) == CLAIM
    end = now + ACCESS_LIFE
    monkeypatch.setattr(callers, "time", end.timestamp)
    assert read(token, SECRET) is None


def test_a_token_is_good_for_a_quarter_of_an_hour() -> None:
    assert timedelta(minutes=15) == ACCESS_LIFE
    assert read(sign(CLAIM, SECRET, datetime.now(UTC) - ACCESS_LIFE), SECRET) is None


@pytest.mark.parametrize(
    "forge",
    [
        lambda: "",
        lambda: "a.b.c",
        lambda: token_of(good())[:-2],
        lambda: sign(CLAIM, SecretStr("t" * 40), datetime.now(UTC)),
        lambda: jwt.encode(good(), "", algorithm="none"),
        lambda: jwt.encode(good(), SECRET.get_secret_value(), algorithm="HS256"),
        lambda: token_of({**good(), "iss": "other"}),
        lambda: token_of({**good(), "sub": "ann"}),
        lambda: token_of({**good(), "sid": "1"}),
    ],
)
def test_any_other_token_says_nothing(forge: Callable[[], str]) -> None:
    assert read(token_of(good()), SECRET) == CLAIM
    assert read(forge(), SECRET) is None


@pytest.mark.parametrize("missing", REQUIRED)
def test_a_token_that_leaves_something_out_says_nothing(missing: str) -> None:
    claims = good()
    del claims[missing]
    assert read(token_of(claims), SECRET) is None


def test_each_role_includes_the_ones_before_it() -> None:
    assert [[one.includes(other) for other in Role] for one in Role] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:9:9:9:9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_is_a_host_or_its_ipv6_network(host: str, address: str) -> None:
    assert address_of(Request({"type": "http", "client": (host, 1), "headers": []})) == address


def test_a_request_without_an_address_is_counted_with_its_like() -> None:
    assert address_of(Request({"type": "http", "client": None, "headers": []})) == ""


def test_a_process_keeps_a_bounded_number_of_counts() -> None:
    counts = LocalCounts(most=3)
    for key in "abcd":
        counts.add(key)
    assert counts.add("a").tries == 1
    assert counts.add("d").tries == 2
