"""A sensor's page: what it measures, where it stood, and its first reading by a line to paste."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from dtbase.domain.people.users import Role
from dtbase.domain.registry.sensors import NewSensor
from dtbase.local.ports import HOST
from tests.acceptance.conftest import Site
from tests.acceptance.people import enter
from tests.acceptance.probes import add_probe, client_of

pytestmark = pytest.mark.timeout(300)

SCRIPT = "<script>document.title='owned'</script>"


@pytest.fixture(scope="module")
def probe(site: Site) -> str:
    """Register a sensor that has never measured anything."""
    add_probe(site, "well-a")
    with client_of(site) as client:
        client.sensors.add(NewSensor(identifier="well-b", type="probe", name=SCRIPT, notes=SCRIPT))
    return "well-b"


@pytest.fixture
def at_probe(ada: Page, site: Site, probe: str) -> Page:
    ada.goto(f"{site.url}/sensor?id={quote(probe)}")
    expect(ada.get_by_text("No reading yet")).to_be_visible()
    return ada


def test_a_page_tells_each_measure_its_day_and_ninety_days(ada: Page, site: Site) -> None:
    ada.goto(f"{site.url}/sensor?id=EWR")
    row = ada.locator(".sn-measures tbody tr").filter(has_text="Temperature")
    expect(row).to_contain_text("°C")
    expect(row).to_contain_text("1 hour")
    expect(row.get_by_role("img")).to_have_attribute("aria-label", re.compile("The last 90 days"))
    expect(ada.locator("h1")).to_have_text("Newark")
    expect(ada).to_have_title("Newark · DTBase")  # the heading comes later than the page
    expect(ada.get_by_role("link", name="Open in Explore")).to_be_visible()


def test_find_leads_to_the_page_of_a_sensor(ada: Page, site: Site) -> None:
    ada.goto(f"{site.url}/sensors")
    expect(ada.locator("h1")).to_be_visible()
    ada.keyboard.press("/")
    ada.keyboard.type("LGA")
    expect(ada.locator("#find-list [role=option]").first).to_be_visible()
    ada.locator("#find-list a[href='/sensor?id=LGA']").click()
    expect(ada.locator("h1")).to_have_text("LaGuardia")


WRONG = (
    ({"measure": "depth"}, "with a measure 'depth'", "case counts"),
    ({"unit": "bananas"}, "unit", "Send in the measure's unit"),
    ({"sensor": "well-a"}, "well-a", "made for"),
)
"""What a device may get wrong, with words of what is told of it, and of what helps."""


def try_wrongly(page: Page, site: Site) -> None:
    """Send what is wrong with the key that the page shows, and see each refusal with its remedy."""
    secret = page.get_by_label("Key for this sensor").input_value()
    for changed, _, _ in WRONG:
        now = datetime.now(UTC).isoformat()
        right = {"sensor": "well-b", "measure": "level", "time": now, "value": 2.5}
        told = requests.post(
            f"http://{HOST}:{site.api_port}/v1/readings",
            json={"readings": [{**right, **changed}]},
            headers={"Authorization": f"Bearer {secret}"},
            timeout=60,
        )
        assert told.status_code in {403, 422}, told.text
    refused = page.get_by_role("list", name="Refused tries")
    for _, what, remedy in WRONG:
        line = refused.get_by_role("listitem").filter(has_text=remedy)
        expect(line).to_contain_text(what)
    expect(page.get_by_text("Waiting for the first reading…")).to_be_visible()


def test_wrong_tries_are_told_with_what_helps_until_the_line_to_paste_sends_the_first_reading(
    at_probe: Page, site: Site
) -> None:
    at_probe.get_by_role("button", name="Make a key and show the lines").click()
    expect(at_probe.get_by_text("Waiting for the first reading…")).to_be_visible()
    try_wrongly(at_probe, site)
    at_probe.get_by_text("Python", exact=True).click()
    line = at_probe.locator(".sn-lines.python pre").inner_text()
    told = subprocess.run(  # noqa: S603 - the line that the page shows is what is tested
        [sys.executable, "-c", line], capture_output=True, text=True, check=True, timeout=60
    )
    assert "inserted=1" in told.stdout
    expect(at_probe.get_by_text("The first reading is here")).to_be_visible()
    expect(at_probe.get_by_role("list", name="Refused tries")).to_have_count(0)
    expect(at_probe.locator(".sn-measures")).to_contain_text("21.5")
    with client_of(site) as client:
        key = next(each for each in client.keys.list() if each.name.startswith("well-b"))
        assert (key.sensors, list(key.scopes)) == (("well-b",), ["readings:write"])


def test_moving_is_one_dialog_with_a_date_and_refuses_a_place_that_is_not_there(
    ada: Page, site: Site, probe: str
) -> None:
    ada.goto(f"{site.url}/sensor?id={probe}")
    ada.get_by_role("button", name="Move…").click()
    ada.get_by_label("To which location").fill("nowhere")
    ada.get_by_role("button", name="Move", exact=True).click()
    expect(ada.get_by_text("No location 'nowhere'.")).to_be_visible()
    ada.get_by_label("To which location").fill("newark-airport")
    ada.get_by_label("Since when").fill("2026-01-05T08:00")
    ada.get_by_role("button", name="Move", exact=True).click()
    expect(ada.get_by_text("5 Jan 2026 08:00")).to_be_visible()
    with client_of(site) as client:
        (stay,) = client.installations.list(sensor=probe)
        assert (stay.location, stay.since.isoformat()[:16]) == (
            "newark-airport",
            "2026-01-05T13:00",
        )


def test_stored_script_is_text_on_the_page(ada: Page, site: Site, probe: str) -> None:
    ada.goto(f"{site.url}/sensor?id={probe}")
    expect(ada.locator("h1")).to_have_text(SCRIPT)
    expect(ada.locator(".sn-notes")).to_have_text(SCRIPT)


def test_a_viewer_is_offered_no_key_and_no_move(browser: Browser, site: Site) -> None:
    page = enter(browser, site, Role.VIEWER)
    page.goto(f"{site.url}/sensor?id=EWR")
    expect(page.locator(".sn-measures tbody tr").first).to_be_visible()
    expect(page.get_by_role("button", name="Move…")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("key"))).to_have_count(0)
    page.context.close()


def test_a_sensor_that_is_not_there_is_told(ada: Page, site: Site) -> None:
    for search in ("", "?id=no-such", "?id=%00"):
        ada.goto(f"{site.url}/sensor{search}")
        expect(ada.get_by_role("heading", name="No such sensor")).to_be_visible()
        expect(ada.get_by_role("heading", name="Send a reading")).to_be_hidden()
