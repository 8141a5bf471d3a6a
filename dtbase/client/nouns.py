"""Each kind of thing in the registry, with the filters of its list."""

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from dtbase.client.options import SeriesFilter, listing, stretch
from dtbase.client.registry import Registry
from dtbase.client.transport import Parameters, Transport, read, read_list
from dtbase.domain.forecasts.runs import (
    Model,
    ModelChange,
    Scenario,
    ScenarioChange,
    ScenarioOfModel,
)
from dtbase.domain.paging import Cursor, Listed
from dtbase.domain.people.audit import AuditEntry
from dtbase.domain.people.users import NewUser, User, UserChange
from dtbase.domain.people.views import NewView, View, ViewChange
from dtbase.domain.registry.installations import Installation, InstallationChange, NewInstallation
from dtbase.domain.registry.measures import Measure, MeasureChange
from dtbase.domain.registry.notes import NewNote, Note, NoteChange
from dtbase.domain.registry.sensors import (
    NewSensor,
    Sensor,
    SensorChange,
    SensorType,
    SensorTypeChange,
)
from dtbase.domain.registry.series import LatestReading, Series
from dtbase.errors import NotFound


class Measures(Registry[Measure, Measure, MeasureChange]):
    """What is measured, in which unit.

    Where a name is measured in several units, get() and changes by name raise Conflict; change
    such a measure by the thing that list() gives.
    """

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport, "/v1/measures", Measure, "name")

    def list(
        self, *, unit: str | None = None, search: str | None = None, sort: str | None = None
    ) -> Sequence[Measure]:
        """Return the measures that fit, by name."""
        return self._list(unit=unit, search=search, sort=sort)

    def relabel(self, measure: Measure, unit: str | None) -> Measure:
        """Put a wrong unit right although readings are stored; their values stay as they are."""
        response = self._transport.send(
            "PATCH",
            self._at(measure),
            json={"unit": unit},
            params={**self._params(measure, cascade=False), "relabel": "true"},
        )
        return read(Measure, response.content)

    def _params(self, thing: Measure | str, cascade: bool) -> Parameters:
        named = {} if isinstance(thing, str) else {"unit": thing.unit or ""}
        return {**super()._params(thing, cascade), **named}


class SensorTypes(Registry[SensorType, SensorType, SensorTypeChange]):
    """Kinds of sensors."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport, "/v1/sensor-types", SensorType, "name")

    def list(
        self, *, measure: str | None = None, search: str | None = None, sort: str | None = None
    ) -> Sequence[SensorType]:
        """Return the sensor types that fit, by name."""
        return self._list(measure=measure, search=search, sort=sort)


class Sensors(Registry[NewSensor, Sensor, SensorChange]):
    """Sensors."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport, "/v1/sensors", Sensor, "identifier")

    def list(
        self,
        type: str | None = None,
        *,
        location: str | None = None,
        search: str | None = None,
        sort: str | None = None,
    ) -> Sequence[Sensor]:
        """Return the sensors that fit, by identifier; a location has those in its parts too."""
        return self._list(type=type, location=location, search=search, sort=sort)

    def replace(
        self, sensor: Sensor | str, *, by: str, at: datetime | None = None
    ) -> Sequence[Installation]:
        """Let another sensor take a sensor's place, by default now; its series there go on."""
        body = {"by": by, **({"at": at.isoformat()} if at else {})}
        answer = self._transport.send("POST", f"{self._at(sensor)}/replace", json=body)
        return read_list(Installation, answer.content)


class Installations(Registry[NewInstallation, Installation, InstallationChange]):
    """Which sensor was where since when."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport, "/v1/installations", Installation, "id")

    def list(
        self,
        *,
        sensor: str | None = None,
        location: str | None = None,
        at: datetime | None = None,
        sort: str | None = None,
    ) -> Sequence[Installation]:
        """Return the installations that fit, oldest first."""
        return self._list(sensor=sensor, location=location, at=at, sort=sort)

    def where(self, sensor: str, at: datetime) -> str | None:
        """Return the location at which a sensor was at a time, None for nowhere."""
        found = self.list(sensor=sensor, at=at)
        return found[0].location if found else None


class Users(Registry[NewUser, User, UserChange]):
    """The people who can log in; for admins."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport, "/v1/users", User, "id")

    def list(
        self,
        *,
        role: str | None = None,
        active: bool | None = None,
        search: str | None = None,
        sort: str | None = None,
    ) -> Sequence[User]:
        """Return the users that fit, by e-mail."""
        return self._list(role=role, active=active, search=search, sort=sort)


class Notes(Registry[NewNote, Note, NoteChange]):
    """What people say of series, sensors and locations."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport, "/v1/notes", Note, "id")

    def list(  # noqa: PLR0913 - each is a filter
        self,
        *,
        series: Sequence[str] = (),
        sensor: str | None = None,
        location: str | None = None,
        author: str | None = None,
        search: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        sort: str | None = None,
    ) -> Sequence[Note]:
        """Return the notes that fit, newest first; of series all that concern these."""
        wanted = listing(
            series=[*series],
            sensor=sensor,
            location=location,
            author=author,
            search=search,
            start=start,
            end=end,
            sort=sort,
        )
        return self._transport.list_of(self._path, Note, wanted)


class Views(Registry[NewView, View, ViewChange]):
    """Pages of the dashboard under a name: one's own and shared ones; this takes a log-in."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport, "/v1/views", View, "id")

    def list(
        self,
        *,
        search: str | None = None,
        shared: bool | None = None,
        pinned: bool | None = None,
        sort: str | None = None,
    ) -> Sequence[View]:
        """Return one's own and the shared views that fit, by name."""
        return self._list(search=search, sort=sort, shared=shared, pinned=pinned)


class SeriesCatalogue:
    """Which series there are, and the last value of each."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, **wanted: Unpack[SeriesFilter]) -> Sequence[Series]:
        """Return the series that fit, by sensor and in the order of its type's measures."""
        return self._transport.list_of("/v1/series", Series, listing(**wanted))

    def latest(self, **wanted: Unpack[SeriesFilter]) -> Sequence[LatestReading]:
        """Return the last value of each series that fits, by sensor and measure."""
        return self._transport.list_of("/v1/series/latest", LatestReading, listing(**wanted))


class Models(Registry[Model, Model, ModelChange]):
    """Ways of predicting."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport, "/v1/models", Model, "name")

    def list(self, *, search: str | None = None, sort: str | None = None) -> Sequence[Model]:
        """Return the models that fit, by name."""
        return self._list(search=search, sort=sort)

    def scenarios(self, model: Model | str) -> "Scenarios":
        """Return the scenarios of a model: list, get, add, change and delete them."""
        return Scenarios(self._transport, f"{self._at(model)}/scenarios")


class AllScenarios:
    """The scenarios of all models; those of one, to change them, are `models.scenarios(…)`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self, *, model: str | None = None, search: str | None = None, sort: str | None = None
    ) -> Sequence[ScenarioOfModel]:
        """Return the scenarios that fit, each with its model, by name."""
        asked = listing(model=model, search=search, sort=sort)
        return self._transport.list_of("/v1/scenarios", ScenarioOfModel, asked)

    def page(
        self, *, skip: int = 0, limit: int = 100, **filters: str | None
    ) -> Listed[ScenarioOfModel]:
        """Return a stretch of the list, and how many fit in all; filters are those of `list`."""
        asked = stretch(skip, limit, filters)
        return self._transport.page_of("/v1/scenarios", ScenarioOfModel, asked)


class Scenarios(Registry[Scenario, Scenario, ScenarioChange]):
    """The circumstances under which one model is run."""

    def __init__(self, transport: Transport, path: str) -> None:
        super().__init__(transport, path, Scenario, "name")

    def list(self, *, search: str | None = None, sort: str | None = None) -> Sequence[Scenario]:
        """Return the scenarios that fit, by name."""
        return self._list(search=search, sort=sort)


class Audit:
    """The log of every change; for admins."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        noun: str | None = None,
        name: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> Sequence[AuditEntry]:
        """Return the changes that fit, newest first."""
        wanted = listing(actor=actor, action=action, noun=noun, name=name, start=start, end=end)
        return self._transport.list_of("/v1/audit", AuditEntry, wanted)

    def get(self, entry_id: int) -> AuditEntry:
        """Return one line of the log, or raise NotFound."""
        cursor = str(Cursor(sort="-id", after=(entry_id + 1,)))
        found = self._transport.page_of("/v1/audit", AuditEntry, {"limit": 1, "cursor": cursor})
        if not found.items or found.items[0].id != entry_id:
            raise NotFound(f"no line {entry_id} in the log", field="id")
        return found.items[0]

    def page(self, *, skip: int = 0, limit: int = 100, **filters: str | None) -> Listed[AuditEntry]:
        """Return a stretch of the list, and how many fit in all; filters are those of `list`."""
        return self._transport.page_of("/v1/audit", AuditEntry, stretch(skip, limit, filters))
