"""Overview in a real browser: the twin at a glance, narrowed, and the way to a series."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.conftest import Site

pytestmark = pytest.mark.timeout(300)

PHONE = {"width": 390, "height": 844}


OF_WHEN = re.compile(r"\d+\s(min|h) ago|now|silent, \d+\s(h|d)")
"""How old the newest reading is; in calm hours, how long there has been no gust."""


def open_overview(page: Page, site: Site, search: str = "") -> None:
    page.goto(f"{site.url}/{search}")
    expect(page.locator(".ov-l, #overview-places .dt-empty").first).to_be_visible()


def test_every_place_shows_its_latest_values_and_leads_to_their_series(
    ada: Page, site: Site
) -> None:
    open_overview(ada, site)
    cards = ada.locator(".ov-l")
    expect(cards).to_have_count(3)
    newark = cards.filter(has_text="Newark")
    expect(newark.locator(".dt-num")).to_have_text(re.compile(r"\d.*°C"))
    expect(newark).to_contain_text(OF_WHEN)
    newark.get_by_role("link", name=re.compile("Humidity")).click()
    expect(ada).to_have_url(re.compile(r"/explore\?s=EWR/humidity"))
    expect(ada.locator("#explore-on")).to_contain_text("Humidity")


def test_words_a_place_and_a_type_narrow_what_is_shown_and_stand_in_the_address(
    ada: Page, site: Site
) -> None:
    open_overview(ada, site)
    ada.get_by_label("Find a series or a place").fill("wind speed")
    expect(ada.locator(".ov-l").first).not_to_contain_text("Humidity")
    expect(ada).to_have_url(re.compile(r"q=wind\+speed"))
    places = ada.get_by_label("Location", exact=True)
    newark = places.locator("option", has_text="Newark").first
    places.select_option(value=str(newark.get_attribute("value")))
    expect(ada.locator(".ov-l")).to_have_count(1)
    ada.go_back()
    expect(ada.locator(".ov-l")).to_have_count(3)


def test_what_fits_nothing_leads_back(ada: Page, site: Site) -> None:
    open_overview(ada, site, "?q=no+such+thing")
    expect(ada.get_by_role("heading", name="Nothing fits")).to_be_visible()
    ada.get_by_role("link", name="Show everything").click()
    expect(ada.locator(".ov-l")).to_have_count(3)


def test_the_base_tells_what_came_in_and_what_runs_next(ada: Page, site: Site) -> None:
    open_overview(ada, site)
    base = ada.get_by_role("region", name="How the base is doing")
    expect(base).to_contain_text(re.compile(r"\d+ of \d+\s+series on time"))
    expect(base).to_contain_text("running, 0 waiting")


def test_a_phone_shows_the_overview_without_scrolling_sideways(ada: Page, site: Site) -> None:
    ada.set_viewport_size(PHONE)  # type: ignore[arg-type]
    open_overview(ada, site)
    assert ada.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
