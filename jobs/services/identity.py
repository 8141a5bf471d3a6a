"""Proving on Azure who we are: a token of this machine's identity in place of a kept password.

An admin writes `azure-identity api://…` as the secret header `Authorization` of an HTTP service.
When it is called, that becomes `Bearer` and a token for `api://…`, given to this machine alone.
"""

from collections.abc import Mapping

import requests

from dtbase.errors import Invalid, Unavailable
from dtbase.settings import IdentitySettings, get_identity_settings

SCHEME = "azure-identity "
VERSION = "2019-08-01"
PATIENCE = 10


def identified(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers with tokens where they ask for them."""
    return {
        name: f"Bearer {token(value.removeprefix(SCHEME).strip())}"
        if value.startswith(SCHEME)
        else value
        for name, value in headers.items()
    }


def token(audience: str) -> str:
    """Return a token for an audience; Azure keeps it until it runs out, so asking is cheap."""
    settings = get_identity_settings()
    if settings.identity_endpoint is None or settings.identity_header is None:
        raise Invalid("azure-identity: this worker runs nowhere that has an identity of Azure")
    try:
        answer = ask(settings, audience)
    except requests.RequestException as error:
        raise Unavailable("azure-identity: Azure gives no token, it does not answer") from error
    if not answer.ok:
        raise Unavailable(
            f"azure-identity: Azure gives no token for {audience} ({answer.status_code})"
        )
    return str(answer.json()["access_token"])


def ask(settings: IdentitySettings, audience: str) -> requests.Response:
    """Ask Azure, at the address that only this machine reaches."""
    assert settings.identity_endpoint is not None
    assert settings.identity_header is not None
    wanted = {"api-version": VERSION, "resource": audience}
    if settings.azure_client_id is not None:
        wanted["client_id"] = settings.azure_client_id
    header = {"X-IDENTITY-HEADER": settings.identity_header.get_secret_value()}
    with requests.Session() as session:
        session.trust_env = False  # the endpoint is on this machine: no proxy may see the proof
        return session.get(
            settings.identity_endpoint, params=wanted, headers=header, timeout=PATIENCE
        )
