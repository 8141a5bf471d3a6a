"""The dashboard's server before the API, without a browser."""

import pytest
from fastapi.testclient import TestClient
from flask import Flask

from tests.dashboards import in_front_of


@pytest.fixture
def server(web: TestClient, redis_url: str) -> Flask:
    return in_front_of(web, redis_url)
