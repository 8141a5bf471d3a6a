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
    metrics,
    models,
    readings,
    retention,
    runs,
    scenarios,
    scores,
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
    metrics.router,
    models.router,
    readings.router,
    retention.router,
    runs.router,
    scenarios.router,
    scores.router,
    sensor_types.router,
    sensors.router,
    series.router,
    twin.router,
    users.router,
)
