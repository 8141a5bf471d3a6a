"""The frame of every page: find anything, the account, the keys, pages that live."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.acceptance.conftest import Hear, Site, log_in
from tests.acceptance.probes import add_probe, client_of, push
from tests.acceptance.tabbing import walk
from tests.acceptance.test_accessibility import PAGES

pytestmark = pytest.mark.timeout(300)

PHONE = {"width": 390, "height": 844}
SOON = 25_000
"""Milliseconds: a page asks every eight seconds, and this machine may be busy."""

FEW = 10
TABBED = (
    "overview",
    "explore compared",
    "explore as a table",
    "find when",
    "what was found",
    "forecasts",
    "forecasts of a series",
    "sensors",
    "a sensor's drawer",
    "a sensor",
    "places",
    "a service",
    "account",
)
"""Each page once, whose other states have the same controls."""

LOOK = "document.dispatchEvent(new Event('visibilitychange'))"
"""What the browser tells a page that somebody comes back to: it looks at once."""


def settled(page: Page, site: Site, path: str = "/") -> None:
    """Go to a page and wait until it is there."""
    page.goto(f"{site.url}{path}")
    expect(page.locator("h1")).to_be_visible()


def test_the_front_page_is_the_overview(visitor: Page, site: Site) -> None:
    log_in(visitor, site)
    expect(visitor.get_by_role("heading", name="Overview")).to_be_visible()
    expect(visitor).to_have_title(re.compile(r"^(\(\d+\) )?Overview · DTBase$"))


def test_a_slash_finds_anything_by_its_name_and_enter_opens_it(ada: Page, site: Site) -> None:
    settled(ada, site)
    ada.keyboard.press("/")
    ada.keyboard.type("wind kennedy")
    hits = ada.locator("#find-list [role=option]")
    expect(hits.first).to_contain_text("Wind direction")
    expect(hits.first).to_have_attribute("aria-selected", "true")
    ada.keyboard.press("ArrowDown")
    expect(hits.nth(1)).to_have_attribute("aria-selected", "true")
    chosen = hits.nth(1).get_attribute("href")
    ada.keyboard.press("Enter")
    expect(ada).to_have_url(f"{site.url}{chosen}")
    expect(ada.get_by_role("dialog", name="Find anything")).to_be_hidden()
    expect(ada.locator("#explore-on")).to_contain_text("Wind")


def test_one_search_is_one_call_and_pages_are_found_too(ada: Page, site: Site) -> None:
    settled(ada, site)
    ada.keyboard.press("/")
    ada.keyboard.type("expl")
    expect(ada.locator("#find-list [role=option]").first).to_contain_text("Explore")
    ada.keyboard.press("Escape")
    expect(ada.get_by_role("dialog", name="Find anything")).to_be_hidden()


def test_what_has_no_such_name_is_told(ada: Page, site: Site) -> None:
    settled(ada, site)
    ada.get_by_role("button", name="Find anything").click()
    ada.keyboard.type("no such thing")
    expect(ada.locator("#find-list")).to_contain_text("Nothing is called")


def test_keys_lead_to_pages_and_are_told_by_a_question_mark(ada: Page, site: Site) -> None:
    settled(ada, site)
    ada.keyboard.press("?")
    dialog = ada.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("Find anything")
    ada.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    ada.keyboard.press("g")
    ada.keyboard.press("e")
    expect(ada).to_have_url(f"{site.url}/explore")
    expect(ada.get_by_role("heading", name="Explore")).to_be_visible()


def test_a_phone_has_five_entries_and_all_else_behind_the_last(ada: Page, site: Site) -> None:
    ada.set_viewport_size(PHONE)  # type: ignore[arg-type]
    settled(ada, site)
    bar = ada.get_by_role("navigation", name="Main, phone")
    expect(bar.locator(".dt-tab")).to_have_count(5)
    bar.get_by_text("More").click()
    bar.get_by_role("link", name="ada@example.org").click()
    expect(ada.get_by_role("heading", name="Your account")).to_be_visible()
    assert ada.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_wrong_password_is_told_at_its_field(ada: Page, site: Site) -> None:
    settled(ada, site, "/account")
    ada.get_by_label("Current password").fill("not it at all")
    ada.get_by_label("New password", exact=True).fill("copper lantern orchard")
    ada.get_by_label("New password, again").fill("copper lantern orchid")
    ada.get_by_role("button", name="Change password").click()
    expect(ada.get_by_text("This is not the same password.")).to_be_visible()
    ada.get_by_label("New password, again").fill("copper lantern orchard")
    ada.get_by_role("button", name="Change password").click()
    expect(ada.get_by_text("The current password is wrong.")).to_be_visible()


def test_a_key_is_shown_once_listed_and_ended_after_asking(ada: Page, site: Site) -> None:
    settled(ada, site, "/account")
    ada.get_by_role("button", name="Issue key").click()
    expect(ada.get_by_text("Give it a name.")).to_be_visible()
    ada.get_by_label("Name", exact=True).fill("gateway")
    ada.get_by_role("button", name="Issue key").click()
    expect(ada.get_by_label("The secret of the new key")).to_have_value(re.compile("^dtb_"))
    ada.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")  # no TLS
    ada.get_by_role("button", name="Copy").click()
    expect(ada.get_by_role("button", name="Copied")).to_be_visible()
    row = ada.locator("#account-keys tbody tr", has_text="gateway")
    expect(row).to_contain_text("push readings")
    row.get_by_role("button").click()
    expect(ada.get_by_role("heading", name="End the key gateway?")).to_be_visible()
    ada.get_by_role("button", name="End the key", exact=True).click()
    expect(row).to_have_count(0)


def test_another_log_in_is_seen_and_ended(ada: Page, site: Site) -> None:
    with client_of(site) as other:
        settled(ada, site, "/account")
        rows = ada.locator("#account-sessions tbody tr")
        expect(rows.filter(has_text="This one")).to_have_count(1)
        before = rows.count()
        rows.filter(has_text="Another one").first.get_by_role("button").click()
        expect(rows).to_have_count(before - 1)
        other.log_out()


def test_the_theme_is_chosen_and_left_to_the_system_again(ada: Page, site: Site) -> None:
    ada.emulate_media(color_scheme="light")
    settled(ada, site, "/account")
    ada.get_by_text("Dark", exact=True).click()
    expect(ada.locator("html")).to_have_attribute("data-bs-theme", "dark")
    ada.get_by_text("As the system").click()
    expect(ada.locator("html")).to_have_attribute("data-bs-theme", "light")


def test_what_is_silent_is_told_and_new_readings_come_by_themselves(ada: Page, site: Site) -> None:
    add_probe(site, "probe-1")
    settled(ada, site, "/?q=probe-1")
    alerts = ada.locator("#overview-attention")
    expect(alerts).to_contain_text("Level, Well probe-1")
    expect(alerts).to_contain_text("It reports every hour.")
    with client_of(site) as client:
        push(client, 4.5, datetime.now(UTC), "probe-1")
    expect(alerts).to_contain_text("Nothing needs attention", timeout=SOON)
    expect(ada.locator("#overview-places")).to_contain_text("4.5")


def test_an_open_chart_lives_and_leaves_the_range_that_somebody_chose(
    ada: Page, site: Site
) -> None:
    add_probe(site, "probe-2")
    looks: list[Route] = []

    def hold(look: Route) -> None:
        looks.append(look)

    ada.route(re.compile("/_changes"), hold)
    settled(ada, site, "/explore?s=probe-2/level&range=24h")
    expect(ada.locator("#explore-on .v")).to_be_visible()
    address = ada.url
    with client_of(site) as client:
        push(client, 7.25, datetime.now(UTC), "probe-2")
    ada.unroute(re.compile("/_changes"))
    for look in looks:  # a first look that comes late tells of what the page does not show yet
        look.continue_()
    expect(ada.locator("#explore-on .v")).to_have_text(re.compile("7.[23]"), timeout=SOON)
    assert ada.url == address


def test_a_page_that_is_held_asks_nothing_until_it_lives_again(
    ada: Page, site: Site, hear: Hear
) -> None:
    settled(ada, site, "/?q=newark")
    expect(ada.locator("#overview-places")).to_contain_text("Newark")
    ada.wait_for_load_state("networkidle")
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    ada.get_by_role("button", name="Live").click()
    hear("request", note)
    ada.evaluate(LOOK)
    expect(ada.get_by_role("button", name="Held")).to_be_visible()
    assert [url for url in asked if "_changes" in url] == []
    with ada.expect_response(re.compile("/_changes")):
        ada.keyboard.press("h")


def test_nothing_new_is_told_by_a_304(ada: Page, site: Site) -> None:
    settled(ada, site, "/account")
    with ada.expect_response(lambda answer: "/_changes" in answer.url and answer.status == 304):
        ada.evaluate(LOOK)
        ada.wait_for_event("response", lambda answer: "/_changes" in answer.url)
        ada.evaluate(LOOK)


@pytest.mark.parametrize("name", TABBED)
def test_every_control_is_reached_seen_and_named_by_the_keyboard_alone(
    ada: Page, site: Site, name: str
) -> None:
    path, ready = PAGES[name]
    settled(ada, site, path)
    expect(ada.locator(ready).first).to_be_visible()
    ada.keyboard.press("h")  # held, so that nothing is drawn anew meanwhile
    expect(ada.get_by_role("button", name="Held")).to_be_visible()
    ada.wait_for_load_state("networkidle")
    found = walk(ada)
    if found.missed:  # what was under way when the page was held has come, and is drawn
        found = walk(ada)
    assert found.controls > FEW
    assert (found.missed, found.blind, found.mute) == ([], [], [])


def test_logging_out_everywhere_leads_to_the_log_in(visitor: Page, site: Site) -> None:
    """The last of this file: it ends the log-in that all others share."""
    log_in(visitor, site)
    expect(visitor.get_by_role("heading", name="Overview")).to_be_visible()
    settled(visitor, site, "/account")
    visitor.get_by_role("button", name="Log out everywhere").click()
    expect(visitor).to_have_url(re.compile("/login"))
    settled(visitor, site, "/account")
    expect(visitor).to_have_url(re.compile("/login"))
