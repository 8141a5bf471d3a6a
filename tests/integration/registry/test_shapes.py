"""Shapes: brought, fetched, pinned in, audited and taken away, by who may."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.domain.people.users import Role
from dtbase.domain.registry.shapes import Spot
from dtbase.errors import InUse, Invalid, NotAllowed, NotFound, Stale, TooLarge
from tests.glbs import glb
from tests.integration.registry.test_floor_plans import as_one_of, client

__all__ = ["client"]

PATH = "/v1/locations/house/shape"
SCRIPT = "<img src=x onerror=alert(1)>"


def test_a_shape_is_kept_and_fetched_once(client: Client, api: TestClient) -> None:
    with pytest.raises(NotFound, match="has no shape"):
        client.locations.shape("house")
    shape = client.locations.put_shape("house", glb(name=SCRIPT))
    assert (shape.size, shape.vertices, shape.pins) == (len(glb(name=SCRIPT)), 24, ())
    assert client.locations.shape_file("house") == glb(name=SCRIPT)
    assert client.locations.shape_file("house", shape.digest) is None
    answer = api.get(f"{PATH}/file")
    assert answer.headers["content-type"] == "model/gltf-binary"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    again = client.locations.put_shape("house", glb(), instead_of=shape)
    with pytest.raises(Stale):
        client.locations.put_shape("house", glb(), instead_of=shape)
    client.locations.remove_shape(again)
    with pytest.raises(NotFound):
        client.locations.shape_file("house")


def test_pins_stay_when_the_file_changes_and_go_with_what_they_are_of(client: Client) -> None:
    shape = client.locations.put_shape("house", glb())
    pins = [Spot(sensor="a", x=1, y=2.2, z=-1.5), Spot(location="room", x=0, y=0, z=0)]
    assert list(client.locations.pin_to_shape(shape, pins).pins) == pins
    with pytest.raises(Stale):
        client.locations.pin_to_shape(shape, [])
    assert list(client.locations.put_shape("house", glb(name="other")).pins) == pins
    client.sensors.delete("a")
    assert client.locations.shape("house").pins == (pins[1],)
    with pytest.raises(InUse, match="shapes"):
        client.locations.delete("house")
    client.locations.delete("house", cascade=True)
    with pytest.raises(NotFound):
        client.locations.shape("house")


def test_what_is_wrong_is_refused_by_field_and_changes_nothing(client: Client) -> None:
    before = client.locations.put_shape("house", glb())
    wrong_files: tuple[dict[str, Any], ...] = (
        {"images": [{"uri": "https://evil.example/a.png"}]},
        {"nodes": [{}]},
    )
    for hostile in wrong_files:
        with pytest.raises(Invalid) as refused:
            client.locations.put_shape("house", glb(hostile))
        assert refused.value.violations[0]["field"] == "shape"
    with pytest.raises(TooLarge):
        client.locations.put_shape("house", bytes(17 << 20))
    with pytest.raises(NotFound):
        client.locations.put_shape("nowhere", glb())
    with pytest.raises(Invalid) as gone:
        client.locations.pin_to_shape(before, [Spot(sensor="gone", x=0, y=0, z=0)])
    assert gone.value.violations[0]["field"] == "pins.0.sensor"
    for wrong in ({"x": 1e9, "y": 0, "z": 0}, {"x": 0, "y": 0}):
        with pytest.raises(Invalid):
            Spot(sensor="a", **wrong)
    assert client.locations.shape("house") == before


def test_each_change_is_in_the_log(client: Client) -> None:
    shape = client.locations.put_shape("house", glb())
    pinned = client.locations.pin_to_shape(shape, [Spot(sensor="a", x=0, y=0, z=0)])
    client.locations.remove_shape(pinned)
    actions = [entry.action for entry in client.audit.list(noun="shape", name="house")]
    assert actions == ["deleted", "changed", "created"]


def test_viewers_look_and_strangers_see_nothing(
    client: Client, api: TestClient, web: TestClient, session: Session
) -> None:
    shape = client.locations.put_shape("house", glb())
    viewer = as_one_of(api, session, Role.VIEWER)
    assert viewer.locations.shape("house") == shape
    for forbidden in (
        lambda: viewer.locations.put_shape("house", glb()),
        lambda: viewer.locations.pin_to_shape(shape, []),
        lambda: viewer.locations.remove_shape(shape),
    ):
        with pytest.raises(NotAllowed, match="editor"):
            forbidden()
    web.headers.pop("Authorization", None)
    for path in (PATH, f"{PATH}/file"):
        assert web.get(path).status_code == 401
