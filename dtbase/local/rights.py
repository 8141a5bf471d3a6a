"""What our own processes may: root starts them without its rights, wherever they can run so."""

import subprocess
import sys
from collections.abc import Mapping, Sequence

from dtbase.local.accounts import Account
from dtbase.local.places import CHECKOUT
from dtbase.local.progress import say
from dtbase.settings import environment_with

PROBE = """
import os
from dtbase.settings import get_settings
settings = get_settings()
for folder in (settings.import_folder, settings.services_folder):
    if folder is not None:
        os.listdir(folder)
"""
"""Reads the interpreter, the packages, the checkout, its .env, and the folders of services."""

NOWHERE = {
    "DTBASE_DATABASE_URL": "postgresql://nowhere/",
    "DTBASE_REDIS_URL": "redis://nowhere/",
    "DTBASE_SECRET_KEY": "nobody-signs-anything-while-probing",
}
"""What settings have to say; the probe goes nowhere."""

STAYING = (
    "API, dashboard and workers run as root: the user {name} cannot read this checkout, the"
    " Python that runs it, or the folders of its services"
)


def account_for(account: Account) -> Account | None:
    """Return whom the twin's own processes run as: ourselves where root's rights are needed."""
    if not account.dropped:
        return None
    if able(account, [sys.executable, "-c", PROBE], environment_with(NOWHERE)):
        return account
    say(STAYING.format(name=account.name))
    return None


def able(account: Account, command: Sequence[str], variables: Mapping[str, str]) -> bool:
    """Tell whether a user can run a command in the checkout."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            env=dict(variables),
            cwd=CHECKOUT,
            start_new_session=True,
            **account.drop(),
        )
    except PermissionError:
        return False
    return done.returncode == 0
