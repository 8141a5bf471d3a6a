"""Access tokens, roles, and where a request comes from."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import pytest
from fastapi import Request
from pydantic import SecretStr

from api.security import ACCESS_LIFE, Claim, read, sign, signing_key
from api.throttle import LocalCounts, address_of
from dtbase.domain.users import Role

SECRET = SecretStr("s" * 40)
CLAIM = Claim(user_id=7, family=UUID(int=1))
NOW = datetime.now(UTC)
GOOD = {
    "iss": "dtbase",
    "sub": "7",
    "sid": str(UUID(int=1)),
    "iat": NOW,
    "exp": NOW + timedelta(minutes=1),
}


def test_a_token_says_who_signed_in() -> None:
    assert read(sign(CLAIM, SECRET, NOW), SECRET) == CLAIM


def test_a_token_is_good_for_a_quarter_of_an_hour() -> None:
    assert timedelta(minutes=15) == ACCESS_LIFE
    assert read(sign(CLAIM, SECRET, NOW - ACCESS_LIFE), SECRET) is None


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        sign(CLAIM, SECRET, NOW)[:-2],
        sign(CLAIM, SecretStr("t" * 40), NOW),
        jwt.encode(GOOD, "", algorithm="none"),
        jwt.encode(GOOD, SECRET.get_secret_value(), algorithm="HS256"),
        jwt.encode({**GOOD, "iss": "other"}, signing_key(SECRET)),
        jwt.encode({**GOOD, "sub": "ann"}, signing_key(SECRET)),
        jwt.encode({**GOOD, "sid": "1"}, signing_key(SECRET)),
        *(
            jwt.encode({name: GOOD[name] for name in GOOD if name != missing}, signing_key(SECRET))
            for missing in GOOD
        ),
    ],
)
def test_any_other_token_says_nothing(token: str) -> None:
    assert read(token, SECRET) is None


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
    assert address_of(Request({"type": "http", "client": (host, 1)})) == address


def test_a_request_without_an_address_is_counted_with_its_like() -> None:
    assert address_of(Request({"type": "http", "client": None})) == ""


def test_a_process_keeps_a_bounded_number_of_counts() -> None:
    counts = LocalCounts(most=3)
    for key in "abcd":
        counts.add(key)
    assert counts.add("a").tries == 1
    assert counts.add("d").tries == 2
