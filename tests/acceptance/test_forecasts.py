"""Forecasts in a real browser: ask for some, watch them, and see what was believed then."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from dtbase.domain.forecasts.backtests import NewBacktest
from dtbase.domain.forecasts.runs import Scenario
from dtbase.errors import AlreadyExists, Conflict
from tests.acceptance.conftest import Site
from tests.acceptance.probes import client_of
from tests.twins import eventually

pytestmark = pytest.mark.timeout(400)

PHONE = {"width": 390, "height": 844}
LONG = 120_000
MANY = 10
"""So many wait that the last one waits long enough to be called off."""


def test_a_forecast_is_queued_watched_and_shown_over_what_was_measured(
    ada: Page, site: Site
) -> None:
    ada.goto(f"{site.url}/forecasts")
    with ada.expect_response(lambda answer: "forecasts-known" in (answer.request.post_data or "")):
        ada.get_by_role("button", name="New forecast").click()
    ada.locator("#forecasts-series").click()
    ada.keyboard.type("jfk dew")
    expect(ada.get_by_text("Dew point, JFK").first).to_be_visible()
    ada.keyboard.press("ArrowDown")
    ada.keyboard.press("Enter")
    ada.keyboard.press("Escape")
    ada.get_by_role("button", name="Queue forecast").click()
    row = ada.locator("#forecasts-body tbody tr", has_text="Dew point, JFK").last
    expect(row).to_contain_text("Finished", timeout=LONG)
    row.get_by_role("link").first.click()
    expect(ada).to_have_title(re.compile("^Dew point, JFK"))
    expect(ada.locator("#forecasts-graph .js-line").first).to_be_visible()
    expect(ada.get_by_text("Believed at")).to_be_visible()


def test_the_slider_shows_what_was_believed_then(ada: Page, site: Site) -> None:
    with client_of(site) as client:
        with suppress(AlreadyExists):
            warmer = Scenario(name="warmer", parameters={"shift": 1.0})
            client.models.scenarios("arima").add(warmer)
        changed = client.runs.start("arima", "LGA", "humidity", scenario="warmer").id
        runs = [client.runs.start("arima", "LGA", "humidity").id for _ in range(2)]
        eventually(lambda: all(client.runs.get(each).status.ended for each in [changed, *runs]))
    ada.goto(f"{site.url}/forecasts?series=LGA/humidity&model=arima")
    earlier = ada.get_by_role("button", name="Earlier forecast")
    expect(earlier).to_be_enabled(timeout=LONG)
    earlier.click()
    expect(ada).to_have_url(re.compile(f"run={runs[0]}"))
    ada.get_by_role("button", name="Later forecast").click()
    expect(ada).to_have_url(re.compile(f"run={runs[1]}"))
    ada.get_by_text("When is it off, and which way?").click()
    expect(ada.locator("#forecasts-habits-room")).to_contain_text(re.compile("last year"))
    ada.get_by_text("Scenarios side by side").click()
    expect(ada.locator("#forecasts-scenarios-room")).to_contain_text("under warmer 1")


def test_a_backtest_runs_and_tells_the_usual_error(ada: Page, site: Site) -> None:
    with client_of(site) as client:
        client.runs.start("arima", "EWR", "temperature")
    ada.goto(f"{site.url}/forecasts?series=EWR/temperature&model=arima")
    ada.get_by_label("Backtest over").select_option("7")
    ada.get_by_role("button", name="Start backtest").click()
    row = ada.locator("#forecasts-body section", has_text="Backtests").locator("tbody tr").first
    expect(row).to_contain_text("Finished", timeout=LONG)
    expect(row.locator("td").nth(3)).to_have_text(re.compile(r"\d\.\d"))


def test_what_waits_is_called_off(ada: Page, site: Site) -> None:
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    past = NewBacktest(sensor="LGA", measure="pressure", start=end - timedelta(days=30), end=end)
    with client_of(site) as client:
        started = [client.backtests.start("arima", past) for _ in range(MANY)]
        ada.goto(f"{site.url}/forecasts?series=LGA/pressure&model=arima")
        last = started[-1]
        row = ada.locator("#forecasts-body tbody tr").filter(
            has=ada.get_by_role("rowheader", name=str(last.id), exact=True)
        )
        row.get_by_role("button", name=f"Cancel backtest {last.id}").click()
        expect(row).to_contain_text("Cancelled", timeout=LONG)
        for each in started[:-1]:
            with suppress(Conflict):
                client.service_runs.cancel(each.service_run or 0)


def test_a_series_that_is_not_there_is_told(ada: Page, site: Site) -> None:
    ada.goto(f"{site.url}/forecasts?series=no/thing")
    expect(ada.get_by_role("heading", name="There is no series no/thing")).to_be_visible()
    ada.get_by_role("link", name="All forecasts").click()
    expect(ada.get_by_role("heading", name="Series that are forecast")).to_be_visible()


def test_a_phone_shows_forecasts_without_scrolling_sideways(ada: Page, site: Site) -> None:
    ada.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for path in ("/forecasts", "/forecasts?series=EWR/temperature"):
        ada.goto(f"{site.url}{path}")
        expect(ada.locator("#forecasts-body .dt-card-head").first).to_be_visible()
        assert ada.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
