"""Places in `make bench-ui`: a plan of three hundred sensors, and a space of five hundred boxes."""

from statistics import median

from playwright.sync_api import Page

from bench.table import Figure, Figures
from bench.ui_page import WAIT, quiet
from bench.ui_site import Site
from dtbase.domain.registry.floor_plans import Pin
from dtbase.domain.registry.locations import Location, LocationChange

HALL, RACKS = "hall", "racks"
PINNED, BOXES = 300, 500
ROOMS = 30
STEPS = 20
DRAWING = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1600 900">
<rect width="1600" height="900" fill="none" stroke="black"/></svg>"""
STEP = """async (step) => {
  const slider = document.querySelector('.pn-slider');
  const begun = performance.now();
  slider.value = step;
  slider.dispatchEvent(new Event('input', { bubbles: true }));
  const done = performance.now();
  await new Promise(requestAnimationFrame);
  await new Promise((drawn) => { const { port1, port2 } = new MessageChannel();
    port1.onmessage = drawn; port2.postMessage(0); });
  return [performance.now() - begun, done - begun];
}"""
"""Until it is painted: a message comes after the frame that it was posted in."""

WATCH = """() => {
  window.blocked = [];
  new PerformanceObserver((list) => window.blocked.push(...list.getEntries().map(e => e.duration)))
    .observe({ type: 'longtask' });
}"""
OPEN = f"""async ([see, there]) => {{
  {WAIT}
  [...document.querySelectorAll('.nav-tabs a')].find(a => a.href.includes(see)).click();
  return until(() => document.querySelector(there));
}}"""


def furnish(here: Site) -> None:
    """Put three hundred sensors onto a plan, and five hundred racks into a hall."""
    locations = here.client.locations
    locations.add(Location(identifier=HALL, name="Hall"))
    for number in range(1, ROOMS + 1):
        locations.update(f"room-{number}", LocationChange(parent=HALL))
    sensors = here.client.sensors.list(location=HALL)[:PINNED]
    plan = locations.put_picture(HALL, DRAWING)
    pins = [
        Pin(sensor=each.identifier, x=0.03 + at % 20 / 21, y=0.03 + at // 20 / 16)
        for at, each in enumerate(sensors)
    ]
    locations.pin(plan, pins)
    locations.add(Location(identifier=RACKS, name="Racks", parent=HALL))
    size = {"width": 0.8, "depth": 2.0, "height": 2.2}
    locations.add_many(
        [
            Location(
                identifier=f"rack-{at}",
                name=f"Rack {at}",
                parent=RACKS,
                coordinates={"x": at % 25 * 1.5, "y": at // 25 * 3.0, "z": 0.0, **size},
            )
            for at in range(BOXES)
        ]
    )


def measure(page: Page, here: Site, figures: Figures) -> None:
    """Measure a step of the slider on the plan, and how long the space holds the page up."""
    furnish(here)
    section = "a place over time"
    page.goto(f"{here.url}/place?id={HALL}&m=minutes")
    page.wait_for_selector(f".pn-mark >> nth={PINNED - 1}", state="attached")
    quiet(page)
    took = [page.evaluate(STEP, 10 + step) for step in range(STEPS)]
    whole, script = (median(each[part] for each in took) for part in (0, 1))
    name = f"plan of {PINNED} sensors: a step"
    figures.add(Figure(section, name, whole, "ms", target="< 200 ms"))
    figures.add(Figure(section, f"{name}, its script alone", script, "ms"))
    page.goto(f"{here.url}/place?id={RACKS}")
    page.wait_for_selector(".nav-tabs")
    quiet(page)
    page.evaluate(WATCH)
    there = f".sp-view[data-drawn='{BOXES}']"
    took = page.evaluate(OPEN, ["see=3d", there])
    quiet(page)
    name = f"space of {BOXES} boxes"
    figures.add(Figure(section, f"{name}: until it is drawn", took, "ms"))
    longest = max(page.evaluate("() => window.blocked"), default=0.0)
    figures.add(Figure(section, f"{name}: longest time that the page is held up", longest, "ms"))
