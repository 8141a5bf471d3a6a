"""Secrets that must be stored to be used: encrypted under a key derived from the twin's secret."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken
from pydantic import SecretStr

from dtbase.errors import Conflict

PURPOSE = b"dtbase secret headers of HTTP services"
LOST = "the secret headers were stored under another DTBASE_SECRET_KEY; set them anew"


def cipher(secret_key: SecretStr) -> Fernet:
    """Return what encrypts, under a key that nothing else uses."""
    key = hmac.digest(secret_key.get_secret_value().encode(), PURPOSE, "sha256")
    return Fernet(urlsafe_b64encode(key))


def encrypt(secrets: Mapping[str, SecretStr], secret_key: SecretStr) -> bytes | None:
    """Return secrets as they are stored; nothing for none."""
    if not secrets:
        return None
    plain = {name: value.get_secret_value() for name, value in secrets.items()}
    return cipher(secret_key).encrypt(json.dumps(plain).encode())


def decrypt(stored: bytes | None, secret_key: SecretStr) -> dict[str, SecretStr]:
    """Return stored secrets, or refuse those of another key."""
    if stored is None:
        return {}
    try:
        plain = json.loads(cipher(secret_key).decrypt(stored))
    except InvalidToken as error:
        raise Conflict(LOST, field="secret_headers") from error
    return {name: SecretStr(value) for name, value in plain.items()}
