"""What one act of a person costs the API: at most three calls, as the API itself counts them."""

import re
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from dtbase.client import Client
from tests.acceptance.conftest import Site
from tests.acceptance.probes import client_of
from tests.acceptance.test_explore import LINES, open_chart
from tests.twins import eventually

pytestmark = pytest.mark.timeout(300)

COUNT = re.compile(r'dtbase_request_seconds_count{.*route="([^"]+)".*} (\S+)')
UNASKED = {"/changes", "/metrics", "/twin", "/health"}
"""What no act asks but the clock: what changed, and once a minute what the twin is called."""

MOST = 3
NO_ROUTES = frozenset[str]()

Act = Callable[[Page], None]
Calls = dict[str, float]


def pick_range(page: Page) -> None:
    page.get_by_text("24 h", exact=True).click()
    expect(page).to_have_url(re.compile("range=24h"))


def zoom(page: Page) -> None:
    page.locator("#explore-stage").press("+")
    expect(page).to_have_url(re.compile("from="))


def tick(page: Page) -> None:
    station = page.locator("details", has_text="Newark")
    station.get_by_role("checkbox", name="Wind speed").check()
    expect(page.locator(LINES)).to_have_count(2)


def compare(page: Page) -> None:
    page.locator("#explore-compared").click()
    page.get_by_role("button", name="A day earlier").click()
    expect(page.locator("#explore-table")).to_contain_text("Difference")


def leave(page: Page) -> None:
    page.get_by_role("link", name="Overview").first.click()
    expect(page.locator(".ov-l").first).to_be_visible()


def come_back(page: Page) -> None:
    page.get_by_role("link", name="Explore").first.click()
    expect(page.locator(LINES).first).to_be_visible()


def list_forecasts(page: Page) -> None:
    page.get_by_role("link", name="Forecasts").first.click()
    expect(page.get_by_role("heading", name="Series that are forecast")).to_be_visible()


def list_sensors(page: Page) -> None:
    page.get_by_role("link", name="Sensors", exact=True).first.click()
    expect(page.locator(".ag-row").get_by_role("link", name="JFK")).to_be_visible()


def open_one(page: Page) -> None:
    page.locator(".ag-row").get_by_role("link", name="JFK").click()
    expect(page.locator("#table-form input").first).to_be_visible()


def list_places(page: Page) -> None:
    page.get_by_role("link", name="Places").first.click()
    expect(page.locator(".pl-name").first).to_be_attached()


def find(page: Page) -> None:
    page.get_by_role("link", name="Find when").first.click()
    page.get_by_label("Series").select_option("JFK/temperature")
    page.get_by_label("Value").fill("-90")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_role("region", name="Periods").locator("tbody tr").first).to_be_visible()


DRAWN = frozenset({"/chart", "/statistics", "/notes"})
CHOICES = frozenset({"/sensor-types", "/locations"})
ACTS: tuple[tuple[Act, frozenset[str]], ...] = (
    (pick_range, DRAWN),
    (zoom, DRAWN),
    (tick, DRAWN),
    (compare, DRAWN),
    (leave, frozenset({"/views"})),
    (come_back, DRAWN),
    (list_forecasts, frozenset({"/runs", "/champions", "/drift"})),
    (list_sensors, CHOICES | {"/sensors"}),
    (open_one, CHOICES | {"/sensors/{identifier}"}),
    (list_places, NO_ROUTES),
    (find, frozenset({"/periods", "/readings"})),
)
"""What somebody does, and what it asks the API at least: all of that has come before it counts."""

AT_REST = """async () => {
  const busy = () => document.querySelector('.ex-card.busy, .dash-graph--pending');
  for (let frames = 0; frames < 12; frames += 1) {
    if (window.underWay || busy()) frames = 0;
    await new Promise(requestAnimationFrame);
  }
}"""
FETCHES = """(() => {
  const fetched = window.fetch;
  window.underWay = 0;
  window.fetch = async (...request) => {
    window.underWay += 1;
    try { return await fetched(...request); } finally { window.underWay -= 1; }
  };
})()"""


def asked(watch: Client) -> Calls:
    """Return how often each route was asked, but for those that no act asks."""
    found: Calls = {}
    for route, count in COUNT.findall(watch.ask("GET", "/v1/metrics")):
        if route not in UNASKED:
            found[route] = found.get(route, 0) + float(count)
    return found


def since(watch: Client, before: Calls) -> Calls:
    counts = {name: count - before.get(name, 0) for name, count in asked(watch).items()}
    return {name: count for name, count in counts.items() if count}


def has_come(watch: Client, before: Calls, least: frozenset[str]) -> bool:
    return least <= set(since(watch, before))


def test_no_act_of_a_person_asks_the_api_more_than_three_times(new_ada: Page, site: Site) -> None:
    with client_of(site) as watch:
        new_ada.add_init_script(FETCHES)
        open_chart(new_ada, site, "?s=JFK/temperature")
        expect(new_ada.locator("#explore-tree")).to_contain_text("Newark")
        new_ada.evaluate(AT_REST)
        eventually(partial(has_come, watch, {}, DRAWN))
        for act, least in ACTS:
            before = asked(watch)
            act(new_ada)
            new_ada.evaluate(AT_REST)
            eventually(partial(has_come, watch, before, least))
            calls = since(watch, before)
            assert sum(calls.values()) <= MOST, f"{act.__name__}: {calls}"
