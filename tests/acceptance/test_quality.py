"""What is set aside is seen, taken in and dropped, and readings are corrected, in the browser."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dtbase.domain.people.users import Role
from dtbase.domain.readings.corrections import Kind, NewCorrection
from dtbase.domain.readings.set_aside import AsideFilter, Choice
from dtbase.domain.registry.measures import Measure
from dtbase.domain.registry.sensors import NewSensor, SensorType
from tests.acceptance.conftest import Site
from tests.acceptance.people import enter
from tests.acceptance.probes import client_of
from tests.acceptance.tabbing import walk
from tests.acceptance.test_accessibility import grave

pytestmark = pytest.mark.timeout(300)

NIGHT = datetime(2026, 3, 4, 5, tzinfo=UTC)  # midnight at the site
HOUR = timedelta(hours=1)
SENT = (2.5, -9999, 2.7, "<b>unavailable</b>", 2500, 2600, -99999, 2.8)
STAGE = AsideFilter(sensor="gauge")


@pytest.fixture(scope="module")
def gauge(site: Site) -> str:
    """Register a gauge; what each test needs it sends itself."""
    with client_of(site) as client:
        client.sensor_types.add(
            SensorType(name="gauge", measures=(Measure(name="stage", unit="m"),))
        )
        client.sensors.add(NewSensor(identifier="gauge", type="gauge", name="Gauge"))
    return "gauge"


@pytest.fixture
def sent(site: Site, gauge: str) -> str:
    """Send eight hours, of which three are no readings, as if nothing had ever been sent."""
    times = [NIGHT + place * HOUR for place in range(len(SENT))]
    with client_of(site) as client:
        if client.set_aside.counts(STAGE).readings:
            client.set_aside.drop(Choice(sensor=gauge))
        client.readings.delete("gauge/stage", NIGHT, NIGHT + 24 * HOUR)
        client.readings.push_values("gauge/stage", times, SENT, on_invalid="set_aside")
    return gauge


def opened(page: Page, site: Site, search: str = "?sensor=gauge") -> Page:
    page.goto(f"{site.url}/quality{search}")
    expect(page.locator("#quality-rules .dt-card")).to_be_visible()
    return page


def stored(site: Site) -> list[object]:
    with client_of(site) as client:
        answer = client.readings.query("gauge/stage", NIGHT, NIGHT + 24 * HOUR, bucket="raw")
    return [*answer.series[0].values["value"]]


def assert_reached(page: Page) -> None:
    """Reach every control by Tab, with the page held so that nothing is drawn anew meanwhile."""
    page.keyboard.press("h")
    expect(page.get_by_role("button", name="Held")).to_be_visible()
    page.wait_for_load_state("networkidle")
    found = walk(page)
    found = walk(page) if found.missed else found  # what was under way has come, and is drawn
    assert (found.missed, found.blind, found.mute) == ([], [], [])


def test_what_is_set_aside_is_counted_listed_taken_in_and_dropped(
    ada: Page, site: Site, sent: str
) -> None:
    opened(ada, site)
    rules = ada.locator("#quality-rules tbody tr")
    expect(rules.filter(has_text="Stands for nothing")).to_contain_text("2")
    expect(rules.filter(has_text="No such series, time or value")).to_contain_text("1")
    expect(ada.get_by_text("<b>unavailable</b>", exact=True)).to_be_visible()
    assert grave(ada) == []
    assert_reached(ada)
    ada.get_by_role("link", name="Stands for nothing").click()
    rows = ada.locator("#quality-listed tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("4 Mar 2026 06:00")

    rows.filter(has_text="-99999").get_by_role("checkbox").check()
    expect(ada.get_by_text("1 chosen")).to_be_visible()
    ada.get_by_role("button", name="Take in…").click()
    dialog = ada.get_by_role("dialog")
    expect(dialog).to_contain_text("1 reading will be believed")
    assert grave(ada) == []
    dialog.get_by_role("button", name="Take in 1 reading").click()
    expect(ada.get_by_text("1 reading taken in")).to_be_visible()
    expect(dialog).to_be_hidden()
    expect(rows).to_have_count(1)
    assert -99999 in stored(site)

    ada.get_by_role("link", name="Stands for nothing").click()  # once more: all rules
    expect(rows).to_have_count(2)
    ada.get_by_role("button", name="Drop…").click()
    expect(dialog).to_contain_text("2 readings will be gone for good")
    dialog.get_by_role("button", name="Drop 2 readings").click()
    expect(ada.get_by_role("heading", name="No such reading is set aside")).to_be_visible()
    with client_of(site) as client:
        assert client.set_aside.counts(STAGE).readings == 0


def fill(page: Page, **typed: str) -> Locator:
    """Fill the form of a correction of the gauge's day, and ask for its preview."""
    form = page.locator("#quality-drawer")
    form.get_by_label("Series").fill("gauge/stage")
    form.get_by_label("What is done").select_option("rescale")
    form.get_by_label("From").fill("2026-03-04T00:00")
    form.get_by_label("To, not included").fill("2026-03-05T00:00")
    form.get_by_label("Why").fill("The firmware sent millimetres.")
    for label, words in typed.items():
        form.get_by_label(label).fill(words)
    form.get_by_role("button", name="Preview").click()
    return form


def test_what_a_correction_cannot_say_stands_under_its_field(
    ada: Page, site: Site, sent: str
) -> None:
    before = stored(site)
    ada.context.add_cookies([{"name": "dtbase_theme", "value": "dark", "url": site.url}])
    opened(ada, site, "?new=1")
    form = fill(ada, Times="a thousandth")
    expect(form.get_by_text("Must be a number")).to_be_visible()
    fill(ada, Times="0,001", **{"Only where": "value above 100"})
    expect(form.get_by_text("Must be such as value < -100")).to_be_visible()
    fill(ada, Series="gauge/flow", **{"Only where": "value > 100"})
    expect(form.get_by_text(re.compile("gauge/flow"))).to_be_visible()
    fill(ada)
    expect(form.get_by_role("heading", name="2 readings; 2 hours change")).to_be_visible()
    expect(form.get_by_role("row", name=re.compile("4 Mar 04:00 2500 2.5"))).to_be_visible()
    assert grave(ada) == []
    form.get_by_label("Only where").fill("value > 2550")  # whose preview nobody has seen
    expect(form.get_by_role("button", name="Correct 2 readings")).to_be_hidden()
    assert stored(site) == before


def test_a_correction_is_made_as_it_was_seen_and_undone(ada: Page, site: Site, sent: str) -> None:
    before = stored(site)
    opened(ada, site)
    ada.get_by_role("link", name="Correct…").click()
    form = fill(ada, Times="0.001", **{"Only where": "value > 2550"})
    form.get_by_role("button", name="Correct 1 reading").click()
    expect(ada.get_by_text("1 reading corrected")).to_be_visible()
    assert stored(site) == [2.5, 2.7, 2500, 2.6, 2.8]
    row = ada.locator("#quality-corrected tbody tr").first
    expect(row).to_contain_text("The firmware sent millimetres.")
    row.get_by_role("link", name=re.compile("Rescale by 0.001")).click()
    expect(form.get_by_role("row", name=re.compile("4 Mar 05:00 2600 2.6 2600"))).to_be_visible()
    ada.keyboard.press("Escape")
    expect(form).to_be_empty()
    row.get_by_role("button", name="Undo").click()
    expect(row).to_contain_text("undone")
    expect(row.get_by_role("button", name="Undo")).to_have_count(0)
    assert stored(site) == before


def test_a_viewer_sees_all_of_it_and_may_change_nothing(
    browser: Browser, site: Site, sent: str
) -> None:
    new = NewCorrection(
        series="gauge/stage",
        kind=Kind.VOID,
        where="value > 100",
        reason="Frozen.",
        start=NIGHT,
        end=NIGHT + 24 * HOUR,
    )
    with client_of(site) as client:
        made = client.corrections.make(new)
    page = enter(browser, site, Role.VIEWER)
    opened(page, site)
    expect(page.get_by_text("<b>unavailable</b>", exact=True)).to_be_visible()
    expect(page.get_by_role("cell", name="Frozen.").first).to_be_visible()
    for name in ("Take in…", "Drop…", "Undo"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_role("link", name="Correct…")).to_have_count(0)
    expect(page.locator("#content").get_by_role("checkbox")).to_have_count(0)
    opened(page, site, f"?correction={made.id}&sensor=gauge")
    expect(page.locator("#quality-drawer").get_by_text("Frozen.")).to_be_visible()

    # forced: the page's own callbacks, with what the page of an editor would send
    page.evaluate("dash_clientside.set_props('url', { search: '?sensor=gauge&new=1' })")
    expect(page.locator("#quality-drawer")).to_be_empty()
    about = {"act": "drop", "choice": {"sensor": "gauge"}}
    page.evaluate(
        "about => { dash_clientside.set_props('quality-asked-about', { data: about });"
        " dash_clientside.set_props('quality-sure', { n_clicks: 1 }); }",
        about,
    )
    expect(page.get_by_text("That did not work")).to_be_visible()
    page.context.close()
    with client_of(site) as client:
        assert client.set_aside.counts(STAGE).readings == 3
        client.corrections.undo(made)


def test_a_sensors_page_and_the_navigation_lead_here(ada: Page, site: Site, sent: str) -> None:
    ada.goto(f"{site.url}/sensor?id=gauge")
    ada.get_by_role("link", name="3 readings set aside").click()
    expect(ada.locator("#quality-listed tbody tr")).to_have_count(3)
    expect(ada.get_by_label("Sensor", exact=True)).to_have_value("gauge")
    ada.get_by_label("From", exact=True).fill("2026-03-05")
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("heading", name="No such reading is set aside")).to_be_visible()
    ada.get_by_role("navigation", name="Main", exact=True).get_by_role(
        "link", name="Quality"
    ).click()
    expect(ada.locator("h1")).to_have_text("Quality")
    opened(ada, site, "?sensor=%2F")
    expect(ada.locator("#quality-rules .dt-empty")).to_be_visible()
