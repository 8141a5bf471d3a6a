"""A place's map: marks by coordinates, over outlines of our own, moved by mouse and by keyboard."""

import re
from contextlib import suppress
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dtbase.domain.people.users import Role
from dtbase.domain.registry.installations import NewInstallation
from dtbase.domain.registry.locations import Location
from dtbase.domain.registry.sensors import NewSensor
from dtbase.errors import AlreadyExists
from tests.acceptance.conftest import Hear, Site
from tests.acceptance.people import enter
from tests.acceptance.probes import client_of
from tests.acceptance.test_plan import SCRIPT

pytestmark = pytest.mark.timeout(300)

FIELD = "field"
METRE = 1 / 111_320
"""Of latitude, in degrees."""


def add_field(site: Site) -> None:
    """Add a field with two posts three metres apart, far from the airports."""
    with client_of(site) as client, suppress(AlreadyExists):
        client.locations.add(Location(identifier=FIELD, name="Field"))
        for number, name in enumerate(("Post", SCRIPT)):
            client.locations.add(
                Location(
                    identifier=f"post-{number}",
                    name=name,
                    parent=FIELD,
                    coordinates={"latitude": 52.2 + number * 3 * METRE, "longitude": 0.1},
                )
            )
        sensor = NewSensor(identifier="post-sensor", type="weather-station", name="Post")
        client.sensors.add(sensor)
        client.installations.add(NewInstallation(sensor="post-sensor", location="post-0"))


def new_place(site: Site) -> str:
    """Add a place without coordinates."""
    name = f"cellar-{uuid4().hex[:8]}"
    with client_of(site) as client:
        client.locations.add(Location(identifier=name, name="Cellar"))
    return name


def mark(page: Page, name: str) -> Locator:
    return page.locator(f".mp-marks [data-name='{name}']")


def apart(page: Page, one: str, other: str) -> float:
    """Return how many pixels two marks are apart."""
    boxes = [mark(page, name).bounding_box() for name in (one, other)]
    (a, b) = (box for box in boxes if box is not None)
    return float(((a["x"] - b["x"]) ** 2 + (a["y"] - b["y"]) ** 2) ** 0.5)


def told_together(page: Page) -> None:
    """Reduce until three places are one mark, and go into it."""
    page.get_by_role("group", name="Map. Arrows").focus()
    for _ in range(6):
        page.keyboard.press("-")
    group = page.get_by_role("button", name=re.compile("3 places close together.*Enlarge"))
    expect(group).to_be_visible()
    group.click()


def see_all_places(page: Page) -> None:
    """Go from Places to the map of both roots, and enlarge one of them."""
    page.get_by_role("link", name="Places", exact=True).first.click()
    page.get_by_role("link", name="Map", exact=True).click()
    expect(page.locator("h1")).to_have_text("Map")
    values = page.get_by_role("region", name="Values")
    expect(values.get_by_role("link", name="Newark")).to_be_visible()
    expect(values.get_by_role("link", name="Post", exact=True)).to_be_visible()
    page.get_by_role("button", name=re.compile("3 places close together.*Enlarge")).click()
    expect(mark(page, "newark-airport")).to_have_attribute("aria-label", re.compile("°C"))


def test_towns_and_a_field_are_seen_whole_and_gone_into(ada: Page, site: Site, hear: Hear) -> None:
    asked: list[str] = []
    hear("request", lambda request: asked.append(request.url))
    ada.goto(f"{site.url}/place?id=new-york&m=temperature")
    ada.get_by_role("link", name="Map", exact=True).click()
    newark = mark(ada, "newark-airport")
    expect(newark).to_have_attribute("aria-label", re.compile("Newark.*°C, (last )?measured"))
    expect(ada.locator(".mp-marks .pn-mark")).to_have_count(3)
    assert apart(ada, "newark-airport", "kennedy-airport") > 200
    slider = ada.get_by_role("slider", name="Time that is shown")
    slider.focus()
    ada.keyboard.press("Home")
    expect(newark).to_have_attribute("aria-label", re.compile("°C, measured"))
    expect(ada).to_have_url(re.compile("see=map.*t=|t=.*see=map"))
    told_together(ada)
    expect(newark).to_be_visible()
    newark.click()
    expect(ada).to_have_url(re.compile(r"/sensor\?id=EWR"))

    add_field(site)
    ada.goto(f"{site.url}/place?id={FIELD}&see=map")
    expect(mark(ada, "post-1")).to_contain_text(SCRIPT)
    assert apart(ada, "post-0", "post-1") > 100
    expect(ada.locator(".mp-bar")).to_contain_text(re.compile(r"\d (c)?m$"))
    expect(ada.locator(".mp-note")).to_contain_text("say little")
    assert ada.title() != "owned"

    see_all_places(ada)
    assert any("late/outlines.json" in url for url in asked)
    assert [url for url in asked if not url.startswith((site.url, "data:", "blob:"))] == []


def test_a_place_without_coordinates_says_how_it_gets_them(browser: Browser, site: Site) -> None:
    cellar = new_place(site)
    page = enter(browser, site, Role.VIEWER)
    page.goto(f"{site.url}/place?id={cellar}&see=map")
    expect(page.get_by_text("An editor can give this place")).to_be_visible()
    expect(page.get_by_role("link", name="Edit coordinates")).to_have_count(0)
    page.context.close()
    page = enter(browser, site, Role.EDITOR)
    page.goto(f"{site.url}/place?id={cellar}&see=map")
    page.get_by_role("link", name="Edit coordinates").click()
    form = page.locator("#table-drawer")
    form.get_by_label("Coordinates").fill("latitude: 52.2\nlongitude: 0.1")
    form.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(f"{site.url}/locations")
    page.goto(f"{site.url}/place?id={cellar}&see=map")
    expect(mark(page, cellar)).to_be_visible()
    page.context.close()
