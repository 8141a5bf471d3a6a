"""A place in three dimensions: boxes and points by coordinates, turned and picked by hand."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from dtbase.domain.people.users import Role
from dtbase.domain.registry.installations import NewInstallation
from dtbase.domain.registry.locations import Location
from dtbase.domain.registry.measures import Measure
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.domain.registry.shapes import Spot
from dtbase.errors import AlreadyExists, NotFound
from tests.acceptance.conftest import FLAGS, PATIENCE, Hear, Site
from tests.acceptance.people import enter
from tests.acceptance.probes import client_of
from tests.acceptance.test_accessibility import grave
from tests.acceptance.test_plan import SCRIPT
from tests.glbs import glb
from tests.twins import eventually

pytestmark = pytest.mark.timeout(300)

FARM = "farm"
RACKS = 6
WITHOUT = ["--disable-3d-apis"]
DRAWN = ".sp-view[data-drawn='8']"


def add_farm(site: Site) -> str:
    """Add a hall with racks in it, each with a sensor, and a mast whose name is a script."""
    hall = {"x": 4, "y": 0, "z": 0, "width": 12, "depth": 6, "height": 4}
    with client_of(site) as client, suppress(AlreadyExists):
        warmth = Measure(name="warmth", unit="degC")
        client.sensor_types.add(SensorType(name="rack", measures=(warmth,)))
        client.locations.add(Location(identifier=FARM, name="Farm", coordinates=hall))
        size = {"width": 0.8, "depth": 4, "height": 2.5}
        racks = [
            Location(
                identifier=f"rack-{number}",
                name=f"Rack {number}",
                parent=FARM,
                coordinates={"x": number * 1.6, "y": 0, "z": 0, **size},
            )
            for number in range(RACKS)
        ]
        mast = {"x": 9.5, "y": 2, "z": 3.5}
        racks.append(Location(identifier="mast", name=SCRIPT, parent=FARM, coordinates=mast))
        client.locations.add_many(racks)
        now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        for number, rack in enumerate(racks):
            name = f"s-{rack.identifier}"
            client.sensors.add(NewSensor(identifier=name, type="rack"))
            client.installations.add(NewInstallation(sensor=name, location=rack.identifier))
            times = [now - timedelta(hours=hour) for hour in range(48)]
            client.readings.push_values(f"{name}/warmth", times, [18.0 + number] * 48)
    return f"{site.url}/place?id={FARM}&see=3d"


@pytest.fixture
def blind(playwright: Playwright) -> Iterator[Browser]:
    """Start a browser that draws nothing in three dimensions."""
    started = playwright.chromium.launch(
        executable_path="/usr/bin/chromium", args=[*FLAGS, *WITHOUT]
    )
    yield started
    started.close()


def picked(page: Page, words: str) -> None:
    expect(page.locator(".sp-picked")).to_contain_text(re.compile(words))


def style_of(page: Page, name: str) -> str:
    return page.locator(f".mp-marks [data-name='{name}']").get_attribute("style") or ""


def test_a_hall_is_turned_and_what_is_in_it_picked_by_the_keyboard(
    ada: Page, site: Site, hear: Hear
) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    hear("pageerror", lambda error: complaints.append(str(error)))
    hear("request", lambda request: asked.append(request.url))
    ada.goto(f"{site.url}/place?id=new-york")
    expect(ada.locator(".pn-list li").first).to_be_visible()
    assert not any("three.min" in url for url in asked)
    ada.goto(add_farm(site))
    expect(ada.locator(DRAWN)).to_be_visible()
    assert grave(ada) == []
    expect(ada.locator(".mp-marks [data-name='mast']")).to_contain_text(SCRIPT)
    ada.get_by_role("group", name="3D. Arrows").focus()
    before = style_of(ada, "rack-5")
    for key in ("ArrowLeft", "ArrowUp", "+", "n"):
        ada.keyboard.press(key)
    picked(ada, "Farm.*no value")
    ada.keyboard.press("p")
    picked(ada, r"Rack 5.*23\.0.°C")
    rack = ada.locator(".mp-marks [data-name='rack-5']")
    expect(rack).not_to_have_attribute("style", before)
    ada.get_by_role("button", name="From the south").click()
    expect(rack).to_have_attribute("style", before)
    assert ada.title() != "owned"
    assert [url for url in asked if not url.startswith((site.url, "data:", "blob:"))] == []
    assert complaints == []


def test_what_is_pressed_is_told_at_the_time_of_the_slider_and_leads_on(
    ada: Page, site: Site
) -> None:
    ada.goto(add_farm(site))
    expect(ada.locator(DRAWN)).to_be_visible()
    box = ada.locator(".mp-marks [data-name='rack-5'] .pn-value").bounding_box()
    assert box is not None
    ada.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] + 24)
    picked(ada, r"Rack 5.*23\.0.°C, (last )?measured")
    ada.get_by_role("slider", name="Time that is shown").focus()
    ada.keyboard.press("End")
    picked(ada, r"Rack 5.*last measured")
    ada.locator(".sp-picked a").click()
    expect(ada).to_have_url(re.compile(r"/sensor\?id=s-rack-5"))


def test_an_editor_brings_a_shape_and_pins_a_sensor_in_it(browser: Browser, site: Site) -> None:
    add_farm(site)
    with client_of(site) as client, suppress(NotFound):
        client.locations.remove_shape(client.locations.shape("new-york"))
    page = enter(browser, site, Role.EDITOR)
    page.goto(f"{site.url}/place?id=new-york&m=temperature&see=3d")
    upload = page.get_by_label("Bring a shape")
    for hostile in (glb({"buffers": [{"uri": "https://evil.example/"}]}), b"<script>"):
        upload.set_input_files({"name": f"{SCRIPT}.glb", "mimeType": "", "buffer": hostile})
        told = page.get_by_role("alert").filter(
            has_text=re.compile("evil.example|must be a .glb", re.IGNORECASE)
        )
        expect(told).to_be_visible()
    upload.set_input_files({"name": "a.glb", "mimeType": "", "buffer": glb(name=SCRIPT)})
    expect(page.locator(".sp-view[data-drawn='0']")).to_be_visible()
    page.get_by_role("button", name="Edit pins").click()
    page.get_by_role("button", name="Put into the shape: Newark", exact=True).click()
    expect(page.locator(".sp-view[data-drawn='1']")).to_be_focused()
    for key in ("ArrowRight", "PageUp"):
        page.keyboard.press(key)
    eventually(lambda: len(pins_of(site)) == 1 and pins_of(site)[0].x > 2)
    page.get_by_role("button", name="Done").click()
    page.reload()
    expect(page.locator(".mp-marks [data-name='EWR']")).to_contain_text("Newark")
    assert (pins_of(site)[0].sensor, page.title() == "owned") == ("EWR", False)
    page.context.close()


def pins_of(site: Site) -> tuple[Spot, ...]:
    with client_of(site) as client:
        return client.locations.shape("new-york").pins


def test_a_viewer_looks_at_a_shape_and_what_is_forced_is_refused(
    browser: Browser, site: Site
) -> None:
    with client_of(site) as client:
        shape = client.locations.put_shape("new-york", glb())
        shape = client.locations.pin_to_shape(shape, [Spot(sensor="JFK", x=1, y=1, z=-1)])
    page = enter(browser, site, Role.VIEWER)
    page.goto(f"{site.url}/place?id=new-york&m=temperature&see=3d")
    expect(page.locator(".sp-view[data-drawn='1']")).to_be_visible()
    expect(page.get_by_role("button", name="Edit pins")).to_have_count(0)
    expect(page.locator("input[type=file]")).to_have_count(0)
    pin = f"{{shape: {shape.model_dump_json()}, pins: [], asked: 1}}"
    page.evaluate(f"dash_clientside.set_props('plan-pins', {{data: {pin}}})")
    expect(page.get_by_text("This needs the role editor; yours is viewer.")).to_be_visible()
    assert [each.sensor for each in pins_of(site)] == ["JFK"]
    token = next(c["value"] for c in page.context.cookies() if c["name"] == "_csrf_token")
    address = f"{site.url}/_shape?location=new-york"
    assert page.request.post(address, data=glb()).status == 403
    forced = page.request.post(address, data=glb(), headers={"X-CSRFToken": token})
    assert (forced.status, "needs the role editor" in forced.text()) == (422, True)
    page.context.clear_cookies()
    assert page.request.get(address, max_redirects=0).status in {302, 401}
    page.context.close()


def test_a_browser_without_webgl_says_so_and_has_every_value(blind: Browser, site: Site) -> None:
    address = add_farm(site)
    page = enter(blind, site, Role.VIEWER)
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    expect(page.get_by_role("heading", name="This browser draws nothing in 3D")).to_be_visible()
    expect(page.locator(".pn-list li")).to_have_count(RACKS + 2)
    expect(page.locator(".pn-list")).to_contain_text("23.0")
    page.context.close()
