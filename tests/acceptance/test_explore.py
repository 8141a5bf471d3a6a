"""Explore in a real browser: log in, look at the weather, ask for a forecast, leave."""

import re
from contextlib import ExitStack

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.acceptance.conftest import Hear, Site, log_in

pytestmark = pytest.mark.timeout(300)

LINES = "#explore-graph .scatterlayer .trace.scatter .lines path.js-line"
PHONE = {"width": 390, "height": 844}


def open_chart(page: Page, site: Site, search: str = "") -> Locator:
    """Go to Explore and wait until lines are drawn and the chart listens."""
    page.goto(f"{site.url}/explore{search}")
    lines = page.locator(LINES)
    expect(lines.filter(visible=True).first).to_be_visible()
    expect(page.locator("#explore-graph .dash-graph--pending")).to_have_count(0)
    return lines


def drawn(page: Page) -> dict[str, object]:
    """Return what plotly.js holds: the range of the time axis, and the kinds of traces."""
    script = """() => {
        const plot = document.querySelector('#explore-graph .js-plotly-plot');
        return {
            range: plot.layout.xaxis.range,
            kinds: plot.data.map(trace => trace.meta.kind),
            visible: plot.data.map(trace => trace.visible !== false),
            paper: plot._fullLayout.plot_bgcolor,
        };
    }"""
    found: dict[str, object] = page.evaluate(script)
    return found


def test_a_wrong_password_is_told_in_a_sentence(visitor: Page, site: Site) -> None:
    log_in(visitor, site, password="not the password")
    expect(visitor.get_by_role("alert")).to_have_text("E-mail and password do not match.")
    expect(visitor.get_by_label("E-mail")).to_have_value("ada@example.org")


def test_logging_in_leads_to_a_chart_of_the_weather(visitor: Page, site: Site) -> None:
    visitor.goto(f"{site.url}/explore?s=JFK/temperature")
    expect(visitor).to_have_url(re.compile("/login"))
    log_in(visitor, site)
    lines = open_chart(visitor, site)
    expect(lines).to_have_count(3)
    notice = visitor.get_by_role("complementary", name="About this twin")
    expect(notice).to_contain_text("Replay of 2013")
    expect(visitor.locator("#explore-foot")).to_contain_text("Times in New York")
    expect(visitor.locator("#explore-table tbody tr")).to_have_count(3)


def test_choosing_a_series_draws_it_and_back_takes_it_away(ada: Page, site: Site) -> None:
    lines = open_chart(ada, site, "?s=EWR/temperature")
    expect(lines).to_have_count(1)
    newark = ada.locator("details", has_text="Newark")
    newark.get_by_role("checkbox", name="Wind speed").check()
    expect(lines).to_have_count(2)
    expect(ada).to_have_url(re.compile("s=EWR/temperature&s=EWR/wind_speed"))
    ada.go_back()
    expect(lines).to_have_count(1)
    expect(newark.get_by_role("checkbox", name="Wind speed")).not_to_be_checked()


def test_a_link_shows_the_same_chart_to_everybody(ada: Page, site: Site) -> None:
    open_chart(ada, site, "?s=LGA/pressure&range=30d&res=1d")
    expect(ada.get_by_role("radio", name="30 d")).to_be_checked()
    expect(ada.get_by_label("Resolution")).to_have_value("1d")
    expect(ada.locator("#explore-foot")).to_contain_text("1 point = 1 day, mean")
    expect(ada.locator("#explore-on")).to_contain_text("Pressure")


def test_a_range_changes_the_data(ada: Page, site: Site) -> None:
    open_chart(ada, site, "?s=EWR/temperature")
    before = drawn(ada)["range"]
    ada.get_by_text("24 h", exact=True).click()
    expect(ada).to_have_url(re.compile("range=24h"))
    ada.wait_for_function(
        "before => String(document.querySelector('#explore-graph .js-plotly-plot')"
        ".layout.xaxis.range) !== before",
        arg=",".join(str(time) for time in before) if isinstance(before, list) else "",
    )


def test_dragging_over_the_chart_zooms_in_and_a_double_click_out(ada: Page, site: Site) -> None:
    open_chart(ada, site, "?s=EWR/temperature&range=30d")
    plot = ada.locator("#explore-graph .nsewdrag").first
    box = plot.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 3, box["y"] + box["height"] / 2
    ada.mouse.move(x, y)
    ada.mouse.down()
    ada.mouse.move(x + 120, y, steps=5)
    ada.mouse.up()
    expect(ada).to_have_url(re.compile("from=.*&to="))
    expect(ada.locator("#explore-card.busy")).to_have_count(0)
    plot.dblclick(position={"x": 200, "y": 100})
    expect(ada).not_to_have_url(re.compile("from="))


def test_the_legend_hides_and_shows_a_series(ada: Page, site: Site) -> None:
    open_chart(ada, site, "?s=EWR/temperature&s=JFK/temperature")
    newark = ada.locator("#explore-legend").get_by_role("button", name="EWR")
    newark.click()
    expect(newark).to_have_attribute("aria-pressed", "false")
    expect(ada.locator(LINES)).to_have_count(1)
    newark.click()
    expect(ada.locator(LINES)).to_have_count(2)


def test_a_forecast_is_queued_followed_and_drawn_with_its_bands(ada: Page, site: Site) -> None:
    open_chart(ada, site, "?s=JFK/dew_point")
    assert drawn(ada)["kinds"] == ["measured"]
    ada.get_by_role("button", name="Forecast", exact=True).click()
    expect(ada.locator("#explore-runs")).to_contain_text(re.compile("queued|running"))
    expect(ada.locator("#toasts")).to_contain_text("Forecast ready", timeout=90_000)
    expect(ada.locator("#explore-on")).to_contain_text("Dew point, forecast")
    assert drawn(ada)["kinds"] == ["band95"] * 2 + ["band80"] * 2 + ["forecast", "measured"]
    expect(ada.locator("#explore-runs")).to_be_empty()
    expect(ada.locator("#explore-foot")).to_contain_text("forecast intervals")


def test_what_is_seen_can_be_downloaded(ada: Page, site: Site) -> None:
    open_chart(ada, site, "?s=EWR/temperature")
    ada.get_by_label("Download", exact=True).click()
    with ada.expect_download() as waiting:
        ada.get_by_role("button", name="CSV, long").click()
    text = waiting.value.path().read_text()
    assert text.startswith("time,sensor,measure,unit,kind,value")
    assert text.count("EWR,temperature,degC,measured") > 150


def test_dark_is_dark_at_once_and_stays(ada: Page, site: Site) -> None:
    open_chart(ada, site)
    ada.get_by_role("button", name="Light or dark").first.click()
    expect(ada.locator("html")).to_have_attribute("data-bs-theme", "dark")
    ada.wait_for_function(
        "() => document.querySelector('#explore-graph .js-plotly-plot')"
        "._fullLayout.plot_bgcolor.toLowerCase() === '#151c1b'"
    )
    answer = ada.request.get(f"{site.url}/explore")
    assert 'data-bs-theme="dark"' in answer.text()


def test_a_phone_shows_everything_without_scrolling_sideways(ada: Page, site: Site) -> None:
    ada.set_viewport_size(PHONE)  # type: ignore[arg-type]
    open_chart(ada, site)
    assert ada.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for control in ada.locator(".dt-toolbar > *").all():
        box = control.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
    expect(ada.get_by_role("navigation", name="Main, phone")).to_be_visible()


def test_clearing_the_chart_says_what_to_do_next(ada: Page, site: Site) -> None:
    open_chart(ada, site)
    ada.get_by_role("button", name="Clear").click()
    expect(ada.get_by_role("heading", name="Choose a series")).to_be_visible()
    ada.get_by_role("button", name="Show a first chart").click()
    expect(ada.locator(LINES).first).to_be_visible()


def test_a_range_without_readings_says_where_they_are(ada: Page, site: Site) -> None:
    ada.goto(f"{site.url}/explore?s=EWR/temperature&from=2020-01-01T00:00Z&to=2020-01-02T00:00Z")
    expect(ada.get_by_role("heading", name="No readings from")).to_be_visible()
    ada.get_by_role("button", name="Go to the last readings").click()
    expect(ada.locator(LINES).first).to_be_visible()


def test_a_range_without_readings_as_measured_can_be_shown_by_aggregates(
    ada: Page, site: Site
) -> None:
    days = "from=2020-01-01T00:00Z&to=2020-01-02T00:00Z"
    ada.set_viewport_size(PHONE)  # type: ignore[arg-type]
    ada.goto(f"{site.url}/explore?s=EWR/temperature&{days}&res=raw")
    expect(ada.get_by_text("Of readings that retention has dropped")).to_be_visible()
    assert ada.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    ada.get_by_role("button", name="Use the automatic resolution").click()
    expect(ada.get_by_text("Of readings that retention has dropped")).to_have_count(0)
    assert "res=" not in ada.url


def test_the_search_finds_a_measure_from_the_keyboard(ada: Page, site: Site) -> None:
    open_chart(ada, site)
    ada.get_by_label("Find a series").focus()
    ada.keyboard.type("kennedy gust")
    boxes = ada.locator(".dt-tree .form-check:visible")
    expect(boxes).to_have_count(1)
    expect(boxes).to_contain_text("Wind gust")
    ada.get_by_label("Find a series").fill("JFK/wind_gust")
    expect(boxes).to_have_count(1)


def test_nothing_is_asked_of_another_host_and_nothing_breaks(
    ada: Page, site: Site, hear: Hear
) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    hear("request", lambda request: asked.append(request.url))
    hear("console", lambda message: complaints.append(message.text))
    hear("pageerror", lambda error: complaints.append(str(error)))
    open_chart(ada, site)
    strangers = [url for url in asked if not url.startswith((site.url, "data:", "blob:"))]
    assert (strangers, complaints) == ([], [])


def test_an_api_that_is_away_is_told_in_a_banner(ada: Page, site: Site, apis: ExitStack) -> None:
    lines = open_chart(ada, site)
    ada.get_by_role("button", name="Live").click()  # held: else it may come back by itself first
    expect(ada.get_by_role("button", name="Held")).to_be_visible()
    apis.close()
    ada.get_by_text("30 d", exact=True).click()
    banner = ada.locator("#outage")
    expect(banner.get_by_text("The data service does not answer")).to_be_visible()
    expect(lines.first).to_be_visible()
    apis.enter_context(site.api())
    banner.get_by_role("button", name="Try again").click()
    expect(banner).to_be_hidden()
    expect(ada.locator("#explore-span")).to_contain_text(re.compile(r"\d"))


def test_a_page_that_could_not_be_drawn_is_drawn_once_the_api_is_back(
    ada: Page, site: Site, apis: ExitStack
) -> None:
    open_chart(ada, site)
    banner = ada.locator("#outage")
    for page, drawn in (("Forecasts", "Runs"), ("Explore", "Statistics")):
        apis.close()
        ada.get_by_role("link", name=page, exact=True).first.click()
        expect(banner).to_be_visible()
        apis.enter_context(site.api())
        expect(banner).to_be_hidden()  # by itself: nobody presses "Try again"
        expect(ada.get_by_role("heading", name=drawn, exact=True)).to_be_visible()


def test_logging_out_ends_the_session(visitor: Page, site: Site) -> None:
    log_in(visitor, site)
    expect(visitor.get_by_role("heading", name="Overview")).to_be_visible()
    visitor.get_by_role("button", name="Log out").first.click()
    expect(visitor.get_by_role("heading", name="Log in")).to_be_visible()
    visitor.goto(f"{site.url}/explore")
    expect(visitor).to_have_url(re.compile("/login"))


def test_a_session_that_ended_leads_to_the_log_in_and_back(visitor: Page, site: Site) -> None:
    log_in(visitor, site)
    expect(visitor.get_by_role("heading", name="Overview")).to_be_visible()
    visitor.wait_for_load_state("networkidle")  # an answer under way would bring its cookie again
    visitor.context.clear_cookies()
    visitor.evaluate("void fetch('/_dash-layout')")  # as any callback does
    expect(visitor).to_have_url(re.compile(r"/login\?ended=1&next="))
    expect(visitor.get_by_text("You were logged out")).to_be_visible()
