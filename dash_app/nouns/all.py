"""Every noun that has a table, in the order of the navigation."""

from dash_app.nouns.kinds import LOCATION_SCHEMAS, MEASURES, MODELS, SENSOR_TYPES
from dash_app.nouns.locations import LOCATIONS
from dash_app.nouns.parts import PARAMETER_SETS, SCENARIOS
from dash_app.nouns.people import AUDIT, INVITATIONS, KEYS, USERS
from dash_app.nouns.retention import RETENTION
from dash_app.nouns.sensors import SENSORS
from dash_app.nouns.work import SCHEDULES, SERVICES
from dash_app.tables.noun import Noun

NOUNS: tuple[Noun, ...] = (
    SENSORS,
    LOCATIONS,
    SENSOR_TYPES,
    MEASURES,
    LOCATION_SCHEMAS,
    MODELS,
    SCENARIOS,
    SERVICES,
    PARAMETER_SETS,
    SCHEDULES,
    USERS,
    INVITATIONS,
    KEYS,
    RETENTION,
    AUDIT,
)
