"""What a package of services imports: the class to subclass, and what a run may yield."""

from dtbase.domain.forecasts.outcomes import NewInterval, NewOutcome, NewOutput
from dtbase.domain.forecasts.runs import Model, Scenario
from dtbase.domain.registry.installations import NewInstallation
from dtbase.domain.registry.locations import Location, LocationSchema
from dtbase.domain.registry.measures import Datatype, Measure, Statistic
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.registry.stamps import At, Stamps
from dtbase.domain.registry.twin import Twin
from dtbase.domain.services.services import QueueName
from dtbase.errors import DTBaseError, Invalid, TooMany, Unavailable
from dtbase.services.context import Cancelled, Context
from dtbase.services.service import NoParameters, Parameters, Service
from dtbase.services.yields import ModelScenario, Once, Readings, Thing, Yielded

__all__ = [
    "At",
    "Cancelled",
    "Context",
    "DTBaseError",
    "Datatype",
    "Invalid",
    "Location",
    "LocationSchema",
    "Measure",
    "Model",
    "ModelScenario",
    "NewInstallation",
    "NewInterval",
    "NewOutcome",
    "NewOutput",
    "NewSensor",
    "NoParameters",
    "Once",
    "Parameters",
    "QueueName",
    "Readings",
    "Scenario",
    "SensorType",
    "SeriesKey",
    "Service",
    "Stamps",
    "Statistic",
    "Thing",
    "TooMany",
    "Twin",
    "Unavailable",
    "Yielded",
]
