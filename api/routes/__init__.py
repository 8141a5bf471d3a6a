"""One module per noun; each has a `router` that `create_app` puts under /v1."""

from fastapi import APIRouter

from api.routes import auth, users

ROUTERS: tuple[APIRouter, ...] = (
    auth.router,
    users.router,
)
