"""From where a request comes, by the word of proxies that prove themselves.

Those in networks that a setting names are believed before: uvicorn's middleware sees to that.
"""

import hmac
from ipaddress import IPv6Address, ip_address
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.types import Scope

from dtbase.proxies import HEADER, proof_of
from dtbase.settings import get_settings


def is_believed(headers: Headers) -> bool:
    """Tell whether a request comes through a proxy of ours."""
    settings = get_settings()
    proof = proof_of(settings.proxy_secret, settings.secret_key)
    return hmac.compare_digest(headers.get(HEADER, "").encode(), proof.encode())


def host_of(request: Request) -> str:
    """Return from where somebody asks: the last one that a proxy of ours has named."""
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    if forwarded and is_believed(request.headers):
        return forwarded
    return request.client.host if request.client else ""


def is_secure(scope: Scope, headers: Headers) -> bool:
    """Tell whether somebody asks over TLS, which may end at a proxy of ours."""
    if headers.get("x-forwarded-proto") == "https" and is_believed(headers):
        return True
    return bool(scope["scheme"] == "https")


def address_of(request: Request) -> str:
    """Return where a request comes from; of IPv6 the network, since a host has many addresses."""
    host = host_of(request)
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> 64 << 64)}/64"


async def get_address(request: Request) -> str:
    """Return where a request comes from, without a thread of its own."""
    return address_of(request)


Address = Annotated[str, Depends(get_address)]
