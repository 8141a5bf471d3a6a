"""The registry's tables; readings and predictions live in hypertables (migrations/sql)."""

from dtbase.storage.tables.base import Base
from dtbase.storage.tables.forecasts import Model, Run, RunOutput, Scenario
from dtbase.storage.tables.imports import ImportProfile
from dtbase.storage.tables.people import ApiKey, ApiKeySensor, AuditEntry, RefreshToken, User
from dtbase.storage.tables.registry import (
    Installation,
    Location,
    LocationField,
    LocationSchema,
    Measure,
    Retention,
    Sensor,
    SensorType,
    SensorTypeMeasure,
    Series,
    StatisticOverride,
    Twin,
)
from dtbase.storage.tables.scores import (
    Backtest,
    Champion,
    Drift,
    Score,
    ScoreMonth,
    ScorePending,
    ScoreScale,
    ScoreWatch,
)
from dtbase.storage.tables.services import (
    ParameterSet,
    Schedule,
    Service,
    ServiceRun,
    ServiceRunLine,
)

__all__ = [
    "ApiKey",
    "ApiKeySensor",
    "AuditEntry",
    "Backtest",
    "Base",
    "Champion",
    "Drift",
    "ImportProfile",
    "Installation",
    "Location",
    "LocationField",
    "LocationSchema",
    "Measure",
    "Model",
    "ParameterSet",
    "RefreshToken",
    "Retention",
    "Run",
    "RunOutput",
    "Scenario",
    "Schedule",
    "Score",
    "ScoreMonth",
    "ScorePending",
    "ScoreScale",
    "ScoreWatch",
    "Sensor",
    "SensorType",
    "SensorTypeMeasure",
    "Series",
    "Service",
    "ServiceRun",
    "ServiceRunLine",
    "StatisticOverride",
    "Twin",
    "User",
]
