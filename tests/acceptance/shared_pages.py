"""Browser pages that tests share, one after the other.

To open a page for each test, its cache and its scripts' process empty, costs three times what it
costs to go to the next address in one that is open. Nothing of a test is left in it but what was
loaded: each begins with its own cookies and nothing stored. A page that cannot be cleared, as one
that crashed, is not used again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page

CLEAR_STORAGE = "localStorage.clear(); sessionStorage.clear()"


class SharedPage:
    """A page on a screen of one kind, opened when a test first needs it."""

    def __init__(self, browser: Browser, screen: dict[str, Any]) -> None:
        self.browser, self.screen = browser, screen
        self.page: Page | None = None

    @contextmanager
    def lent(self, url: str, cookies: Sequence[Any], patience: float) -> Iterator[Page]:
        """Give the page, logged in by cookies, and clear it of what the block leaves there."""
        page = self.page or self.browser.new_context(**self.screen).new_page()
        self.page = None
        page.context.set_default_timeout(patience)
        page.context.add_cookies(cookies)
        yield page
        page.unroute_all(behavior="ignoreErrors")
        page.set_viewport_size(self.screen["viewport"])
        page.emulate_media(color_scheme="light")
        page.goto(f"{url}/health")
        page.evaluate(CLEAR_STORAGE)
        page.context.clear_cookies()
        self.page = page
