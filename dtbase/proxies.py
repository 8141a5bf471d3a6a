"""How what stands between people and the API proves itself, so that it is believed who asks."""

import hmac

from pydantic import SecretStr

HEADER = "DTBase-Proxy"
"""The header that carries the proof, beside X-Forwarded-For and X-Forwarded-Proto."""

PURPOSE = b"dtbase proxy"


def proof_of(proxy_secret: SecretStr | None, secret_key: SecretStr) -> str:
    """Return what a proxy sends: the secret made for that, or one derived from the twin's."""
    if proxy_secret is not None:
        return proxy_secret.get_secret_value()
    return hmac.digest(secret_key.get_secret_value().encode(), PURPOSE, "sha256").hex()
