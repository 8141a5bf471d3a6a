"""Somebody is invited by a link, comes in by it, and it leads nobody else in."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.acceptance.conftest import DESK, PATIENCE, Site
from tests.acceptance.test_accessibility import grave

pytestmark = pytest.mark.timeout(300)

BOB = "bob@example.org"
PASSWORD = "copper lantern orchard"


def elsewhere(browser: Browser) -> BrowserContext:
    """Return a browser of somebody whom nobody knows."""
    context = browser.new_context(viewport=DESK, reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE)
    return context


def invite(page: Page, site: Site, email: str) -> str:
    """Invite somebody, and return the link that is shown this once."""
    page.goto(f"{site.url}/invitations?new=1")
    form = page.locator("#table-drawer")
    form.get_by_label("E-mail").fill(email)
    form.get_by_label("Role").select_option("editor")
    form.get_by_role("button", name="Add invitation").click()
    link = form.get_by_label("The link of the invitation")
    expect(link).to_have_value(re.compile(f"^{site.url}/invitation#"))
    return link.input_value()


def come_in(page: Page, link: str) -> None:
    """Open a link, find the password refused, and choose a better one."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(link)
    expect(page.get_by_text(f"You come in as {BOB}")).to_be_visible()
    assert link.partition("#")[2] not in page.url + " ".join(asked)
    assert grave(page) == []
    for password in ("password1234", PASSWORD):
        page.get_by_label("New password").fill(password)
        page.get_by_role("button", name="Set password and go in").click()
        if password != PASSWORD:
            expect(page.get_by_role("alert")).to_contain_text("not a common one")
    expect(page.get_by_role("navigation", name="Main", exact=True)).to_be_visible()


def withdraw(page: Page, site: Site, email: str) -> None:
    page.goto(f"{site.url}/invitations")
    page.get_by_role("link", name=email).click()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("link", name=email)).to_have_count(0)


def told(page: Page, link: str) -> str:
    """Return what a link that opens nothing tells."""
    page.goto("about:blank")
    page.goto(link)
    expect(page.get_by_role("alert")).to_be_visible()
    return page.locator("main").inner_text()


def test_a_link_leads_in_once_and_tells_whoever_comes_later_nothing(
    ada: Page, browser: Browser, site: Site
) -> None:
    used = invite(ada, site, BOB)
    expect(ada.get_by_text("Not mailed: the twin has no mail server.")).to_be_visible()
    theirs = elsewhere(browser)
    page = theirs.new_page()
    come_in(page, used)
    page.goto(f"{site.url}/account")
    expect(page.get_by_text(BOB).first).to_be_visible()
    theirs.close()

    withdrawn = invite(ada, site, "eve@example.org")
    withdraw(ada, site, "eve@example.org")
    made_up = f"{site.url}/invitation#{'A' * 43}"
    stranger = elsewhere(browser)
    page = stranger.new_page()
    sentences = {told(page, link) for link in (used, withdrawn, made_up)}
    assert len(sentences) == 1
    assert "was used or withdrawn, has run out, or is not whole" in sentences.pop()
    stranger.close()
