"""Secrets that must be stored to be used: encrypted under a key derived from the twin's secret."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken
from pydantic import SecretStr

from dtbase.errors import Conflict

HEADERS = "secret headers of HTTP services"
PARAMETERS = "secret parameters of services"
LOST = "the {what} were stored under another DTBASE_SECRET_KEY; set them anew"


def cipher(purpose: str, secret_key: SecretStr) -> Fernet:
    """Return what encrypts, under a key that nothing else uses."""
    told = f"dtbase {purpose}".encode()
    key = hmac.digest(secret_key.get_secret_value().encode(), told, "sha256")
    return Fernet(urlsafe_b64encode(key))


def seal(secret: str, purpose: str, secret_key: SecretStr) -> str:
    return cipher(purpose, secret_key).encrypt(secret.encode()).decode()


def open_sealed(stored: str, purpose: str, secret_key: SecretStr) -> SecretStr:
    """Return a stored secret, or refuse one of another key."""
    try:
        return SecretStr(cipher(purpose, secret_key).decrypt(stored.encode()).decode())
    except InvalidToken as error:
        what = purpose.partition(" of ")[0]
        raise Conflict(LOST.format(what=what), field=what.replace(" ", "_")) from error


def encrypt(secrets: Mapping[str, SecretStr], secret_key: SecretStr) -> bytes | None:
    """Return secrets as they are stored; nothing for none."""
    if not secrets:
        return None
    plain = {name: value.get_secret_value() for name, value in secrets.items()}
    return seal(json.dumps(plain), HEADERS, secret_key).encode()


def decrypt(stored: bytes | None, secret_key: SecretStr) -> dict[str, SecretStr]:
    """Return stored secrets, or refuse those of another key."""
    if stored is None:
        return {}
    plain = json.loads(open_sealed(stored.decode(), HEADERS, secret_key).get_secret_value())
    return {name: SecretStr(value) for name, value in plain.items()}
