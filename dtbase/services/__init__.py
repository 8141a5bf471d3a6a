"""What a package of services imports: the class to subclass, and what a run may yield."""

from dtbase.domain.installations import NewInstallation
from dtbase.domain.locations import Location, LocationSchema
from dtbase.domain.measures import Datatype, Measure, Statistic
from dtbase.domain.outcomes import NewInterval, NewOutcome, NewOutput
from dtbase.domain.runs import Model, Scenario
from dtbase.domain.sensors import NewSensor, SensorType
from dtbase.domain.series import SeriesKey
from dtbase.domain.services import QueueName
from dtbase.domain.twin import Twin
from dtbase.errors import DTBaseError, Invalid, TooMany, Unavailable
from dtbase.services.context import Cancelled, Context
from dtbase.services.service import NoParameters, Parameters, Service
from dtbase.services.yields import ModelScenario, Once, Readings, Thing, Yielded

__all__ = [
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
    "Statistic",
    "Thing",
    "TooMany",
    "Twin",
    "Unavailable",
    "Yielded",
]
