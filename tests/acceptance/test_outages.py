"""The API goes away and comes back: pages follow by themselves, and nothing typed is lost."""

from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.conftest import Site
from tests.acceptance.test_import import HEATING, choose
from tests.acceptance.test_shell import LOOK, settled

pytestmark = pytest.mark.timeout(300)

LINKS = {
    "/sensors?open=EWR": "#table-form .dt-field",
    "/sensor-types": ".ag-row .tb-open",
    "/account": "#account-sessions tbody tr",
    "/start": ".st-steps li.on",
    "/service?name=weather": "#service-form .dt-field",
    "/import": ".im-choose",
}
ROW = ".ag-row .tb-open"
FOLLOW = """to => {
  const [pathname, words] = to.split('?');
  window.dash_clientside.set_props('url', { pathname, search: words ? `?${words}` : '' });
}"""
"""Go on to another page of the site, as a link does."""


def test_a_page_whose_first_load_meets_an_outage_comes_by_itself(
    ada: Page, site: Site, apis: ExitStack
) -> None:
    settled(ada, site)
    apis.close()
    banner = ada.locator("#outage")
    while ada.locator("#hold").count():  # the dashboard remembers for some seconds what it needs
        ada.goto(f"{site.url}/sensors?open=EWR")
        expect(banner).to_be_visible()
    apis.enter_context(site.api())
    expect(ada.locator("#table-form .dt-field").first).to_be_visible()
    expect(banner).to_be_hidden()


def test_links_that_were_followed_in_an_outage_are_filled_once_it_is_over(
    ada: Page, site: Site, apis: ExitStack
) -> None:
    pages = {path: ada.context.new_page() for path in LINKS}
    for page in pages.values():
        settled(page, site)
    apis.close()
    for path, page in pages.items():
        page.evaluate(FOLLOW, path)
        expect(page.locator("#outage")).to_be_visible()
    apis.enter_context(site.api())
    for path, page in pages.items():
        page.bring_to_front()
        page.evaluate(LOOK)
        expect(page.locator(LINKS[path]).first).to_be_visible()
        expect(page.locator("#outage")).to_be_hidden()
        page.close()


def test_what_was_missed_is_asked_for_also_if_something_else_has_hidden_the_banner(
    ada: Page, site: Site, apis: ExitStack
) -> None:
    settled(ada, site, "/sensors")
    expect(ada.locator(ROW).first).to_be_visible()
    ada.route("**/_changes", lambda _request: None)  # it is not yet asked whether the API is back
    apis.close()
    ada.locator(ROW).first.click()
    banner, form = ada.locator("#outage"), ada.locator("#table-form .dt-field")
    expect(banner).to_be_visible()
    apis.enter_context(site.api())
    ada.get_by_label("Find a sensor").fill("newark")
    expect(banner).to_be_hidden()  # rows have come
    expect(form).to_have_count(0)
    ada.unroute("**/_changes")
    ada.evaluate(LOOK)
    expect(form.first).to_be_visible()


def test_what_is_typed_into_a_drawer_outlives_an_outage(
    ada: Page, site: Site, apis: ExitStack
) -> None:
    settled(ada, site, "/sensors?open=EWR")
    name = ada.locator("#table-form").get_by_label("Name")
    name.fill("Newark, the east runway")
    apis.close()
    ada.get_by_role("button", name="Save").click()
    expect(ada.locator("#outage")).to_be_visible()
    apis.enter_context(site.api())
    expect(ada.locator("#outage")).to_be_hidden()
    expect(name).to_have_value("Newark, the east runway")
    ada.get_by_role("button", name="Save").click()
    expect(ada.get_by_text("EWR is saved")).to_be_visible()


def test_what_is_said_of_a_file_outlives_an_outage_and_it_is_then_read(
    ada: Page, site: Site, apis: ExitStack
) -> None:
    settled(ada, site, "/import")
    choose(ada, "heating.csv", HEATING.encode("cp1252"))
    expect(ada.get_by_text("Not sure which zone its times are of")).to_be_visible()
    apis.close()
    ada.get_by_label("Time zone").select_option("Europe/Berlin")
    expect(ada.locator("#outage")).to_be_visible()
    expect(ada.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    apis.enter_context(site.api())
    expect(ada.get_by_text("Not sure which zone its times are of")).to_have_count(0)
    expect(ada.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    expect(ada.locator("#outage")).to_be_hidden()
