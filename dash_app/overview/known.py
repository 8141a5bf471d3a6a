"""What the twin looks like: the same for all who look, and asked anew once there is news."""

from dash_app import account
from dash_app.remembered import Remembered
from dtbase.domain.glance.overview import Overview

SHARED_SECONDS = 15.0
KNOWN = Remembered[Overview](SHARED_SECONDS)


def overview_of(version: str | None) -> Overview:
    """Return the twin at a glance, no older than a version that somebody knows of."""
    return KNOWN.get(lambda _: account.api().glance.overview(), version)
