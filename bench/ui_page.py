"""A browser that measures: what is there when, by its own clock, and what came over the wire."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench.stand import EMAIL, PASSWORD
from bench.ui_site import Site

FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
DESK = {"width": 1440, "height": 945}
LINE = "#explore-graph .scatterlayer .trace.scatter .lines path.js-line"
NOTE_LINES = f"""(() => {{
  const look = () => document.querySelector("{LINE}, #chart path.js-line")
    ? requestAnimationFrame(() => {{ window.drawnAt = Date.now(); }}) : requestAnimationFrame(look);
  look();
}})()"""
WAIT = """const until = async (test) => {
  const begun = performance.now();
  while (!test()) {
    await new Promise(requestAnimationFrame);
    if (performance.now() - begun > 20000) throw new Error(`not within 20 s: ${test}`);
  }
  await new Promise(requestAnimationFrame);
  return performance.now() - begun;
};"""
GO = f"""async ([href, title, there]) => {{
  {WAIT}
  document.querySelector(`.dt-nav a[href='${{href}}']`).click();
  return until(() => document.querySelector('h1')?.textContent === title
    && document.querySelector(there));
}}"""
ZOOM = f"""async ([start, end]) => {{
  {WAIT}
  const plot = document.querySelector('#explore-graph .js-plotly-plot');
  const said = () => JSON.stringify(plot.data.map(trace => [trace.x0, trace.dx]));
  const before = said();
  window.Plotly.relayout(plot, {{ 'xaxis.range': [start, end] }});
  return until(() => said() !== before);
}}"""
CHOOSE = f"""async ([name]) => {{
  {WAIT}
  const plot = document.querySelector('#explore-graph .js-plotly-plot');
  const said = () => JSON.stringify(plot.data.map(trace => [trace.x0, trace.dx]));
  const before = said();
  [...document.querySelectorAll('.dt-seg label')].find(l => l.textContent === name).click();
  return until(() => said() !== before);
}}"""
TOP = "document.querySelector(\".ag-row[row-index='0']\")?.getAttribute('row-id')"
OTHER_TOP = f"""async ([before, begun]) => {{
  {WAIT}
  await until(() => {TOP} && {TOP} !== before);
  return Date.now() - begun;
}}"""
"""Waits until a table begins with another row, and tells how long that took from some time on."""

SCROLLED = f"""async ([row]) => {{
  {WAIT}
  const view = document.querySelector('.ag-body-viewport');
  const height = document.querySelector('.ag-row').getBoundingClientRect().height;
  view.scrollTop = row * height;
  return until(() => document.querySelector(`.ag-row[row-index='${{row}}'] .tb-open`)?.textContent);
}}"""
"""Scrolls a table to a row that it has not loaded yet, and waits until that is there."""

SAVED = f"""async ([key, name]) => {{
  {WAIT}
  const save = [...document.querySelectorAll('#table-drawer button')]
    .find(button => button.textContent.trim() === 'Save');
  save.click();
  return until(() => document.querySelector(`.ag-row[row-id='${{key}}'] [col-id=name]`)
    ?.textContent === name);
}}"""
"""Presses Save in a drawer, and waits until the table shows the new name."""

COUNT = """(() => {
  const fetched = window.fetch;
  window.underWay = 0;
  window.fetch = async (...request) => {
    window.underWay += 1;
    try { return await fetched(...request); } finally { window.underWay -= 1; }
  };
})()"""
"""Dash asks by `fetch` alone: the browser's own silence is told for the first page only."""
SILENT = """async () => {
  for (let frames = 0; frames < 12; frames += 1) {
    if (window.underWay || document.querySelector('.ex-card.busy')) frames = 0;
    await new Promise(requestAnimationFrame);
  }
}"""
PRESS = f"""async () => {{
  {WAIT}
  const said = document.getElementById('pressed');
  const before = said.textContent;
  document.getElementById('press').click();
  return until(() => said.textContent !== before);
}}"""
REDRAW = """async () => {
  const begun = performance.now();
  await Plotly.react('chart', made(Math.random() * 99), { width: 900, height: 460 });
  await new Promise(requestAnimationFrame);
  return performance.now() - begun;
}"""


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield started
        started.close()


@dataclass
class Wire:
    """What one page got over the wire."""

    bytes: int = 0
    bodies: list[str] = field(default_factory=list)
    """What was posted to callbacks."""


def opened(started: Browser) -> Page:
    """Open a page of somebody who has never been here: with an empty cache."""
    page = started.new_context(viewport=DESK, reduced_motion="reduce").new_page()  # type: ignore[arg-type]
    page.set_default_timeout(60_000)
    page.add_init_script(NOTE_LINES)
    page.add_init_script(COUNT)
    return page


def watched(page: Page) -> Wire:
    """Count from now on what comes over the wire."""
    wire = Wire()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")

    def finished(event: dict[str, Any]) -> None:
        wire.bytes += int(event["encodedDataLength"])

    session.on("Network.loadingFinished", finished)
    page.on("request", lambda request: wire.bodies.append(request.post_data or ""))
    return wire


def log_in(page: Page, site: Site, path: str) -> float:
    """Log in on the way to a chart; return the milliseconds until its lines are painted."""
    page.goto(f"{site.url}{path}")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.wait_for_load_state("networkidle")
    begun = page.evaluate(
        "() => { const now = Date.now(); document.forms[0].requestSubmit(); return now; }"
    )
    return drawn_at(page) - float(begun)


def drawn_at(page: Page) -> float:
    """Return when lines were painted first on this page."""
    page.wait_for_selector(f"{LINE}, #chart path.js-line", state="attached")
    page.wait_for_function("() => window.drawnAt")
    return float(page.evaluate("() => window.drawnAt"))


def quiet(page: Page) -> None:
    """Wait until nothing is under way."""
    page.wait_for_load_state("networkidle")
    page.evaluate(SILENT)


def typed(page: Page, text: str) -> float:
    """Type into a table's search, and return how long its rows took to be those that fit."""
    before, begun = page.evaluate(f"[{TOP}, Date.now()]")
    page.locator("input[type=search]#table-find, #table-find input").fill(text)
    return float(page.evaluate(OTHER_TOP, [before, begun]))
