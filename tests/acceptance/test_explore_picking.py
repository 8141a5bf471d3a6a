"""Explore's picker, views, downloads and origins in a real browser."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, expect

from dtbase.domain.readings.corrections import Kind, NewCorrection
from dtbase.local.ports import HOST
from dtbase.settings import environment_with
from tests.acceptance.conftest import EMAIL, Site
from tests.acceptance.probes import client_of
from tests.acceptance.test_explore import LINES, drawn, open_chart
from tests.people import PASSWORD

pytestmark = pytest.mark.timeout(300)

ONE = "?s=EWR/temperature"
TWO = f"{ONE}&s=JFK/temperature"


def download(page: Page, words: str) -> bytes:
    """Take one file from the menu and return what it holds."""
    page.get_by_label("Download", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=words).click()
    return waiting.value.path().read_bytes()


def test_all_series_that_fit_are_added_at_once(ada: Page, site: Site) -> None:
    open_chart(ada, site, ONE)
    ada.get_by_text("By type, location or measure").click()
    ada.get_by_label("Measure", exact=True).select_option("wind_speed")
    expect(ada.locator(".dt-tree .form-check")).to_have_count(3)
    ada.get_by_role("button", name="Add all that fit").click()
    expect(ada.locator("#explore-count")).to_have_text("4")
    expect(ada).to_have_url(re.compile("s=LGA/wind_speed"))


def test_a_formula_is_drawn_with_its_unit_and_stands_in_the_address(ada: Page, site: Site) -> None:
    open_chart(ada, site, ONE)
    ada.get_by_text("A formula over series").click()
    ada.get_by_label("Formula").fill("EWR/temperature -")
    ada.get_by_role("button", name="Add formula").click()
    expect(ada.locator("#explore-formula-error")).not_to_be_empty()
    ada.get_by_label("Formula").fill("EWR/temperature - JFK/temperature")
    ada.get_by_role("button", name="Add formula").click()
    expect(ada.locator("#explore-formula-error")).to_be_empty()
    expect(ada.locator("#explore-on")).to_contain_text("EWR/temperature - JFK/temperature")
    expect(ada.locator("#explore-card.busy")).to_have_count(0)
    kinds = drawn(ada)["kinds"]
    assert isinstance(kinds, list)
    assert kinds.count("measured") == 2
    formula = ada.locator("#explore-table tbody tr", has_text="EWR/temperature - JFK/temperature")
    expect(formula).to_contain_text("as drawn")
    ada.reload()
    expect(ada.locator("#explore-legend")).to_contain_text("EWR/temperature - JFK/temperature")


def test_a_formula_that_mixes_units_is_told(ada: Page, site: Site) -> None:
    open_chart(ada, site, f"{ONE}&s==EWR/temperature + EWR/pressure")
    fault = ada.locator(".ex-fault")
    expect(fault).to_contain_text("cannot be shown")
    fault.get_by_role("button").click()
    expect(fault).to_have_count(0)
    expect(ada).not_to_have_url(re.compile("pressure"))


def test_a_place_is_added_with_whatever_stood_there(ada: Page, site: Site) -> None:
    open_chart(ada, site, ONE)
    ada.get_by_text("A place, whatever stood there").click()
    ada.get_by_label("Place", exact=True).select_option(index=1)
    ada.get_by_label("Its measure").select_option("humidity")
    ada.get_by_role("button", name="Add place").click()
    expect(ada).to_have_url(re.compile("s=@"))
    expect(ada.locator("#explore-on")).to_contain_text("all sensors while there")


def test_series_that_cannot_be_shown_are_told(ada: Page, site: Site) -> None:
    open_chart(ada, site, f"{ONE}&s=gone/temperature&s=nonsense")
    faults = ada.locator(".ex-fault")
    expect(faults).to_have_count(2)
    expect(faults.first).to_contain_text("there is no series gone/temperature")


def test_one_selection_is_seen_in_six_ways(ada: Page, site: Site) -> None:
    open_chart(ada, site, TWO)
    for name, there in {
        "Table": "#explore-body tbody tr",
        "Scatter": "#explore-graph .scatterlayer .points path",
        "Hours": "#explore-graph .heatmaplayer image",
        "Distribution": "#explore-graph .scatterlayer .js-line",
        "Calendar": "#explore-graph .heatmaplayer image",
        "Chart": LINES,
    }.items():
        ada.get_by_text(name, exact=True).first.click()
        expect(ada.get_by_role("radio", name=name, exact=True)).to_be_checked()
        expect(ada.locator(there).first).to_be_attached()
        expect(ada.locator("#explore-card.busy")).to_have_count(0)
    open_chart(ada, site, f"{TWO}&view=distribution")
    ada.goto(f"{site.url}/explore{TWO}&view=scatter")
    expect(ada.locator("#explore-foot")).to_contain_text(re.compile(r"r = .*points"))


def test_another_aggregate_is_chosen_for_a_panel(ada: Page, site: Site) -> None:
    open_chart(ada, site, f"{ONE}&range=30d&res=1d")
    ada.get_by_text("Lines", exact=True).click()
    ada.get_by_label(re.compile("Temperature .* by")).select_option("max")
    expect(ada).to_have_url(re.compile("agg=degC:max"))
    expect(ada.locator("#explore-foot")).to_contain_text("1 point = 1 day, highest")


def test_each_line_on_its_own_scale(ada: Page, site: Site) -> None:
    open_chart(ada, site, f"{ONE}&s=JFK/pressure&norm=1")
    axes = ada.evaluate(
        "Object.keys(document.querySelector('#explore-graph .js-plotly-plot').layout)"
        ".filter(name => name.startsWith('yaxis'))"
    )
    assert axes == ["yaxis"]
    expect(ada.locator("#explore-foot")).to_contain_text("from its lowest to its highest")


def test_what_is_shown_is_downloaded_in_every_form(ada: Page, site: Site) -> None:
    open_chart(ada, site, TWO)
    wide = download(ada, "CSV, wide").decode().splitlines()
    assert wide[0] == "time,EWR temperature (°C),JFK temperature (°C)"
    assert len(wide) > 150
    assert download(ada, "Parquet").startswith(b"PAR1")
    with ZipFile(BytesIO(download(ada, "Excel"))) as book:
        assert "xl/worksheets/sheet1.xml" in book.namelist()
    svg = download(ada, "SVG").decode()
    assert "EWR" in svg
    assert "legend" in svg
    assert download(ada, "PNG").startswith(b"\x89PNG")


def test_the_call_is_ready_to_paste_and_runs(ada: Page, site: Site) -> None:
    open_chart(ada, site, f"{ONE}&range=24h&res=1h&fc=off")
    ada.get_by_label("Download", exact=True).click()
    ada.get_by_role("button", name="As Python, as curl").click()
    dialog = ada.get_by_role("dialog", name="The call behind this chart")
    code = dialog.locator("#explore-python")
    expect(code).to_contain_text("twin.readings.frame")
    expect(dialog.locator("#explore-curl")).to_contain_text("line=EWR/temperature")
    address = {"DTBASE_API_URL": f"http://{HOST}:{site.api_port}"}
    who = {"DTBASE_EMAIL": EMAIL, "DTBASE_PASSWORD": PASSWORD}
    told = subprocess.run(  # noqa: S603 - the program that the page gives
        [sys.executable, "-c", code.inner_text()],
        env=environment_with(address | who),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "EWR/temperature" in told.stdout


def test_a_point_tells_where_its_sensor_stood_and_who_changed_it(ada: Page, site: Site) -> None:
    now = datetime.now(UTC)
    with client_of(site) as client:
        client.corrections.make(
            NewCorrection(
                series="EWR/temperature",
                kind=Kind.RESCALE,
                start=now - timedelta(days=20),
                end=now,
                factor=1,
                offset=0.5,
                reason="The shield was dirty.",
            )
        )
    open_chart(ada, site, ONE)
    plot = ada.locator("#explore-graph .nsewdrag").first
    box = plot.bounding_box()
    assert box is not None
    ada.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    ada.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    card = ada.locator("#explore-origin")
    expect(card).to_contain_text("What made this")
    expect(card).to_contain_text("The sensor stood")
    expect(card).to_contain_text(f"multiplied by 1, plus 0.5 by {EMAIL}")
    expect(card).to_contain_text("The shield was dirty.")
    card.get_by_role("button", name="Close what made this").click()
    expect(card).to_be_empty()


def test_a_tap_on_a_phone_tells_the_values(ada: Page, site: Site) -> None:
    ada.set_viewport_size({"width": 390, "height": 844})
    open_chart(ada, site, ONE)
    plot = ada.locator("#explore-graph .nsewdrag").first
    plot.click(position={"x": 120, "y": 120})
    expect(ada.locator("#explore-graph .hoverlayer")).to_contain_text("EWR")
    assert json.dumps(drawn(ada)["range"])
