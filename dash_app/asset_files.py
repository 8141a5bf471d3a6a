"""Addresses of our own assets that change whenever the file does."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "assets"


@cache
def asset_url(name: str) -> str:
    """Return the address of an asset, good for a year of caching."""
    return f"/assets/{name}?m={(FOLDER / name).stat().st_mtime}"
