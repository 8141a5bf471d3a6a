"""One module per noun; each has a `router` that `create_app` puts under /v1."""

from fastapi import APIRouter

from api.routes import (
    audit,
    auth,
    health,
    installations,
    keys,
    location_schemas,
    locations,
    measures,
    models,
    readings,
    runs,
    sensor_types,
    sensors,
    series,
    twin,
    users,
)

ROUTERS: tuple[APIRouter, ...] = (
    audit.router,
    auth.router,
    health.router,
    installations.router,
    keys.router,
    location_schemas.router,
    locations.router,
    measures.router,
    models.router,
    readings.router,
    runs.router,
    sensor_types.router,
    sensors.router,
    series.router,
    twin.router,
    users.router,
)
