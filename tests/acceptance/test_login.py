"""The log-in page in a browser: which twin it is, and the system's theme until somebody chooses."""

from playwright.sync_api import Browser, Page, expect

from tests.acceptance.conftest import Site, log_in

BACKGROUND_IS = (
    "colour => document.querySelector('#explore-graph .js-plotly-plot')"
    "?._fullLayout?.plot_bgcolor.toLowerCase() === colour"
)


def test_the_log_in_page_says_which_twin_it_is_and_that_it_is_a_replay(
    visitor: Page, site: Site
) -> None:
    visitor.goto(f"{site.url}/login")
    expect(visitor.get_by_text("New York stations")).to_be_visible()
    expect(visitor.get_by_text("Replay of 2013")).to_be_visible()


def test_pages_and_charts_follow_the_system_until_somebody_chooses(
    browser: Browser, site: Site
) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    log_in(page, site)
    page.goto(f"{site.url}/explore")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.wait_for_function(BACKGROUND_IS, arg="#151c1b")
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    page.wait_for_function(BACKGROUND_IS, arg="#ffffff")
    page.get_by_role("button", name="Light or dark").first.click()
    page.emulate_media(color_scheme="dark")
    page.emulate_media(color_scheme="light")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    context.close()
