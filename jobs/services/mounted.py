"""Services of packages that lie in a folder, as they are, without being installed."""

import logging
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

from dtbase.domain.frozen import Frozen

logger = logging.getLogger("jobs.services")


class Mounted(Frozen):
    """A service of a package in the folder."""

    name: str
    value: str
    origin: str
    """Which version of which package brings it."""

    def entry(self, group: str) -> EntryPoint:
        """Return it as an installed package would have it."""
        return EntryPoint(self.name, self.value, group)


def mounted(folder: Path | None, group: str) -> Iterator[Mounted]:
    """Return the services of a folder's packages, and let their modules be imported."""
    for document in sorted(folder.glob("*/pyproject.toml")) if folder is not None else ():
        try:
            yield from services_of(document, group)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            logger.error("%s cannot be read: %s", document, error)  # noqa: TRY400


def services_of(document: Path, group: str) -> Iterator[Mounted]:
    """Return the services that a package's document names."""
    project = tomllib.loads(document.read_text(encoding="utf-8"))["project"]
    for place in (document.parent / "src", document.parent):
        if place.is_dir() and str(place) not in sys.path:
            sys.path.append(str(place))
    origin = f"{project['name']} {project.get('version', 'unversioned')}"
    for name, value in project.get("entry-points", {}).get(group, {}).items():
        yield Mounted(name=name, value=value, origin=origin)
