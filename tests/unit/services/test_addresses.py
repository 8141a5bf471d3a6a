"""Requests of HTTP services go to the outside world only, in whatever form an address comes."""

from ipaddress import ip_address

import pytest

from dtbase.errors import Invalid
from jobs.services import addresses

INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",  # noqa: S104 - nothing is bound to it
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::",
    "2001:0:7f00:1::",
    "64:ff9b:1:808:8:800::",
    "192.88.99.1",
    "fec0::1",
    "3fff::1",
    "5f00::1",
    "100:0:0:1::1",
    "::ffff:0:127.0.0.1",
    "::ffff:0:8.8.8.8",
    "::ffff:0:a9fe:a9fe",
    "2606:4700::5efe:7f00:1",
    "2606:4700::200:5efe:10.0.0.1",
    "4000::1",
    "e000::1",
    "1::127.0.0.1",
]
OUTSIDE = [
    "8.8.8.8",
    "93.184.215.14",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2606:4700::5efe:8.8.8.8",
]


@pytest.fixture(autouse=True)
def nothing_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, "")


def allow(monkeypatch: pytest.MonkeyPatch, networks: str) -> None:
    from dtbase.settings import get_settings

    monkeypatch.setenv("DTBASE_DATABASE_URL", "postgresql://nowhere/")
    monkeypatch.setenv("DTBASE_REDIS_URL", "redis://nowhere/")
    monkeypatch.setenv("DTBASE_SECRET_KEY", "a-secret-that-only-the-tests-know-0123456789")
    monkeypatch.setenv("DTBASE_HTTP_ALLOW", networks)
    get_settings.cache_clear()


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_refused(address: str) -> None:
    with pytest.raises(Invalid, match="not of the outside world"):
        addresses.check("somewhere", ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_outside_is_fine(address: str) -> None:
    addresses.check("somewhere", ip_address(address))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "017700000001", "[::1]", "[::ffff:7f00:1]"],
)
def test_every_way_to_write_this_machine_is_refused(host: str) -> None:
    with pytest.raises(Invalid, match="not of the outside world"):
        addresses.target_of(f"http://{host}:8000/v1")


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://", "http://a:b@8.8.8.8/", "http://8.8.8.8:99999/", "//x"]
)
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="not a URL"):
        addresses.target_of(url)


def test_the_settings_can_allow_networks_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, "10.0.0.0/8, fd00::/8")
    addresses.check("inside", ip_address("10.1.2.3"))
    addresses.check("inside", ip_address("::ffff:10.1.2.3"))
    addresses.check("inside", ip_address("fd12::1"))
    with pytest.raises(Invalid):
        addresses.check("inside", ip_address("192.168.0.1"))


def test_a_target_is_bound_to_what_its_name_led_to(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, "127.0.0.0/8,::1/128")
    target = addresses.target_of("http://localhost:8000/a?b=c")
    assert (target.host, target.address, target.path) == ("localhost", "127.0.0.1", "/a?b=c")
    assert target.named == "localhost:8000"
