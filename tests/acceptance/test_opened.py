"""What opens over a page has no serious finding of axe-core, light or dark, at a desk or phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from dtbase.domain.registry.floor_plans import Pin
from dtbase.domain.registry.sensors import NewSensor, SensorChange
from tests.acceptance.conftest import Hear, Site
from tests.acceptance.probes import add_probe, client_of
from tests.acceptance.test_accessibility import grave, themed
from tests.acceptance.test_import import HEATING, choose
from tests.acceptance.test_phone import WIDE
from tests.acceptance.test_shell import PHONE
from tests.pictures import png

__all__ = ["themed"]

pytestmark = pytest.mark.timeout(300)

WELL = "/sensors?open=well"


@pytest.fixture(scope="module", autouse=True)
def furnished(site: Site) -> None:
    """Add a plan with a pin, a sensor of one's own, and a reading that is set aside."""
    add_probe(site, "well")
    with client_of(site) as client:
        client.locations.put_picture("new-york", png(1600, 900))
        plan = client.locations.floor_plan("new-york")
        client.locations.pin(plan, [Pin(sensor="EWR", x=0.25, y=0.5)])
        client.sensors.add(NewSensor(identifier="silent", type="probe"))
        now = client.series.latest(sensor="EWR")[0].time
        assert now is not None
        client.readings.push_values("EWR/temperature", [now], ["warm"], on_invalid="set_aside")


def typed(page: Page) -> None:
    page.locator("#table-form").get_by_label("Name").fill("Half typed")


def two_versions(page: Page, site: Site) -> None:
    typed(page)
    with client_of(site) as client:
        notes = client.sensors.get("well").notes or ""
        client.sensors.update("well", SensorChange(notes=f"{notes}more "))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Somebody else has changed this meanwhile")).to_be_visible()


def left_half_typed(page: Page, _site: Site) -> None:
    typed(page)
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="Keep editing")).to_be_visible()


def deleted(page: Page, _site: Site) -> None:
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("with all that depends on it")).to_be_visible()


def many(page: Page, _site: Site) -> None:
    for key in ("EWR", "JFK"):
        page.locator(f".ag-row[row-id='{key}'] input[type=checkbox]").click()
    page.get_by_role("button", name="Change…").click()
    page.get_by_label("What to change").select_option("notes")
    expect(page.get_by_label("New value")).to_be_visible()


def columns(page: Page, _site: Site) -> None:
    expect(page.locator(".ag-row[row-id='JFK']")).to_be_visible()  # a grid still empty fails axe
    page.locator("summary[title=Columns]").click()
    expect(page.get_by_role("group", name="Columns")).to_be_visible()


def imported(page: Page, _site: Site) -> None:
    choose(page, "heating.csv", HEATING.encode("cp1252"))
    expect(page.get_by_text("looks like a table")).to_be_visible()


def stepped(page: Page, _site: Site) -> None:
    page.get_by_role("slider", name="Time that is shown").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".pn-mark[data-name='EWR']")).to_be_visible()


def key_made(page: Page, _site: Site) -> None:
    page.get_by_role("button", name="Make a key and show the lines").click()
    expect(page.get_by_text("Waiting for the first reading…")).to_be_visible()


def taken_in(page: Page, _site: Site) -> None:
    page.get_by_role("button", name="Take in…").click()
    expect(page.get_by_text("None of these can be taken in.")).to_be_visible()


def asked(page: Page, _site: Site) -> None:
    page.get_by_role("button", name="New forecast").click()
    expect(page.get_by_label("Model", exact=True)).to_have_value("pool")


OPENED: dict[str, tuple[str, Callable[[Page, Site], None]]] = {
    "two versions": (WELL, two_versions),
    "what is half typed": (WELL, left_half_typed),
    "what stands on a thing": ("/sensors?open=JFK", deleted),
    "many at once": ("/sensors", many),
    "the choice of columns": ("/sensors", columns),
    "an import's dry run": ("/import", imported),
    "a plan at another time": ("/place?id=new-york&m=temperature", stepped),
    "a key made for a sensor": ("/sensor?id=silent", key_made),
    "what is set aside": ("/quality", taken_in),
    "a new forecast": ("/forecasts", asked),
}


def ours(page: Page) -> list[str]:
    """Return what is seriously wrong, but for the hidden field that Dash puts into a dropdown."""
    return [each for each in grave(page) if "dash-dropdown-focus-target" not in each]


@pytest.mark.parametrize("name", OPENED)
def test_what_opens_has_no_serious_finding_and_fits_a_phone(
    themed: Page, site: Site, hear: Hear, name: str
) -> None:
    complaints: list[str] = []
    hear("pageerror", lambda error: complaints.append(str(error)))
    path, act = OPENED[name]
    themed.goto(f"{site.url}{path}")
    act(themed, site)
    assert ours(themed) == []
    themed.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert ours(themed) == []
    assert themed.evaluate(WIDE) == []
    assert complaints == []
