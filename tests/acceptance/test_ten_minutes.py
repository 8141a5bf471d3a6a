"""The first ten minutes: a logger's file becomes a plan with colours and a scheduled forecast.

Walked as somebody walks who knows nothing of DTBase: by what the pages show, from Set up on.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import FilePayload, Page, expect

from dtbase.storage.database import transaction
from jobs.demo import load, replay
from tests.acceptance.conftest import EMAIL, Site, log_in
from tests.acceptance.probes import client_of
from tests.conftest import Servers
from tests.forks import running_anew
from tests.people import add_user
from tests.pictures import png
from tests.twins import own_twin

pytestmark = pytest.mark.timeout(600)

WEEKS, DAY = timedelta(days=21), timedelta(days=1)
NORTH, SOUTH = (
    f"Temp, °C (LGR S/N: 10239, SEN S/N: {number}, LBL: {name} bench)"
    for number, name in ((10240, "north"), (10241, "south"))
)


def logged() -> bytes:
    """Return what a HOBO would have written of the last weeks: real weather, hour by hour."""
    end = replay.floor(datetime.now(UTC)) + replay.HOUR
    found = {
        (part.sensor, part.measure): dict(
            zip(part.times.tolist(), part.values.tolist(), strict=True)
        )
        for part in load.batch(end - WEEKS, end).segments
    }
    north, south = (found[sensor, "temperature"] for sensor in ("EWR", "JFK"))
    rows = [
        f"{number},{time:%m/%d/%y %I:%M:%S %p},{north[time]:.2f},{south[time]:.2f}"
        for number, time in enumerate(sorted({*north} & {*south}), start=1)
    ]
    head = f'"Plot Title: Greenhouse"\n"#","Date Time, GMT+00:00","{NORTH}","{SOUTH}"\n'
    return (head + "\n".join(rows) + "\n").encode()


@pytest.fixture(scope="module")
def site(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run a whole twin that is empty, which Ada tends; each process starts from nothing."""
    site = Site(tmp_path_factory.mktemp("first"), run=running_anew)
    with own_twin(servers), ExitStack() as stack:
        with transaction() as session:
            add_user(session, EMAIL)
        for name in ("worker", "scheduler"):
            stack.enter_context(site.process(name, f"jobs.{name}"))
        stack.enter_context(site.dashboard())
        stack.enter_context(site.api())
        yield site


def set_up(page: Page) -> None:
    """Go on by the navigation, as whoever was led here comes back."""
    page.get_by_role("navigation", name="Main", exact=True).get_by_role(
        "link", name="Set up"
    ).click()
    expect(page.locator(".st-steps li.on")).to_be_visible()


def name_it(page: Page) -> None:
    page.get_by_role("link", name="Set up this twin").click()
    page.get_by_label("Name").fill("The farm")
    page.get_by_label("Time zone").fill("Europe/London")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Add a location").click()
    form = page.locator("#table-drawer")
    form.get_by_label("Name").fill("Greenhouse")
    form.get_by_label("Identifier").fill("greenhouse")
    form.get_by_role("button", name="Add location").click()
    expect(page.locator(".ag-row .tb-open")).to_have_count(1)


def bring_the_file(page: Page) -> None:
    set_up(page)
    page.get_by_role("link", name="Import a logger's file").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    file = FilePayload(name="greenhouse.csv", mimeType="text/csv", buffer=logged())
    chooser.value.set_files(file)
    for column, series in ((NORTH, "north-bench"), (SOUTH, "south-bench")):
        field = page.get_by_label(f"Series of {column}")
        field.fill(f"{series}/temperature")
        field.press("Enter")
        expect(page.get_by_text(f"Would register sensor {series}")).to_be_visible()
    page.get_by_role("button", name=re.compile(r"Import [\d,]+ readings")).click()
    expect(page.get_by_text("north-bench, south-bench stand nowhere yet")).to_be_visible()
    page.get_by_role("button", name="Put them there").click()


def draw_the_plan(page: Page) -> None:
    page.get_by_role("link", name="Open its plan").click()
    picture = FilePayload(name="plan.png", mimeType="image/png", buffer=png(1600, 900))
    page.get_by_label("Bring a picture").set_input_files(picture)
    sheet = page.locator(".pn-sheet")
    for name, share in (("north-bench", 0.3), ("south-bench", 0.7)):
        page.get_by_role("button", name=f"Put on the plan: {name}").click()
        box = sheet.bounding_box()
        assert box is not None
        page.locator(f".pn-mark[data-name='{name}']").hover()
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 3, steps=5)
        page.mouse.up()
    page.get_by_role("button", name="Done").click()


def ask_for_forecasts(page: Page) -> None:
    set_up(page)
    page.get_by_role("link", name="Ask for one").click()
    page.locator("#forecasts-series").click()
    page.keyboard.type("north")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.get_by_label("How often").select_option("day")
    page.get_by_role("button", name="Queue forecast").click()
    run = page.get_by_role("row").filter(has_text="Finished")
    expect(run.first).to_be_visible(timeout=120_000)
    page.get_by_role("link", name="Temperature, north-bench").first.click()
    expect(page.locator("#forecasts-graph .js-plotly-plot")).to_be_visible()


def step_into_the_forecast(page: Page) -> None:
    """See on the plan what was measured, and what comes."""
    page.get_by_role("link", name="Places", exact=True).click()
    page.locator(".pl-name").get_by_text("Greenhouse").click()
    page.get_by_role("link", name="Plan", exact=True).click()
    north = page.locator(".pn-mark[data-name='north-bench']")
    expect(north).to_have_attribute("aria-label", re.compile(r"°C, (last )?measured"))
    page.get_by_role("slider", name="Time that is shown").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(north).to_have_attribute("aria-label", re.compile("°C, forecast"))


def test_a_loggers_file_becomes_a_plan_with_colours_and_a_scheduled_forecast(
    visitor: Page, site: Site
) -> None:
    log_in(visitor, site)
    name_it(visitor)
    bring_the_file(visitor)
    draw_the_plan(visitor)
    ask_for_forecasts(visitor)
    step_into_the_forecast(visitor)
    set_up(visitor)
    expect(visitor.locator(".st-steps li.on h2")).to_have_text("The weather")
    with client_of(site) as client:
        (made,) = client.schedules.list(service="forecast")
        assert (made.every, made.parameters["series"]) == (DAY, ["north-bench/temperature"])
        (stay,) = client.installations.list(sensor="north-bench")
        assert stay.location == "greenhouse"
        assert datetime.now(UTC) - stay.since > WEEKS - DAY
