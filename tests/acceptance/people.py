"""Somebody of each role, logged in with a browser of their own."""

from contextlib import suppress

from playwright.sync_api import Browser, Page, expect

from dtbase.domain.people.users import NewUser, Role
from dtbase.errors import AlreadyExists
from tests.acceptance.conftest import DESK, PATIENCE, Site
from tests.acceptance.probes import client_of
from tests.people import PASSWORD


def enter(browser: Browser, site: Site, role: Role) -> Page:
    """Log somebody of a role in."""
    email = f"{role}@example.org"
    with client_of(site) as client, suppress(AlreadyExists):
        client.users.add(NewUser(email=email, password=PASSWORD, role=role))
    page = browser.new_context(viewport=DESK, reduced_motion="reduce").new_page()  # type: ignore[arg-type]
    page.set_default_timeout(PATIENCE)
    page.context.add_cookies(site.cookies_of(email))
    page.goto(site.url)
    expect(page.get_by_role("navigation", name="Main", exact=True)).to_be_visible(timeout=60_000)
    return page
