"""One module per noun; each has a `router` that `create_app` puts under /v1."""

from fastapi import APIRouter

from api.routes import (
    auth,
    health,
    keys,
    locations,
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
    auth.router,
    health.router,
    keys.router,
    locations.router,
    models.router,
    readings.router,
    runs.router,
    sensor_types.router,
    sensors.router,
    series.router,
    twin.router,
    users.router,
)
