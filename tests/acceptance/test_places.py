"""Places as a tree: found, opened, and rearranged by mouse and by keyboard, by who may."""

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dtbase.domain.people.users import Role
from dtbase.domain.registry.locations import Location
from dtbase.errors import NotFound
from tests.acceptance.conftest import Site
from tests.acceptance.people import enter
from tests.acceptance.probes import client_of

pytestmark = pytest.mark.timeout(300)

SCRIPT = "<img src=x onerror=alert(1)>"
NEWARK = "newark-airport"


@pytest.fixture
def house(site: Site) -> str:
    """Register a house with a room whose name is a script, both at the top."""
    with client_of(site) as client:
        for identifier, name in (("house", "House"), ("room", SCRIPT)):
            with suppress(NotFound):
                client.locations.delete(identifier, cascade=True)
            client.locations.add(Location(identifier=identifier, name=name))
    return "house"


def item(page: Page, place: str) -> Locator:
    return page.locator(f".pl-item[data-place='{place}']")


def row(page: Page, place: str) -> Locator:
    return item(page, place).locator("> .pl-row")


def parent_of(site: Site, place: str) -> str | None:
    with client_of(site) as client:
        return client.locations.get(place).parent


def test_an_editor_rearranges_the_tree_by_mouse_and_by_keyboard_and_takes_it_back(
    browser: Browser, site: Site, house: str
) -> None:
    page = enter(browser, site, Role.EDITOR)
    page.goto(f"{site.url}/places")
    expect(row(page, "room")).to_contain_text(SCRIPT)
    row(page, "room").drag_to(row(page, house))
    expect(page.get_by_text("stands in House now.")).to_be_visible()
    expect(item(page, "room")).to_have_attribute("data-parent", house)
    assert parent_of(site, "room") == house
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("stands at the top again.")).to_be_visible()
    expect(item(page, "room")).to_have_attribute("data-parent", "")
    assert parent_of(site, "room") is None

    row(page, house).click()
    expect(page).to_have_url(re.compile("at=house"))
    expect(item(page, house)).to_have_attribute("aria-selected", "true")
    item(page, house).focus()
    page.keyboard.press("m")
    expect(page.get_by_text("Moving House: choose where it shall stand.")).to_be_visible()
    item(page, NEWARK).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("House stands in Newark")).to_be_visible()
    expect(item(page, house)).to_have_attribute("data-parent", NEWARK)
    assert parent_of(site, house) == NEWARK

    row(page, NEWARK).drag_to(row(page, house))  # not into itself: nothing is even asked
    expect(item(page, house)).to_have_attribute("data-parent", NEWARK)
    page.context.close()


def test_a_place_leads_to_its_series_and_to_its_inside(ada: Page, site: Site, house: str) -> None:
    ada.goto(f"{site.url}/places?at={NEWARK}")
    value = row(ada, NEWARK).locator(".pl-value").first
    expect(value).to_contain_text("°C")
    ada.get_by_placeholder("Place, sensor or measure").fill("wind")
    expect(item(ada, house)).to_have_count(0)
    expect(ada.locator(".pl-series li").filter(has_text="Wind speed")).to_be_visible()
    ada.locator(".pl-series").get_by_role("link", name="Temperature").click()
    expect(ada.locator("#explore-graph .js-line").first).to_be_visible()

    top = parent_of(site, NEWARK)
    ada.goto(f"{site.url}/places?in={top}&at={NEWARK}")
    expect(ada.locator("h1")).not_to_have_text("Places")
    ada.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Places").click()
    expect(item(ada, house)).to_be_visible()


def test_a_viewer_looks_and_moves_nothing(browser: Browser, site: Site, house: str) -> None:
    page = enter(browser, site, Role.VIEWER)
    page.goto(f"{site.url}/places?at={house}")
    expect(row(page, house)).to_be_visible()
    expect(page.locator(".pl-row[draggable]")).to_have_count(0)
    expect(page.get_by_role("button", name="Move…")).to_have_count(0)
    move = "{place: 'room', before: '', into: 'house', back: false, asked: 1}"
    page.evaluate(f"dash_clientside.set_props('places-move', {{data: {move}}})")
    expect(page.get_by_text("This needs the role editor; yours is viewer.")).to_be_visible()
    assert parent_of(site, "room") is None
    page.context.close()
