"""An empty twin leads through its first steps, from its name to a first reading."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dtbase.storage.database import transaction
from dtbase.storage.registry import twin as twins
from tests.acceptance.conftest import EMAIL, Site, log_in
from tests.conftest import Servers
from tests.people import add_user
from tests.twins import own_twin

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def site(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run API and dashboard on an empty twin, which Ada tends."""
    folder: Path = tmp_path_factory.mktemp("empty")
    site = Site(folder)
    with own_twin(servers):
        with transaction() as session:
            add_user(session, EMAIL)
        with site.dashboard(), site.api():
            yield site


def add(page: Page, site: Site, what: str, fields: Mapping[str, str]) -> None:
    """Take the step that adds a thing, and wait until it is there."""
    page.goto(f"{site.url}/start")
    page.get_by_role("link", name=f"Add a {what}", exact=True).click()
    form = page.locator("#table-drawer")
    for label, value in fields.items():
        form.get_by_label(label).fill(value)
    form.get_by_role("button", name=f"Add {what}").click()
    expect(page.locator("#table-form")).to_have_count(0)
    expect(page.locator(".ag-row .tb-open")).to_have_count(1)


def test_an_empty_twin_leads_from_its_name_to_its_first_sensor(visitor: Page, site: Site) -> None:
    log_in(visitor, site)
    visitor.get_by_role("link", name="Set up this twin").click()
    visitor.get_by_label("Time zone").fill("Mars/Olympus")
    visitor.get_by_label("Name").fill("The farm")
    visitor.get_by_role("button", name="Save").click()
    expect(visitor.get_by_text(re.compile("is not an IANA time zone"))).to_be_visible()
    visitor.get_by_label("Time zone").fill("Europe/London")
    visitor.get_by_role("button", name="Save").click()
    add(visitor, site, "location", {"Name": "Greenhouse", "Identifier": "greenhouse"})
    add(visitor, site, "sensor type", {"Name": "desk", "Measures": "temperature, degC"})
    visitor.goto(f"{site.url}/start")
    visitor.get_by_role("link", name="Add a sensor", exact=True).click()
    form = visitor.locator("#table-drawer")
    form.get_by_label("Type").select_option("desk")
    form.get_by_label("Identifier").fill("desk-1")
    form.get_by_label("Location").fill("greenhouse")
    form.get_by_role("button", name="Add sensor").click()
    expect(visitor.get_by_role("link", name="desk-1")).to_be_visible()
    visitor.goto(f"{site.url}/start")
    visitor.get_by_role("link", name="Open its page").click()
    expect(visitor.locator("h1")).to_have_text("desk-1")
    with transaction() as session:
        assert twins.get(session).timezone == "Europe/London"
