"""Which version of DTBase this is, and from which commit it was built."""

from functools import cache
from importlib.metadata import version

from dtbase.settings import get_build_settings


def get_version() -> str:
    """Return the version that the image was built as, or else that of the package."""
    return get_build_settings().build_version or packaged()


@cache
def packaged() -> str:
    """Return the package's version, for which a file is read and taken apart."""
    return version("dtbase")


def get_commit() -> str | None:
    """Return the commit that the image was built from; a checkout has none to tell."""
    return get_build_settings().build_commit


def describe() -> str:
    """Return both in one line."""
    commit = get_commit()
    return f"dtbase {get_version()}" + (f" ({commit})" if commit else "")
