"""Where a request may go: addresses of the outside world, unless the settings allow others."""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from dtbase.domain.frozen import Frozen
from dtbase.errors import Invalid, Unavailable
from dtbase.settings import get_settings

Address = IPv4Address | IPv6Address

GLOBAL = IPv6Network("2000::/3")
"""All that is handed out of IPv6; what lies elsewhere is of some other use, known or to come."""

TRANSLATED = IPv6Network("64:ff9b::/96")
"""NAT64: the last four bytes are the IPv4 address that is reached."""

WITH_IPV4 = (TRANSLATED, IPv6Network("::/96"), IPv6Network("::ffff:0:0:0/96"))
"""Forms whose last four bytes are an IPv4 address: NAT64, compatible, and translated ones."""

ISATAP = (bytes.fromhex("00005efe"), bytes.fromhex("02005efe"))
"""What stands before such four bytes in any network that tunnels by ISATAP."""
CLOSED = tuple(
    map(
        ip_network,
        (
            "64:ff9b:1::/48",  # NAT64 of one's own network
            "192.88.99.0/24",  # 6to4 relays
            "100:0:0:1::/64",  # dummy prefix
            "3fff::/20",  # documentation
            "5f00::/16",  # segment routing
            "fec0::/10",  # site-local
        ),
    )
)
"""Networks that lead nowhere outside, though older Pythons take them for global."""
PLATFORM = {IPv4Address("168.63.129.16")}
"""Azure answers for the machine itself under this address, though it looks public."""
PORTS = {"http": 80, "https": 443}


class Target(Frozen):
    """Where one request goes: the name that was asked for, and the address that it is bound to."""

    scheme: str
    host: str
    port: int
    address: str
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Return what must stay the same for secrets to go along."""
        return self.scheme, self.host, self.port

    @property
    def named(self) -> str:
        """Write the name as the header Host has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """Resolve a URL once, and refuse one that leads inside."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Invalid(f"{url[:200]!r} is not a URL", field="url") from error
    if parts.scheme not in PORTS or not parts.hostname or parts.username or parts.password:
        raise Invalid(f"{url[:200]!r} is not a URL of http or https", field="url")
    host = parts.hostname.rstrip(".")
    port = PORTS[parts.scheme] if port is None else port
    found = resolve(host, port)
    for address in found:
        check(host, address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme=parts.scheme, host=host, port=port, address=str(found[0]), path=path)


def resolve(host: str, port: int) -> Sequence[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unavailable(f"the name {host!r} is not known") from error
    addresses = {ip_address(str(each[4][0]).partition("%")[0]) for each in found}
    return sorted(addresses, key=lambda address: (address.version, address.packed))


def check(host: str, address: Address) -> None:
    """Refuse an address inside, in whatever form, unless the settings allow it."""
    for meant in meanings(address):
        if not outside(meant) and not allowed(address, meant):
            raise Invalid(
                f"{host} leads to {address}, which is not of the outside world;"
                " DTBASE_HTTP_ALLOW can allow it",
                field="url",
            )


def meanings(address: Address) -> Sequence[Address]:
    """Return an address and the IPv4 addresses that it stands for."""
    if isinstance(address, IPv4Address):
        return [address]
    inside = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    tunnelled = address.packed[8:12] in ISATAP
    if tunnelled or any(address in network for network in WITH_IPV4):
        inside.append(IPv4Address(address.packed[-4:]))
    found = [each for each in inside if each is not None]
    return found if address.ipv4_mapped else [address, *found]


def outside(address: Address) -> bool:
    closed = address in PLATFORM or any(address in network for network in CLOSED)
    if isinstance(address, IPv6Address):
        closed = closed or (address not in GLOBAL and address not in TRANSLATED)
    return address.is_global and not address.is_multicast and not closed


def allowed(*addresses: Address) -> bool:
    """Tell whether the settings allow one of some addresses that mean the same."""
    networks = get_settings().http_allow or ()
    return any(address in network for address in addresses for network in networks)
