"""Which services this process can run, by entry point: of installed packages, and of a folder."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from sqlalchemy.orm import Session

from dtbase.domain.owners import Owner
from dtbase.domain.services.services import FoundService
from dtbase.errors import DTBaseError, Invalid
from dtbase.services import Service
from dtbase.settings import get_settings
from dtbase.storage.database import transaction
from dtbase.storage.forecasts import models
from dtbase.storage.owners import register_as
from dtbase.storage.services import services
from jobs.services.mounted import Mounted, mounted

logger = logging.getLogger("jobs.services")

GROUP = "dtbase.services"
LOST = "no worker here has the service {name!r}; is its package installed?"

Kind = type[Service[Any]]


@cache
def installed() -> Mapping[str, Kind]:
    """Return the services of every installed package; what cannot be loaded is told and left."""
    found: dict[str, Kind] = {}
    for entry in entries():
        kind = load(entry)
        if kind is not None and found.setdefault(entry.name, kind) is not kind:
            logger.error("service %s of %s has a name that is taken", entry.name, entry.value)
    return found


@cache
def entries() -> Sequence[EntryPoint]:
    """Return the services of installed packages, and of those in the services' folder."""
    found = [*entry_points(group=GROUP), *(each.entry(GROUP) for each in in_folder())]
    return sorted(found, key=urgency)


def in_folder() -> Sequence[Mounted]:
    """Return the services of the packages in the services' folder."""
    return tuple(mounted(get_settings().services_folder, GROUP))


def urgency(entry: EntryPoint) -> tuple[bool, str, str]:
    """Let our own services win over others of the same name, and the order be the same."""
    return (not entry.value.startswith("jobs."), entry.name, entry.value)


def load(entry: EntryPoint) -> Kind | None:
    """Import a service, or say why it cannot be."""
    try:
        kind = entry.load()
    except Exception:  # whatever a package of others raises
        logger.exception("service %s cannot be loaded", entry.name)
        return None
    if not (isinstance(kind, type) and issubclass(kind, Service)):
        logger.error("service %s: %s is no subclass of Service", entry.name, entry.value)
        return None
    return kind


@cache
def get(name: str) -> Kind:
    """Return a service, loading no other one, or refuse one that this process does not have."""
    loaded = (load(entry) for entry in entries() if entry.name == name)
    kind = next((kind for kind in loaded if kind is not None), None)
    if kind is None:
        raise Invalid(LOST.format(name=name))
    return kind


def described() -> Iterator[FoundService]:
    """Describe each service, as the API publishes it."""
    for name, kind in installed().items():
        try:
            yield describe(name, kind)
        except Invalid as error:
            logger.error("service %s cannot be published: %s", name, error)  # noqa: TRY400


def describe(name: str, kind: Kind) -> FoundService:
    """Describe a service by what its class says."""
    return FoundService(
        name=name,
        summary=next(iter((kind.__doc__ or "").strip().splitlines()), None),
        queue=kind.queue,
        parameters_schema=kind.parameters_model.model_json_schema(),
        version=origin_of(name),
        timeout=int(kind.timeout.total_seconds()),
        retries=kind.retries,
        backoff=int(kind.backoff.total_seconds()),
        concurrency=kind.concurrency,
    )


def origin_of(name: str) -> str | None:
    """Return which version of which package brings a service."""
    for entry in entry_points(group=GROUP, name=name):
        if entry.dist is not None:
            return f"{entry.dist.name} {entry.dist.version}"
    return next((each.origin for each in in_folder() if each.name == name), None)


def register() -> None:
    """Write the services down for the API, which never imports them."""
    with transaction() as session:
        register_as(session, Owner.SERVICE)
        services.register(session, described())


def offer_model(session: Session) -> None:
    """Let a twin that knows no model know ours, so that people can ask for a first forecast."""
    from jobs.forecasting.registry import DEFAULT
    from jobs.services import forecast

    if not models.list(session):
        forecast.register(session, DEFAULT)


def try_to_register() -> bool:
    """Write down the services and a first model; answer False while the database is away."""
    try:
        register()
        with transaction() as session:
            offer_model(session)
    except DTBaseError as error:
        logger.warning("the services are not written down yet: %s", error)
        return False
    return True
