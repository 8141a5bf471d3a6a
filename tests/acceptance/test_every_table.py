"""Each noun's table opens, with its form, for those who may see it; and nobody else."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from dash_app.nouns.all import NOUNS
from dash_app.tables.noun import Noun
from dtbase.domain.people.users import Role
from dtbase.domain.registry.locations import LocationField, LocationSchema
from tests.acceptance.conftest import Hear, Site
from tests.acceptance.people import enter
from tests.acceptance.probes import client_of

pytestmark = pytest.mark.timeout(300)


def opened(page: Page, site: Site, path: str) -> Page:
    page.goto(f"{site.url}{path}")
    expect(page.locator(".ag-row .tb-open, #table-empty .dt-empty").first).to_be_visible()
    return page


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.name)
def test_a_table_opens_and_so_do_its_forms(ada: Page, site: Site, hear: Hear, noun: Noun) -> None:
    complaints: list[str] = []
    hear("pageerror", lambda error: complaints.append(str(error)))
    opened(ada, site, noun.path)
    expect(ada.locator("h1")).to_have_text(noun.title)
    if ada.locator(".ag-row .tb-open").count():
        ada.locator(".ag-row .tb-open").first.click()
        expect(ada.locator("#table-form .dt-field").first).to_be_visible()
    if noun.new is not None:
        opened(ada, site, f"{noun.path}?new=1")
        expect(ada.locator("#table-form .dt-field").first).to_be_visible()
    assert complaints == []


def test_only_admins_see_people_keys_and_the_log(browser: Browser, site: Site) -> None:
    page = enter(browser, site, Role.EDITOR)
    expect(page.get_by_role("link", name="Sensors").first).to_be_visible()
    for name, path in (
        ("Users", "/users"),
        ("Invitations", "/invitations"),
        ("API keys", "/keys"),
        ("Audit log", "/audit"),
    ):
        expect(page.get_by_role("link", name=name)).to_have_count(0)
        page.goto(f"{site.url}{path}")
        expect(page.get_by_text("There is no page at this address")).to_be_visible()
    page.context.close()


def test_a_sensor_type_is_made_of_lines_and_a_wrong_one_is_named(ada: Page, site: Site) -> None:
    opened(ada, site, "/sensor-types?new=1")
    form = ada.locator("#table-drawer")
    form.get_by_label("Name").fill("boiler")
    form.get_by_label("Measures").fill("flow, m^3/h\nheat, bananas")
    form.get_by_role("button", name="Add sensor type").click()
    expect(form.get_by_text(re.compile("Line 2, unit"))).to_be_visible()
    form.get_by_label("Measures").fill("flow, m^3/h\nheat, kWh, float, counter")
    form.get_by_role("button", name="Add sensor type").click()
    expect(ada.get_by_role("link", name="boiler")).to_be_visible()
    with client_of(site) as client:
        found = client.sensor_types.get("boiler")
        assert [(m.name, m.unit, m.statistic) for m in found.measures] == [
            ("flow", "m^3/h", "mean"),
            ("heat", "kWh", "counter"),
        ]


def test_a_location_has_the_coordinates_that_its_lines_say(ada: Page, site: Site) -> None:
    fields = (LocationField(name="latitude"), LocationField(name="longitude"))
    with client_of(site) as client:
        client.location_schemas.add(LocationSchema(name="point", fields=fields))
    opened(ada, site, "/locations?new=1")
    form = ada.locator("#table-drawer")
    form.get_by_label("Name").fill("Roof")
    form.get_by_label("Identifier").fill("roof")
    form.get_by_label("Stands in").fill("newark-airport")
    form.get_by_label("Schema").select_option("point")
    form.get_by_label("Coordinates").fill("latitude: 40.7")
    form.get_by_role("button", name="Add location").click()
    expect(form.get_by_text(re.compile("Longitude: is required"))).to_be_visible()
    form.get_by_label("Coordinates").fill("latitude: 40.7\nlongitude: -74.2")
    form.get_by_role("button", name="Add location").click()
    expect(ada.get_by_role("link", name="roof")).to_be_visible()
    with client_of(site) as client:
        assert client.locations.get("roof").coordinates == {"latitude": 40.7, "longitude": -74.2}
        client.locations.delete("roof")


def test_a_user_is_let_in_and_kept_out(ada: Page, site: Site) -> None:
    opened(ada, site, "/users?new=1")
    form = ada.locator("#table-drawer")
    form.get_by_label("E-mail").fill("eve@example.org")
    form.get_by_label("Password").fill("short")
    form.get_by_role("button", name="Add user").click()
    expect(form.get_by_text("A password has at least 12 characters.")).to_be_visible()
    form.get_by_label("Password").fill("copper lantern orchard")
    form.get_by_label("Role").select_option("editor")
    form.get_by_role("button", name="Add user").click()
    ada.get_by_role("link", name="eve@example.org").click()
    expect(form.get_by_label("Password")).to_have_value("")
    form.get_by_label("May log in").click()
    form.get_by_role("button", name="Save", exact=True).click()
    expect(ada.locator("#table-form")).to_have_count(0)
    with client_of(site) as client:
        eve = next(user for user in client.users.list() if user.email == "eve@example.org")
        assert (eve.role, eve.active) == (Role.EDITOR, False)


def test_a_key_is_shown_once_and_the_log_tells_of_it(ada: Page, site: Site) -> None:
    opened(ada, site, "/keys?new=1")
    form = ada.locator("#table-drawer")
    form.get_by_label("Name").fill("gateway")
    form.get_by_label("Push readings").click()
    form.get_by_role("button", name="Add key").click()
    secret = form.get_by_label("The secret of the new key")
    expect(secret).to_have_value(re.compile("^dtb_"))
    shown = secret.input_value()
    opened(ada, site, "/audit?q=ada&noun=key")
    expect(ada.locator(".ag-row").first).to_contain_text("gateway")
    ada.locator(".ag-row .tb-open").first.click()
    expect(ada.locator("#table-form")).to_be_visible()
    assert shown not in ada.content()


def test_a_schedule_tells_its_next_five_runs(ada: Page, site: Site) -> None:
    opened(ada, site, "/schedules?new=1")
    form = ada.locator("#table-drawer")
    form.get_by_label("Name").fill("nightly")
    form.get_by_label("Service").select_option("score")
    form.get_by_label("By the clock").fill("61 * * * *")
    form.get_by_role("button", name="Add schedule").click()
    expect(form.get_by_text("five fields of cron")).to_be_visible()
    form.get_by_label("By the clock").fill("30 6 * * MON-FRI")
    form.get_by_label("Whose clock").fill("Europe/London")
    form.get_by_role("button", name="Add schedule").click()
    ada.get_by_role("link", name="nightly").click()
    expect(form.locator(".tb-next li")).to_have_count(5)
    expect(form.locator(".tb-next li").first).to_contain_text("06:30")
