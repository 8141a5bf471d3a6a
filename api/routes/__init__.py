"""One module per noun; each has a `router` that `create_app` puts under /v1."""

from fastapi import APIRouter

ROUTERS: tuple[APIRouter, ...] = ()
