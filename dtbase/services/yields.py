"""What a run of a service may yield: each is stored in one transaction, or several as a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dtbase.domain.forecasts.outcomes import NewOutcome
from dtbase.domain.forecasts.runs import Model, Scenario
from dtbase.domain.imports.imports import ImportedBatch
from dtbase.domain.readings.batches import Batch
from dtbase.domain.registry.installations import NewInstallation
from dtbase.domain.registry.locations import Location, LocationSchema
from dtbase.domain.registry.measures import Measure
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.domain.registry.series import Value
from dtbase.domain.registry.stamps import Stamps

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Readings:
    """Some readings of one series; storing the same again changes nothing.

    Times are aware, or numpy's datetime64 in UTC. With `keep`, readings that are stored already
    stay as they are, whatever value these have. Those that are not `believed` are set aside.
    As a push does, they may say their `unit`, and where in their intervals their `stamps` lie.
    """

    sensor: str
    measure: str
    times: "Sequence[datetime] | NDArray[np.datetime64] | pd.DatetimeIndex"
    values: Sequence[Value | None] | NDArray[Any]
    keep: bool = False
    believed: bool = True
    unit: str | None = None
    stamps: Stamps | None = None


@dataclass(frozen=True)
class Once:
    """An outcome that is stored once for its key, whichever run of the service yields it."""

    key: str
    outcome: NewOutcome


@dataclass(frozen=True)
class ModelScenario:
    """A scenario of a model, made unless it is there."""

    model: str
    scenario: Scenario


Thing = (
    Measure
    | SensorType
    | LocationSchema
    | Location
    | NewSensor
    | NewInstallation
    | Model
    | ModelScenario
)
"""What is made in the registry unless it is there; what people have changed stays."""

Yielded: TypeAlias = "Readings | Batch | ImportedBatch | NewOutcome | Once | Thing | pd.DataFrame"
"""A batch is what our decoders of files and bodies give, for an import with what it is of.

A frame has aware times as index and sensor/measure as columns; its gaps are left out.
"""
