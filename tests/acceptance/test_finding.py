"""Find when, notes and views in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.conftest import Site
from tests.acceptance.probes import client_of

pytestmark = pytest.mark.timeout(300)

MARKS = """() => document.querySelector('#explore-graph .js-plotly-plot').layout
    .shapes?.filter(shape => shape.name === 'dtbase-note').length || 0"""


def wait_for_marks(page: Page, count: int) -> None:
    """Wait until so many notes are marked on the chart."""
    page.wait_for_function(f"count => ({MARKS})() === count", arg=count)


def keep_as_notes(ada: Page, site: Site) -> None:
    """Note what was found, once and no more often."""
    ada.get_by_text("Add as notes").click()
    add = ada.get_by_role("button", name=re.compile("^Add .* notes?$"))
    ada.get_by_label("Note", exact=True).fill("")
    add.click()
    expect(ada.locator(".fw-note").get_by_role("alert")).to_contain_text("at least 1 character")
    ada.get_by_label("Note", exact=True).fill("Below a hundred")
    add.click()
    expect(ada.locator(".fw-note")).to_contain_text(re.compile("added"))
    add.click()
    expect(ada.locator(".fw-note")).to_contain_text("All of them are noted already.")
    with client_of(site) as client:
        assert {note.text for note in client.notes.list(series=["JFK/temperature"])} == {
            "Below a hundred"
        }


def test_periods_are_found_listed_and_laid_over_each_other(ada: Page, site: Site) -> None:
    ada.goto(f"{site.url}/find")
    ada.get_by_label("Series").select_option("JFK/temperature")
    ada.get_by_label("Condition").select_option("below")
    ada.get_by_label("Value").fill("100")
    ada.get_by_label("How long").fill("3h")
    ada.get_by_role("button", name="Find", exact=True).click()
    expect(ada).to_have_url(re.compile(r"c=JFK/temperature\+below\+100&for=3h"))
    expect(ada.get_by_role("status").filter(has_text="period")).to_be_visible()
    rows = ada.get_by_role("region", name="Periods").locator("tbody tr")
    expect(rows.first).to_be_visible()
    expect(ada.locator("#finding-graph .js-plotly-plot")).to_be_visible()
    expect(ada.locator("#finding-overlay .scatterlayer .trace").first).to_be_attached()
    with ada.expect_download() as download:
        ada.get_by_role("button", name="Download list").click()
    head = download.value.path().read_text().splitlines()[0]
    assert head.startswith("number,start,end,seconds")
    keep_as_notes(ada, site)
    ada.reload()
    expect(ada.get_by_label("Value")).to_have_value("100")
    expect(rows.first).to_be_visible()


def test_what_cannot_be_looked_for_is_told(ada: Page, site: Site) -> None:
    ada.goto(f"{site.url}/find?c=JFK/temperature+above+hot")
    expect(ada.get_by_role("alert").filter(has_text="'hot' is no number")).to_be_visible()


def test_a_stretch_leads_to_its_likes(ada: Page, site: Site) -> None:
    ada.goto(f"{site.url}/explore?s=JFK/temperature&range=24h")
    ada.get_by_role("link", name="Find what looks like this").click()
    alike = ada.get_by_role("region", name="The most alike")
    expect(alike.locator("tbody tr").first).to_be_visible()
    with ada.expect_response(re.compile("/_find/leave")) as left:
        ada.get_by_role("link", name="Overview").first.click()
    assert left.value.status == 204


def test_a_note_is_written_marked_changed_and_deleted(ada: Page, site: Site) -> None:
    ada.goto(f"{site.url}/explore?s=EWR/wind_speed")
    notes = ada.locator("#explore-notes")
    expect(notes).to_contain_text("No notes on what is shown here.")
    assert ada.evaluate(MARKS) == 0
    ada.get_by_text("Write a note").click()
    ada.get_by_label("Note", exact=True).fill("The wind sensor lied")
    yesterday = ada.evaluate("() => new Date(Date.now() - 864e5).toISOString().slice(0, 16)")
    ada.get_by_label("From").last.fill(yesterday)
    ada.get_by_role("button", name="Save note").click()
    expect(notes).to_contain_text("The wind sensor lied")
    expect(notes).to_contain_text("EWR/wind_speed · ada@example.org")
    wait_for_marks(ada, 1)
    ada.reload()
    expect(notes).to_contain_text("The wind sensor lied")
    wait_for_marks(ada, 1)
    notes.get_by_role("button", name="Change").click()
    ada.get_by_label("Note", exact=True).fill("It lied for an hour")
    ada.get_by_role("button", name="Save note").click()
    expect(notes).to_contain_text("It lied for an hour")
    notes.get_by_role("button", name="Delete").click()
    expect(notes).to_contain_text("No notes on what is shown here.")
    wait_for_marks(ada, 0)


def test_a_view_is_kept_pinned_and_found_again(ada: Page, site: Site) -> None:
    ada.goto(f"{site.url}/explore?s=LGA/pressure&range=30d")
    expect(ada.locator("#explore-notes")).to_be_visible()
    ada.get_by_title("Saved views").click()
    expect(ada.get_by_text("Nothing saved yet.")).to_be_visible()
    ada.get_by_label("Save this view as").fill("Pressure of the month")
    ada.get_by_label("Pinned to the Overview").check()
    ada.get_by_role("button", name="Save view").click()
    expect(ada.get_by_role("link", name="Pressure of the month")).to_be_visible()
    ada.goto(f"{site.url}/")
    pinned = ada.get_by_role("navigation", name="Pinned views")
    pinned.get_by_role("link", name="Pressure of the month").click()
    expect(ada).to_have_url(re.compile("/explore.s=LGA/pressure&range=30d"))
    ada.get_by_title("Saved views").click()
    ada.get_by_role("button", name="Delete the view Pressure of the month").click()
    expect(ada.get_by_text("Nothing saved yet.")).to_be_visible()
