"""A place's plan: a picture is brought, sensors are pinned to it, and time is stepped through."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from dtbase.domain.forecasts.outcomes import NewInterval, NewOutcome, NewOutput
from dtbase.domain.forecasts.runs import Model
from dtbase.domain.people.users import Role
from dtbase.domain.registry.floor_plans import Pin
from dtbase.domain.registry.locations import Location
from dtbase.errors import AlreadyExists, NotFound
from tests.acceptance.conftest import Site
from tests.acceptance.people import enter
from tests.acceptance.probes import client_of
from tests.pictures import png, png_bomb, svg
from tests.twins import eventually

pytestmark = pytest.mark.timeout(300)

PLACE = "new-york"
SCRIPT = "<img src=x onerror=document.title='owned'>"
HOUR = timedelta(hours=1)


def foretell(site: Site) -> None:
    """Store a forecast of Newark's temperature for the next day."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    times = [now + n * HOUR for n in range(1, 25)]
    interval = NewInterval(level=80, lower=[10.0] * 24, upper=[14.0] * 24)
    output = NewOutput(
        sensor="EWR",
        measure="temperature",
        times=times,
        values=[12.3] * 24,
        intervals=[interval],
    )
    with client_of(site) as client:
        with suppress(AlreadyExists):
            client.models.add(Model(name="oracle"))
        client.runs.add(NewOutcome(model="oracle", issued_at=now, outputs=[output]))


@pytest.fixture
def bare(site: Site) -> str:
    """Take the plan away, and let a place in it have a name that is a script."""
    with client_of(site) as client:
        with suppress(NotFound):
            client.locations.remove_picture(client.locations.floor_plan(PLACE))
        with suppress(AlreadyExists):
            client.locations.add(Location(identifier="attic", name=SCRIPT, parent=PLACE))
    foretell(site)
    return f"{site.url}/place?id={PLACE}&m=temperature"


def mark(page: Page, name: str) -> Locator:
    return page.locator(f".pn-mark[data-name='{name}']")


def pins_of(site: Site) -> dict[str | None, Pin]:
    with client_of(site) as client:
        return {pin.sensor or pin.location: pin for pin in client.locations.floor_plan(PLACE).pins}


def bring(page: Page) -> None:
    """Bring what is refused, and then a picture."""
    upload = page.get_by_label("Bring a picture")
    for content in (svg("<script>alert(1)</script>"), png_bomb()):
        file: FilePayload = {
            "name": f"{SCRIPT}.svg",
            "mimeType": "image/svg+xml",
            "buffer": content,
        }
        upload.set_input_files(file)
        told = page.get_by_role("alert").filter(has_text=re.compile("script|pixels"))
        expect(told).to_be_visible()
    upload.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": png(1600, 900)})
    expect(page.locator(".pn-sheet img")).to_be_visible()


def drag(page: Page, name: str, x: float, y: float) -> None:
    """Take a mark to a share of the plan's width and height."""
    box = page.locator(".pn-sheet").bounding_box()
    assert box is not None
    mark(page, name).hover()
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y, steps=5)
    page.mouse.up()


def says(page: Page, words: str) -> None:
    expect(mark(page, "EWR")).to_have_attribute("aria-label", re.compile(words))


def test_an_editor_brings_a_plan_and_pins_to_it_by_mouse_and_by_keyboard(
    browser: Browser, site: Site, bare: str
) -> None:
    page = enter(browser, site, Role.EDITOR)
    page.goto(bare)
    expect(page.get_by_role("heading", name="No plan yet")).to_be_visible()
    bring(page)
    page.get_by_role("button", name="Put on the plan: Newark", exact=True).click()
    expect(mark(page, "EWR")).to_be_focused()
    drag(page, "EWR", 0.25, 0.5)
    page.get_by_role("button", name=f"Put on the plan: {SCRIPT}").click()
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="Done").click()
    expect(mark(page, "attic")).to_contain_text(SCRIPT)
    eventually(lambda: (pin := pins_of(site).get("attic")) is not None and pin.x == 0.49)
    page.reload()
    expect(mark(page, "attic")).to_have_attribute("style", "left: 49%; top: 50%;")
    pins = pins_of(site)
    assert abs(pins["EWR"].x - 0.25) < 0.02
    assert (pins["attic"].x, pins["attic"].y) == (0.49, 0.5)
    assert page.title() != "owned"
    page.context.close()


def test_time_is_stepped_through_into_the_forecast_and_played(
    ada: Page, site: Site, bare: str
) -> None:
    with client_of(site) as client:
        plan = client.locations.put_picture(PLACE, png(1600, 900))
        client.locations.pin(plan, [Pin(sensor="EWR", x=0.3, y=0.4)])
    ada.goto(bare)
    says(ada, "Newark, .*°C")
    slider = ada.get_by_role("slider", name="Time that is shown")
    slider.focus()
    ada.keyboard.press("End")
    says(ada, "last measured")
    expect(ada).to_have_url(re.compile("t="))
    ada.get_by_role("button", name="Now").click()
    slider.focus()
    for _ in range(3):
        ada.keyboard.press("ArrowRight")
    says(ada, "Newark, 12.3.°C, forecast")
    expect(ada.locator(".pn-list li").filter(has_text="EWR")).to_contain_text("10.0 to 14.0")
    ada.keyboard.press("Home")
    says(ada, ", measured")
    ada.get_by_role("button", name="Play").click()
    expect(ada.locator("#plan-room")).not_to_have_attribute("data-step", "0")
    ada.get_by_role("button", name="Pause").click()
    expect(ada.get_by_role("button", name="Play")).to_be_visible()


def test_a_viewer_looks_and_what_is_forced_is_refused(
    browser: Browser, site: Site, bare: str
) -> None:
    with client_of(site) as client:
        plan = client.locations.put_picture(PLACE, svg())
        plan = client.locations.pin(plan, [Pin(sensor="JFK", x=0.5, y=0.5)])
    page = enter(browser, site, Role.VIEWER)
    page.goto(bare)
    expect(mark(page, "JFK")).to_be_visible()
    expect(page.get_by_role("button", name="Edit plan")).to_have_count(0)
    expect(page.locator("input[type=file]")).to_have_count(0)
    send = """async (headers) => {
      const given = {method: "POST", body: "x", headers};
      const answer = await fetch("/_floor-plan?location=new-york", given);
      return [answer.status, await answer.text()];
    }"""
    token = next(c["value"] for c in page.context.cookies() if c["name"] == "_csrf_token")
    assert page.evaluate(send, {})[0] == 403
    status, told = page.evaluate(send, {"X-CSRFToken": token})
    assert (status, "needs the role editor" in told) == (422, True)
    pin = f"{{plan: {plan.model_dump_json()}, pins: [], asked: 1}}"
    page.evaluate(f"dash_clientside.set_props('plan-pins', {{data: {pin}}})")
    expect(page.get_by_text("This needs the role editor; yours is viewer.")).to_be_visible()
    assert list(pins_of(site)) == ["JFK"]

    answer = page.request.get(f"{site.url}/_floor-plan?location={PLACE}&v={plan.digest}")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "immutable" in answer.headers["cache-control"]
    page.context.clear_cookies()
    gone = page.request.get(f"{site.url}/_floor-plan?location={PLACE}", max_redirects=0)
    assert gone.status in {302, 401}
    page.context.close()


def test_a_place_that_is_not_there_is_told(ada: Page, site: Site) -> None:
    for search in ("", "?id=no-such", "?id=%00"):
        ada.goto(f"{site.url}/place{search}")
        expect(ada.get_by_role("heading", name="No such place")).to_be_visible()
        expect(ada.get_by_role("group", name="What is shown")).to_be_hidden()
