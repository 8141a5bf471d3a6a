"""One module per noun; each has a `router` that `create_app` puts under /v1."""

from fastapi import APIRouter

from api.routes import auth, health, locations, readings, sensor_types, sensors, series, twin, users

ROUTERS: tuple[APIRouter, ...] = (
    auth.router,
    health.router,
    locations.router,
    readings.router,
    sensor_types.router,
    sensors.router,
    series.router,
    twin.router,
    users.router,
)
