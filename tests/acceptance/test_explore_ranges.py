"""Explore's ranges and comparisons in a real browser, all of them in the address."""

import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from jobs.demo import stations
from tests.acceptance.conftest import Site
from tests.acceptance.test_explore import drawn, open_chart

pytestmark = pytest.mark.timeout(300)

ONE = "?s=EWR/temperature"
SITE = ZoneInfo(stations.TWIN.timezone)


def span(page: Page) -> float:
    """Return how many hours the axis shows."""
    shown = drawn(page)["range"]
    assert isinstance(shown, list)
    script = "([a, b]) => (Date.parse(b + 'Z') - Date.parse(a + 'Z')) / 3600000"
    hours: float = page.evaluate(script, [str(time)[:19] for time in shown])
    return hours


def wait_for_span(page: Page, hours: float) -> None:
    """Wait until the axis shows so many hours."""
    page.wait_for_function(
        """hours => {
            const plot = document.querySelector('#explore-graph .js-plotly-plot');
            const range = plot?.layout.xaxis.range;
            if (!range) return false;
            const [a, b] = range.map(time => Date.parse(String(time).replace(' ', 'T') + 'Z'));
            return Math.abs((b - a) / 3600000 - hours) < 0.01;
        }""",
        arg=hours,
    )


def yesterday() -> tuple[str, float]:
    """Return when yesterday began, by the clock at its end, and how many hours it had.

    It had 23 or 25 if the clocks of the site were changed; a chart has one clock.
    """
    end = datetime.now(SITE).replace(hour=0, minute=0, second=0, microsecond=0)
    start = (end - timedelta(days=1)).astimezone(UTC)
    shown = start.astimezone(timezone(end.utcoffset() or timedelta()))
    return f"{shown:%Y-%m-%dT%H:%M:%S}", (end.astimezone(UTC) - start) / timedelta(hours=1)


def test_the_last_and_next_days_are_shown_and_stand_in_the_address(ada: Page, site: Site) -> None:
    open_chart(ada, site, ONE)
    ada.locator("#explore-span").click()
    ada.get_by_label("Last", exact=True).fill("3")
    ada.get_by_label("Next", exact=True).fill("2")
    ada.get_by_role("button", name="Show last and next").click()
    expect(ada).to_have_url(re.compile("range=3d~2d"))
    wait_for_span(ada, 5 * 24 + 1)
    expect(ada.locator("#explore-span")).to_contain_text("Last 3 days, next 2 days")
    ada.go_back()
    expect(ada).not_to_have_url(re.compile("range="))
    expect(ada.get_by_role("radio", name="7 d")).to_be_checked()


def test_a_day_of_the_calendar_is_shown_whole(ada: Page, site: Site) -> None:
    open_chart(ada, site, ONE)
    ada.locator("#explore-span").click()
    ada.get_by_role("button", name="Yesterday").click()
    expect(ada).to_have_url(re.compile("range=yesterday"))
    start, hours = yesterday()
    wait_for_span(ada, hours)
    assert drawn(ada)["range"][0] == start  # type: ignore[index]
    month = datetime.now(UTC) - timedelta(days=31)
    ada.locator("#explore-span").click()
    ada.get_by_label("Month", exact=True).fill(f"{month:%Y-%m}")
    ada.get_by_role("button", name="Show month").click()
    expect(ada).to_have_url(re.compile(f"range={month:%Y-%m}"))
    expect(ada.locator("#explore-span")).to_have_text(f"{month:%B %Y}")
    ada.locator("#explore-table tbody a").first.click()
    wait_for_span(ada, 48)


def test_an_absolute_range_can_be_typed(ada: Page, site: Site) -> None:
    open_chart(ada, site, ONE)
    ada.locator("#explore-span").click()
    end = datetime.fromisoformat(ada.get_by_label("To", exact=True).input_value())
    month = (end.replace(day=1) - timedelta(days=1)).isoformat()[:8]
    ada.locator("#explore-from").fill(f"{month}25T00:00")
    ada.get_by_label("To", exact=True).fill(f"{month}26T12:00")
    ada.get_by_role("button", name="Show", exact=True).click()
    expect(ada).to_have_url(re.compile("from=.*&to="))
    wait_for_span(ada, 36)


def test_the_wheel_with_control_zooms_and_names_the_resolution(ada: Page, site: Site) -> None:
    open_chart(ada, site, f"{ONE}&range=30d&res=1d")
    expect(ada.locator("#explore-foot")).to_contain_text("1 point = 1 day")
    open_chart(ada, site, f"{ONE}&range=30d")
    before = span(ada)
    box = ada.locator("#explore-graph .nsewdrag").first.bounding_box()
    assert box is not None
    ada.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    ada.keyboard.down("Control")
    ada.mouse.wheel(0, -600)
    ada.keyboard.up("Control")
    expect(ada).to_have_url(re.compile("from=.*&to="))
    assert span(ada) < before / 2
    expect(ada.locator("#explore-foot")).to_contain_text("1 point = 1 hour, as measured")


def test_the_chart_is_zoomed_and_moved_from_the_keyboard(ada: Page, site: Site) -> None:
    open_chart(ada, site, ONE)
    before = span(ada)
    ada.locator("#explore-stage").focus()
    ada.keyboard.press("+")
    wait_for_span(ada, before / 2)
    expect(ada).to_have_url(re.compile("from=.*&to="))
    ada.keyboard.press("0")
    expect(ada).not_to_have_url(re.compile("from="))


def test_two_fingers_zoom(ada: Page, site: Site) -> None:
    open_chart(ada, site, ONE)
    before = span(ada)
    ada.evaluate(
        """() => {
            const plot = document.querySelector('#explore-graph .nsewdrag');
            const box = plot.getBoundingClientRect();
            const at = shares => shares.map((share, i) => new Touch({
                identifier: i, target: plot,
                clientX: box.left + share * box.width, clientY: box.top + 50,
            }));
            const say = (kind, shares) => plot.dispatchEvent(new TouchEvent(kind, {
                touches: at(shares), bubbles: true, cancelable: true,
            }));
            say('touchstart', [0.4, 0.6]);
            say('touchmove', [0.3, 0.7]);
            say('touchend', []);
        }"""
    )
    wait_for_span(ada, before / 2)
    expect(ada).to_have_url(re.compile("from=.*&to="))


def test_a_week_is_compared_with_the_one_before(ada: Page, site: Site) -> None:
    open_chart(ada, site, ONE)
    ada.locator("#explore-compared").click()
    ada.get_by_role("button", name="A week earlier").click()
    expect(ada).to_have_url(re.compile("cmp=1w"))
    expect(ada.locator("#explore-table")).to_contain_text("Difference")
    kinds, opacity = ada.evaluate(
        """() => {
            const data = document.querySelector('#explore-graph .js-plotly-plot').data;
            return [data.map(trace => trace.meta.kind), data[0].opacity];
        }"""
    )
    assert kinds == ["earlier", "measured"]
    assert opacity < 1
    expect(ada.locator("#explore-legend")).to_contain_text("Thin: a week earlier")
    ada.get_by_role("button", name="Compare with nothing").click()
    expect(ada).not_to_have_url(re.compile("cmp="))
    expect(ada.locator("#explore-table")).not_to_contain_text("Difference")


def test_any_shift_can_be_compared(ada: Page, site: Site) -> None:
    open_chart(ada, site, f"{ONE}&range=24h")
    ada.locator("#explore-compared").click()
    ada.get_by_label("Other: earlier by", exact=True).fill("36")
    ada.get_by_label("Other: earlier by, unit").select_option("h")
    ada.get_by_role("button", name="Compare", exact=True).click()
    expect(ada).to_have_url(re.compile("cmp=36h"))
    expect(ada.locator("#explore-compared")).to_have_text("36 hours earlier")


def test_statistics_tell_the_spread_and_when_the_highest_was(ada: Page, site: Site) -> None:
    open_chart(ada, site, f"{ONE}&s=EWR/precipitation")
    heads = ada.locator("#explore-table thead th")
    expect(heads).to_have_text(
        [
            "Series",
            "Mean",
            "Min",
            re.compile("5"),
            "Median",
            re.compile("95"),
            "Max",
            re.compile("Std"),
            "Total",
            "Max at",
            "Complete",
        ]
    )
    expect(ada.locator("#explore-table tbody tr").first).to_contain_text("%")
