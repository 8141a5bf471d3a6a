"""Import in the browser: whoever may not import is not offered it, and forced is refused."""

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from dtbase.domain.people.users import Role
from tests.acceptance.conftest import Site
from tests.acceptance.people import enter

pytestmark = pytest.mark.timeout(300)


def test_a_viewer_is_offered_no_import_and_forced_is_refused(browser: Browser, site: Site) -> None:
    page = enter(browser, site, Role.VIEWER)
    expect(page.get_by_role("link", name="Import")).to_have_count(0)
    page.goto(f"{site.url}/import")
    expect(page.get_by_text("There is no page at this address")).to_be_visible()
    token = next(each for each in page.context.cookies() if each.get("name") == "_csrf_token")
    file = FilePayload(name="a.csv", mimeType="text/csv", buffer=b"time,v\n2026-01-01T00:00Z,1\n")
    address = f"{site.url}/_import"
    forced = page.request.post(
        address, multipart={"file": file}, headers={"X-CSRFToken": str(token.get("value"))}
    )
    assert forced.status == 403
    forged = page.request.post(address, multipart={"file": file})
    assert forged.status == 403
    page.context.close()
