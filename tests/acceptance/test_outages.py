"""The API goes away and comes back: pages follow by themselves, and nothing typed is lost."""

from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.conftest import Site
from tests.acceptance.test_import import HEATING, choose
from tests.acceptance.test_shell import settled

pytestmark = pytest.mark.timeout(300)


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
