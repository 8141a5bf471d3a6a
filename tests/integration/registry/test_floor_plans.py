"""Floor plans: brought, fetched, pinned to, audited and taken away, by who may."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.domain.people.users import Role
from dtbase.domain.registry.floor_plans import MediaType, Pin
from dtbase.domain.registry.locations import Location
from dtbase.domain.registry.measures import Measure
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.errors import InUse, Invalid, NotAllowed, NotFound, Stale, TooLarge
from tests.people import add_user, carry, log_in
from tests.pictures import jpeg, png, png_bomb, svg
from tests.wire import client_of

PATH = "/v1/locations/house/floor-plan"


@pytest.fixture
def client(api: TestClient) -> Client:
    client = client_of(api)
    client.sensor_types.add(SensorType(name="probe", measures=(Measure(name="warmth"),)))
    client.sensors.add(NewSensor(identifier="a", type="probe"))
    client.locations.add(Location(identifier="house", name="House"))
    client.locations.add(Location(identifier="room", name="Room", parent="house"))
    return client


def as_one_of(api: TestClient, session: Session, role: Role) -> Client:
    carry(api, log_in(session, add_user(session, f"{role}@example.org", role)))
    return client_of(api)


def test_a_picture_is_kept_and_fetched_once(client: Client) -> None:
    with pytest.raises(NotFound, match="has no floor plan"):
        client.locations.floor_plan("house")
    plan = client.locations.put_picture("house", png())
    assert (plan.media_type, plan.width, plan.height, plan.pins) == (MediaType.PNG, 80, 50, ())
    picture = client.locations.picture("house")
    assert picture is not None
    assert len(picture.content) == plan.size
    assert client.locations.picture("house", plan.digest) is None
    again = client.locations.put_picture("house", jpeg(), instead_of=plan)
    assert again.media_type is MediaType.JPEG
    with pytest.raises(Stale):
        client.locations.put_picture("house", png(), instead_of=plan)
    client.locations.remove_picture(again)
    with pytest.raises(NotFound):
        client.locations.picture("house")


def test_pins_stay_when_the_picture_changes_and_go_with_what_they_are_of(client: Client) -> None:
    plan = client.locations.put_picture("house", png())
    assert [each.identifier for each in client.locations.list(has_plan=True)] == ["house"]
    assert "house" not in [each.identifier for each in client.locations.list(has_plan=False)]
    pins = [Pin(sensor="a", x=0.25, y=1), Pin(location="room", x=0, y=0.5)]
    pinned = client.locations.pin(plan, pins)
    assert list(pinned.pins) == pins
    with pytest.raises(Stale):
        client.locations.pin(plan, [])
    assert list(client.locations.put_picture("house", svg()).pins) == pins
    client.sensors.delete("a")
    assert client.locations.floor_plan("house").pins == (pins[1],)
    with pytest.raises(InUse, match="floor plans"):
        client.locations.delete("house")
    client.locations.delete("house", cascade=True)
    with pytest.raises(NotFound):
        client.locations.floor_plan("house")


def test_pins_of_nothing_twice_or_beside_the_picture_are_refused_by_field(client: Client) -> None:
    plan = client.locations.put_picture("house", png())
    pins = [Pin(sensor="a", x=0, y=0), Pin(sensor="gone", x=0, y=0), Pin(location="b", x=0, y=0)]
    with pytest.raises(Invalid) as refused:
        client.locations.pin(plan, pins)
    fields = [violation["field"] for violation in refused.value.violations]
    assert fields == ["pins.1.sensor", "pins.2.location"]
    for wrong in ({"x": 1.01, "y": 0}, {"x": 0, "y": -0.1}, {"x": 0}):
        with pytest.raises(Invalid):
            Pin(sensor="a", **wrong)
    for nobody in ({}, {"sensor": "a", "location": "b"}):
        with pytest.raises(Invalid, match="one sensor or of one location"):
            Pin(x=0, y=0, **nobody)
    assert client.locations.floor_plan("house").pins == ()


def test_what_is_no_harmless_picture_changes_nothing(client: Client) -> None:
    before = client.locations.put_picture("house", png())
    for content in (png_bomb(), svg("<script>alert(1)</script>"), b"<html></html>"):
        with pytest.raises(Invalid):
            client.locations.put_picture("house", content)
    with pytest.raises(TooLarge):
        client.locations.put_picture("house", bytes(9 << 20))
    with pytest.raises(NotFound):
        client.locations.put_picture("nowhere", png())
    assert client.locations.floor_plan("house") == before


def test_a_picture_opened_by_itself_runs_nothing(client: Client, api: TestClient) -> None:
    client.locations.put_picture("house", svg())
    answer = api.get(f"{PATH}/image")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "private" in answer.headers["cache-control"]
    tag = {"If-None-Match": answer.headers["etag"]}
    assert api.get(f"{PATH}/image", headers=tag).status_code == 304


def test_each_change_is_in_the_log(client: Client) -> None:
    plan = client.locations.put_picture("house", png())
    pinned = client.locations.pin(plan, [Pin(sensor="a", x=0, y=0)])
    client.locations.remove_picture(pinned)
    actions = [entry.action for entry in client.audit.list(noun="floor plan", name="house")]
    assert actions == ["deleted", "changed", "created"]


def test_viewers_look_and_strangers_see_nothing(
    client: Client, api: TestClient, web: TestClient, session: Session
) -> None:
    plan = client.locations.put_picture("house", png())
    viewer = as_one_of(api, session, Role.VIEWER)
    assert viewer.locations.floor_plan("house") == plan
    for forbidden in (
        lambda: viewer.locations.put_picture("house", png()),
        lambda: viewer.locations.pin(plan, []),
        lambda: viewer.locations.remove_picture(plan),
    ):
        with pytest.raises(NotAllowed, match="editor"):
            forbidden()
    web.headers.pop("Authorization", None)
    for path in (PATH, f"{PATH}/image", "/v1/locations/house/timelapse"):
        assert web.get(path).status_code == 401
    editor = as_one_of(api, session, Role.EDITOR)
    editor.locations.remove_picture(plan)
