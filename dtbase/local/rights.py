"""What our own processes may: root starts them without its rights, wherever they can run so."""

import subprocess
import sys
from collections.abc import Mapping, Sequence

from dtbase.local.accounts import Account
from dtbase.local.places import CHECKOUT
from dtbase.local.progress import say

PROBE = """
import os
from dtbase.settings import get_settings
settings = get_settings()
for folder in (settings.import_folder, settings.services_folder):
    if folder is not None:
        os.listdir(folder)
"""
"""Reads the interpreter, the packages, the checkout, its .env, and the folders of services."""

STAYING = (
    "API, dashboard and workers run as root: the user {name} cannot read this checkout, the"
    " Python that runs it, or the folders of its services"
)


def account_for(account: Account, variables: Mapping[str, str]) -> Account | None:
    """Return whom the twin's own processes run as: ourselves where root's rights are needed."""
    if not account.dropped:
        return None
    if able(account, [sys.executable, "-c", PROBE], variables):
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
            **account.drop(),
        )
    except PermissionError:
        return False
    return done.returncode == 0
