"""The page of the API in a browser, under its policy."""

import pytest
from playwright.sync_api import Browser, expect

from api.app import create_app
from tests.live import serving


@pytest.mark.usefixtures("environment")
def test_the_page_of_the_api_shows_nouns_and_breaks_no_rule_of_its_policy(
    browser: Browser,
) -> None:
    with serving(create_app()) as url:
        page = browser.new_page()
        told: list[str] = []
        page.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: told.append(f"error: {error}"))
        page.goto(f"{url}/docs")
        expect(page.locator(".opblock-tag").first).to_be_visible(timeout=120_000)
        page.close()
    assert [each for each in told if each.startswith("error")] == []
