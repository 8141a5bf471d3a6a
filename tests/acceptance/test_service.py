"""A service's page: its form comes from its schema, its runs are followed to their ends."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from dtbase.domain.people.users import Role
from dtbase.domain.services.services import HttpRequest, NewHttpService, ParameterSet
from tests.acceptance.conftest import Site
from tests.acceptance.people import enter
from tests.acceptance.probes import client_of

pytestmark = pytest.mark.timeout(300)


def at(page: Page, site: Site, service: str) -> Page:
    page.goto(f"{site.url}/service?name={service}")
    expect(page.locator("h1")).to_have_text(service)
    return page


def test_a_run_is_asked_for_followed_and_told_with_its_log(ada: Page, site: Site) -> None:
    at(ada, site, "score")
    expect(ada.get_by_text("It takes no parameters.")).to_be_visible()
    ada.get_by_role("button", name="Run now").click()
    expect(ada).to_have_url(re.compile(r"run=\d+"))
    card = ada.locator(".sv-one")
    expect(card.get_by_text("Finished")).to_be_visible(timeout=60_000)
    expect(ada.locator("#service-history tbody tr.on")).to_contain_text("Finished")


def test_what_the_schema_forbids_stands_under_its_field(ada: Page, site: Site) -> None:
    at(ada, site, "forecast")
    ada.get_by_label("Horizon").fill("0")
    ada.get_by_label("Series").fill("EWR/temperature")
    ada.get_by_role("button", name="Run now").click()
    expect(ada.get_by_text("less than the minimum of 1")).to_be_visible()
    with client_of(site) as client:
        assert client.service_runs.list("forecast") == []


def test_parameters_are_kept_as_a_set_and_fill_the_form(ada: Page, site: Site) -> None:
    at(ada, site, "forecast")
    ada.get_by_label("Horizon").fill("12")
    ada.get_by_label("Series").fill("EWR/temperature\nJFK/temperature")
    ada.get_by_label("Name of the set").fill("two airports")
    ada.get_by_role("button", name="Keep as a set").click()
    expect(ada.get_by_text("Must be 1 to 100 letters")).to_be_visible()
    ada.get_by_label("Name of the set").fill("two-airports")
    ada.get_by_role("button", name="Keep as a set").click()
    expect(ada.get_by_text("The parameter set two-airports is kept")).to_be_visible()
    with client_of(site) as client:
        (kept,) = client.services.parameter_sets("forecast").list()
        assert kept.parameters == {
            "horizon": 12,
            "series": ["EWR/temperature", "JFK/temperature"],
        }
    at(ada, site, "forecast")
    ada.get_by_label("Parameter set").select_option("two-airports")
    expect(ada.get_by_label("Horizon")).to_have_value("12")
    expect(ada.get_by_label("Series")).to_have_value("EWR/temperature\nJFK/temperature")


def test_a_secret_that_a_set_keeps_is_said_to_be_there(ada: Page, site: Site) -> None:
    secret = {"type": "object", "properties": {"token": {"type": "string", "writeOnly": True}}}
    request = HttpRequest(method="POST", url="https://example.org")
    new = NewHttpService(name="far", request=request, parameters_schema=secret)
    with client_of(site) as client:
        client.services.add(new)
        night = ParameterSet(name="night", parameters={"token": "no-secret-of-ours"})
        client.services.parameter_sets("far").add(night)
    at(ada, site, "far")
    token = ada.get_by_label("Token")
    expect(token).not_to_have_attribute("placeholder", re.compile("."))
    ada.get_by_label("Parameter set").select_option("night")
    expect(token).to_have_attribute("placeholder", re.compile("As in the set"))
    expect(token).to_have_value("")


def test_a_viewer_follows_runs_and_is_offered_none(browser: Browser, site: Site) -> None:
    page = at(enter(browser, site, Role.VIEWER), site, "score")
    expect(page.locator("#service-history h2").first).to_be_visible()
    expect(page.get_by_role("button", name="Run now")).to_have_count(0)
    page.context.close()


def test_a_service_that_is_not_there_is_told(ada: Page, site: Site) -> None:
    for search in ("", "?name=no-such", "?name=score&run=99999999999999999999"):
        ada.goto(f"{site.url}/service{search}")
        expect(ada.locator("#content h2").first).to_be_visible()
