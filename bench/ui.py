"""`make bench-ui`: how quick the dashboard is in a browser, beside yardsticks of the same run."""

from collections.abc import Callable
from itertools import count
from statistics import median
from typing import Annotated

import typer
from playwright.sync_api import Browser, Page, Response

from bench import ui_people, ui_places
from bench.servers import facts, servers
from bench.stand import stand
from bench.table import RESULTS, Figure, Figures
from bench.ui_page import (
    CHOOSE,
    GO,
    PRESS,
    REDRAW,
    SAVED,
    SCROLLED,
    ZOOM,
    browser,
    drawn_at,
    log_in,
    opened,
    quiet,
    typed,
    watched,
)
from bench.ui_site import MINUTES, Site, add_many, add_places, furnish, site

TIMES = 10
SENSOR = "many-00007"
FIRST = "/explore?s=JFK/temperature&s=LGA/temperature&s=EWR/temperature"
FOUR = "/explore?" + "&".join(f"s={name}/minutes" for name in MINUTES)
PAGES = {
    "Overview": ("/", "#overview-places .ov-p, #overview-places article"),
    "Explore": ("/explore", ".js-line"),
    "Forecasts": ("/forecasts", "#forecasts-body .dt-card-head"),
    "Sensors": ("/sensors", ".ag-row"),
}


def main(*, write: Annotated[bool, typer.Option(help="Write bench/RESULTS.md.")] = True) -> None:
    """Measure, print the table, and write it to bench/RESULTS.md."""
    figures = Figures()
    with servers() as (database, redis), stand(database, redis) as measured:
        furnish(measured, redis)
        with site(measured, redis) as here, browser() as started:
            yardsticks(started, here, figures)
            measure(started, here, figures)
        known = facts(database)
    figures.show()
    if write:
        figures.write(RESULTS, known, "Dashboard")


def middle(work: Callable[[], float], times: int | None = None) -> float:
    """Return the median of what so many turns took."""
    return median(work() for _ in range(times or TIMES))


class Base:
    """The yardsticks of this run, in milliseconds."""

    page = chart = press = redraw = 0.0


def yardsticks(started: Browser, here: Site, figures: Figures) -> None:
    """Measure an empty Dash page with one callback, and a chart without a server behind it."""
    section = "yardsticks"

    def empty() -> float:
        page = opened(started)
        begun = page.evaluate("() => Date.now()")
        page.goto(here.bare)
        page.wait_for_selector("#pressed:not(:empty)", state="attached")
        took = float(page.evaluate("() => Date.now()")) - float(begun)
        page.context.close()
        return took

    def chart() -> float:
        page = opened(started)
        begun = page.evaluate("() => Date.now()")
        page.goto(f"{here.bare}/chart")
        took = drawn_at(page) - float(begun)
        page.context.close()
        return took

    Base.page, Base.chart = middle(empty), middle(chart)
    page = opened(started)
    page.goto(here.bare)
    page.wait_for_selector("#pressed:not(:empty)", state="attached")
    Base.press = middle(lambda: float(page.evaluate(PRESS)))
    page.goto(f"{here.bare}/chart")
    drawn_at(page)
    Base.redraw = middle(lambda: float(page.evaluate(REDRAW)))
    page.context.close()
    for name, value in (
        ("an empty Dash page, cold, until its callback came back", Base.page),
        ("a chart of plotly.js without a server, cold", Base.chart),
        ("one empty callback, from click to text", Base.press),
        ("a chart drawn anew, without a server", Base.redraw),
    ):
        figures.add(Figure(section, name, value, "ms"))


def measure(started: Browser, here: Site, figures: Figures) -> None:
    """Measure everything that the dashboard is held to."""
    first_charts(started, here, figures)
    page = opened(started)
    log_in(page, here, FIRST)
    walks(page, here, figures)
    charts(page, here, figures)
    ui_people.measure(here, figures, draw_body(page, here))
    add_places(here.stand)
    overview(page, here, figures)
    ui_places.measure(page, here, figures)
    add_many(here.stand)
    table(page, here, figures)
    page.context.close()


def first_charts(started: Browser, here: Site, figures: Figures) -> None:
    """Measure the way from the log-in to a chart: with an empty cache, and with a full one."""
    sizes: list[int] = []

    def cold() -> float:
        page = opened(started)
        wire = watched(page)
        took = log_in(page, here, FIRST)
        quiet(page)
        sizes.append(wire.bytes)
        page.context.close()
        return took

    known = opened(started)

    def warm() -> float:
        known.context.clear_cookies()
        return log_in(known, here, FIRST)

    section = "log-in to first chart"
    took = middle(cold)
    ratio = took / Base.chart
    figures.add(Figure(section, "cold", took, "ms", ratio, "chart without server", "< 2,000 ms"))
    warm()
    took = middle(warm)
    ratio = took / Base.page
    figures.add(Figure(section, "warm", took, "ms", ratio, "empty page, cold", "< 1,000 ms"))
    figures.add(Figure(section, "first page, all of it", median(sizes) / 1e3, "kB", target="< 900"))
    known.context.close()


def walks(page: Page, here: Site, figures: Figures) -> None:
    """Measure from page to page, by a click in the navigation."""
    section = "page to page"
    took: dict[str, list[float]] = {name: [] for name in PAGES}
    sizes: dict[str, list[int]] = {name: [] for name in PAGES}
    calls: dict[str, list[int]] = {name: [] for name in PAGES}
    wire = watched(page)
    for turn in range(TIMES + 1):
        for name, (href, there) in PAGES.items():
            quiet(page)
            before, asked = wire.bytes, here.answered().calls
            if page.evaluate("() => document.querySelector('h1').textContent") == name:
                continue
            ms = float(page.evaluate(GO, [href, name, there]))
            quiet(page)
            if turn:
                took[name].append(ms)
                sizes[name].append(wire.bytes - before)
                calls[name].append(here.answered().calls - asked)
    for name in PAGES:
        ms = median(took[name])
        figures.add(Figure(section, name, ms, "ms", ms / Base.press, "empty callback", "< 400 ms"))
        size = median(sizes[name]) / 1e3
        figures.add(Figure(section, f"{name}: over the wire", size, "kB", target="< 60"))
        calls_made = median(calls[name])
        figures.add(Figure(section, f"{name}: calls of the API", calls_made, "", target="≤ 3"))


def charts(page: Page, here: Site, figures: Figures) -> None:
    """Measure a year of minutes: zooming into it, what comes, and what a callback costs itself."""
    section = "four series, a year of minutes"
    page.goto(f"{here.url}{FOUR}&range=1y")
    drawn_at(page)
    quiet(page)
    turns = iter(windows(page))

    def zoom() -> float:
        took = float(page.evaluate(ZOOM, list(next(turns))))
        quiet(page)
        return took

    took = middle(zoom)
    ratio = took / Base.redraw
    figures.add(
        Figure(section, "zoom to new data", took, "ms", ratio, "chart drawn anew", "< 400 ms")
    )
    wire = watched(page)
    ranges = iter(["24 h", "1 y"] * TIMES)
    sizes: list[int] = []
    calls: list[int] = []

    def choose() -> float:
        name = next(ranges)
        before, asked = wire.bytes, here.answered().calls
        took = float(page.evaluate(CHOOSE, [name]))
        quiet(page)
        if name == "1 y":
            sizes.append(wire.bytes - before)
            calls.append(here.answered().calls - asked)
        return took

    took = middle(choose)
    ratio = took / Base.redraw
    figures.add(Figure(section, "another range", took, "ms", ratio, "chart drawn anew"))
    size = median(sizes) / 1e3
    figures.add(Figure(section, "over the wire, with statistics", size, "kB", target="< 60"))
    figures.add(Figure(section, "calls of the API", median(calls), "", target="≤ 3"))


def windows(page: Page) -> list[tuple[str, str]]:
    """Return ranges of days within the chart, each of another length."""
    script = """() => { const range = document.querySelector('#explore-graph .js-plotly-plot')
        .layout.xaxis.range; return range.map(at => Date.parse(at)); }"""
    start, end = page.evaluate(script)
    middles = [start + (end - start) * share / 20 for share in range(4, 4 + TIMES)]
    iso = "at => new Date(at).toISOString().slice(0, 19)"
    return [
        tuple(
            page.evaluate(f"([a, b]) => [a, b].map({iso})", [at - 864e5 * (n + 5), at + 864e5 * 9])
        )
        for n, at in enumerate(middles)
    ]


def draw_body(page: Page, here: Site) -> str:
    """Return what a browser posts to have the demo's chart drawn."""
    with page.expect_response(draws) as waiting:
        page.goto(f"{here.url}{FIRST}")
    quiet(page)
    return waiting.value.request.post_data or ""


def draws(answer: Response) -> bool:
    return "explore-graph.figure" in (answer.request.post_data or "")


def overview(page: Page, here: Site, figures: Figures) -> None:
    """Measure the overview of two thousand series at two hundred places."""
    section = "overview, 2,000 series at 200 places"
    wire = watched(page)
    href, there = PAGES["Overview"]
    sizes: list[int] = []

    def look() -> float:
        page.evaluate(GO, ["/forecasts", "Forecasts", "h1"])
        quiet(page)
        before = wire.bytes
        took = float(page.evaluate(GO, [href, "Overview", there]))
        quiet(page)
        sizes.append(wire.bytes - before)
        return took

    look()
    took = middle(look)
    ratio = took / Base.press
    figures.add(Figure(section, "all of it", took, "ms", ratio, "empty callback", "< 1,000 ms"))
    figures.add(Figure(section, "over the wire", median(sizes) / 1e3, "kB", target="< 300"))
    took = middle(lambda: float(page.evaluate(explore_from(page))))
    figures.add(Figure(section, "to Explore, of so many", took, "ms", target="< 400 ms"))


def explore_from(page: Page) -> str:
    page.evaluate(GO, ["/forecasts", "Forecasts", "h1"])
    quiet(page)
    href, there = PAGES["Explore"]
    return f"() => ({GO})(['{href}', 'Explore', '{there}'])"


def table(page: Page, here: Site, figures: Figures) -> None:
    """Measure the table of fifty thousand sensors."""
    section = "table of 50,000 sensors"
    href, there = PAGES["Sensors"]

    def look() -> float:
        page.evaluate(GO, ["/forecasts", "Forecasts", "h1"])
        quiet(page)
        took = float(page.evaluate(GO, [href, "Sensors", there]))
        quiet(page)
        return took

    look()
    took = middle(look)
    one = "empty callback"
    figures.add(Figure(section, "until rows", took, "ms", took / Base.press, one, "< 1,000 ms"))
    for name, make, target in (
        ("search, until the rows that fit", searched, "< 300 ms"),
        ("scroll to rows not loaded yet", scrolled, "< 300 ms"),
        ("a form, from Save to the row", saved, "< 300 ms"),
    ):
        took = middle(make(page))
        figures.add(Figure(section, name, took, "ms", took / Base.press, one, target))


def searched(page: Page) -> Callable[[], float]:
    """Return what searches the table, for something else each time."""
    numbers = count(100)

    def turn() -> float:
        took = typed(page, f"many-{next(numbers)}")
        quiet(page)
        return took

    return turn


def scrolled(page: Page) -> Callable[[], float]:
    """Return what scrolls the table, to where it never was."""
    typed(page, "")
    quiet(page)
    rows = count(2_000, 1_500)

    def turn() -> float:
        took = float(page.evaluate(SCROLLED, [next(rows)]))
        quiet(page)
        return took

    return turn


def saved(page: Page) -> Callable[[], float]:
    """Return what gives a sensor a new name in its drawer, another one each time."""
    names = (f"Name {number}" for number in count(1))

    def turn() -> float:
        typed(page, SENSOR)
        quiet(page)
        page.locator(".ag-row .tb-open").first.click()
        name = next(names)
        page.locator("#table-drawer").get_by_label("Name").first.fill(name)
        quiet(page)
        took = float(page.evaluate(SAVED, [SENSOR, name]))
        quiet(page)
        typed(page, "")
        quiet(page)
        return took

    return turn


if __name__ == "__main__":
    typer.run(main)
