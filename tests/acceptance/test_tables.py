"""Tables of nouns: found, sorted, edited, added, deleted and brought back, as each role may."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from dtbase.domain.people.users import Role
from dtbase.domain.registry.sensors import NewSensor, SensorChange
from tests.acceptance.conftest import Site
from tests.acceptance.people import enter
from tests.acceptance.probes import client_of

pytestmark = pytest.mark.timeout(300)

TYPE = "weather-station"
PASTE = """text => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const paste = new ClipboardEvent("paste", { clipboardData: data, bubbles: true });
  document.activeElement.dispatchEvent(paste);
}"""
SCROLL = """row => {
  const height = document.querySelector(".ag-row").getBoundingClientRect().height;
  document.querySelector(".ag-body-viewport").scrollTop = row * height;
}"""
SCRIPT = "<img src=x onerror=document.title='owned'>"


@pytest.fixture
def desk(site: Site) -> Iterator[str]:
    """Register a sensor that nothing stands on, and take it away again."""
    new = NewSensor(identifier="desk", type=TYPE, name="Desk")
    with client_of(site) as client:
        client.sensors.add(new)
        yield new.identifier
        if any(each.identifier == new.identifier for each in client.sensors.list()):
            client.sensors.delete(new.identifier)


def table(page: Page, site: Site, path: str = "/sensors") -> Page:
    """Go to a table and wait for its first row."""
    page.goto(f"{site.url}{path}")
    expect(page.locator(".ag-row .tb-open").first).to_be_visible()
    return page


def cell(page: Page, key: str, column: str) -> Locator:
    return page.locator(f".ag-row[row-id='{key}'] [col-id={column}]")


def drawer(page: Page) -> Locator:
    return page.locator("#table-drawer")


def held(page: Page, address: re.Pattern[str]) -> list[Route]:
    """Keep requests from being answered, until somebody lets them go on."""
    routes: list[Route] = []

    def keep(route: Route) -> None:
        routes.append(route)

    page.route(address, keep)
    return routes


def opened(page: Page, key: str) -> Locator:
    page.get_by_role("link", name=key).click()
    expect(page.locator("#table-form")).to_be_visible()
    return drawer(page)


def test_a_table_is_found_filtered_and_sorted_and_its_address_says_so(
    ada: Page, site: Site, desk: str
) -> None:
    table(ada, site)
    expect(ada.locator("#table-told")).to_have_text("4 sensors")
    ada.get_by_role("searchbox", name="Find a sensor").fill("es")
    expect(ada.locator("#table-told")).to_have_text("1 sensor")
    expect(ada).to_have_url(re.compile(r"/sensors\?q=es$"))
    ada.get_by_role("searchbox", name="Find a sensor").fill("")
    ada.get_by_label("All locations").select_option("newark-airport")
    expect(ada.locator("#table-told")).to_have_text("1 sensor")
    expect(cell(ada, "EWR", "name")).to_have_text("Newark")
    ada.get_by_label("All locations").select_option("*")
    expect(ada.locator("#table-told")).to_have_text("4 sensors")
    ada.locator(".ag-header-cell[col-id=name]").click()
    expect(ada).to_have_url(re.compile("sort=name"))
    expect(ada.locator(".ag-row[row-index='0'] [col-id=name]")).to_have_text("Desk")
    ada.reload()
    expect(ada.locator(".ag-row[row-index='0'] [col-id=name]")).to_have_text("Desk")


def test_rows_follow_what_is_typed_and_a_late_answer_shows_nothing(
    ada: Page, site: Site, desk: str
) -> None:
    table(ada, site)
    late = held(ada, re.compile(r"/_rows/.*q=e$"))
    find = ada.get_by_role("searchbox", name="Find a sensor")
    with ada.expect_request(re.compile(r"/_rows/.*q=e$")):
        find.fill("e")
    find.fill("es")
    find.fill("ewr")
    expect(ada.locator("#table-told")).to_have_text("1 sensor")
    expect(cell(ada, "EWR", "name")).to_have_text("Newark")
    expect(ada).to_have_url(re.compile(r"/sensors\?q=ewr$"))
    for route in late:
        route.continue_()
    opened(ada, "EWR")
    expect(ada).to_have_url(re.compile(r"\?q=ewr&open=EWR$"))
    expect(ada.locator("#table-told")).to_have_text("1 sensor")
    expect(ada.locator(".ag-row .tb-open")).to_have_count(1)


def test_back_leads_to_what_was_looked_for_and_how_it_was_sorted(
    ada: Page, site: Site, desk: str
) -> None:
    top = ada.locator(".ag-row[row-index='0'] .tb-open")
    table(ada, site)
    expect(top).to_have_text(re.compile("^EWR"))
    ada.locator(".ag-header-cell[col-id=name]").click()
    expect(top).to_have_text(re.compile("^desk"))
    ada.get_by_role("searchbox", name="Find a sensor").fill("JF")
    expect(top).to_have_text(re.compile("^JFK"))
    expect(ada).to_have_url(re.compile(r"q=JF"))
    ada.go_back()
    expect(top).to_have_text(re.compile("^desk"))
    expect(ada.locator("#table-told")).to_have_text("4 sensors")
    ada.go_back()
    expect(top).to_have_text(re.compile("^EWR"))


def test_each_stretch_of_rows_gets_its_own_answer_whichever_comes_first(
    ada: Page, site: Site
) -> None:
    names = [f"row-{number:03d}" for number in range(220)]
    with client_of(site) as client:
        client.sensors.add_many([NewSensor(identifier=each, type=TYPE) for each in names])
    try:
        table(ada, site, "/sensors?q=row-")
        first = held(ada, re.compile("/_rows/sensors/100"))
        ada.evaluate(SCROLL, 200)
        expect(ada.locator(".ag-row[row-index='201'] .tb-open")).to_have_text(
            re.compile(names[201])
        )
        for route in first:
            route.continue_()
        expect(ada.locator(".ag-row[row-index='199'] .tb-open")).to_have_text(
            re.compile(names[199])
        )
        expect(ada.locator(".ag-row[row-index='201'] .tb-open")).to_have_text(
            re.compile(names[201])
        )
        ada.get_by_role("searchbox", name="Find a sensor").fill("row-1")
        expect(ada.locator(".ag-row[row-index='0'] .tb-open")).to_have_text(re.compile("row-100"))
        expect(ada.locator("#table-told")).to_have_text("100 sensors")
    finally:
        with client_of(site) as client:
            for each in names:
                client.sensors.delete(each)


def test_what_is_saved_is_shown_before_the_list_is_read_again(
    ada: Page, site: Site, desk: str
) -> None:
    table(ada, site)
    form = opened(ada, desk)
    form.get_by_label("Name").fill("Desk by the door")
    late = held(ada, re.compile("/_rows/"))
    with ada.expect_request(re.compile("/_rows/")):
        form.get_by_role("button", name="Save", exact=True).click()
    expect(cell(ada, desk, "name")).to_have_text("Desk by the door")
    for route in late:
        route.continue_()


def test_nothing_that_fits_is_told_with_what_helps(ada: Page, site: Site) -> None:
    ada.goto(f"{site.url}/sensors?q=no+such+thing")
    expect(ada.get_by_role("heading", name="No sensor fits")).to_be_visible()


def test_what_the_drawer_says_is_stored_and_shown(ada: Page, site: Site, desk: str) -> None:
    table(ada, site)
    form = opened(ada, desk)
    form.get_by_label("Name").fill("Desk by the window")
    expect(form.get_by_text("1 change")).to_be_visible()
    form.get_by_role("button", name="Save", exact=True).click()
    expect(cell(ada, desk, "name")).to_have_text("Desk by the window")
    expect(ada).to_have_url(f"{site.url}/sensors")
    with client_of(site) as client:
        assert client.sensors.get(desk).name == "Desk by the window"


def test_each_refusal_stands_under_its_field_until_it_is_mended(
    ada: Page, site: Site, desk: str
) -> None:
    table(ada, site, "/sensors?new=1")
    form = drawer(ada)
    form.get_by_label("Identifier").fill("two words")
    form.get_by_label("Location").fill("nowhere")
    form.get_by_role("button", name="Add sensor").click()
    expect(form.get_by_text("Must be 1 to 100 letters")).to_be_visible()
    expect(form.get_by_text("Field required.")).to_be_visible()
    form.get_by_label("Identifier").fill(desk)
    form.get_by_label("Type").select_option(TYPE)
    form.get_by_role("button", name="Add sensor").click()
    expect(form.get_by_text("Sensor 'desk' already exists.")).to_be_visible()
    form.get_by_label("Identifier").fill("desk-2")
    form.get_by_role("button", name="Add sensor").click()
    expect(form.get_by_text("No location 'nowhere'.")).to_be_visible()
    form.get_by_label("Location").fill("newark-airport")
    form.get_by_label("Location").press("Enter")
    expect(cell(ada, "desk-2", "location")).to_have_text("newark-airport")
    with client_of(site) as client:
        client.sensors.delete("desk-2")


def test_of_two_who_edit_the_second_sees_both_versions_and_chooses(
    ada: Page, site: Site, desk: str
) -> None:
    table(ada, site)
    form = opened(ada, desk)
    form.get_by_label("Name").fill("Mine")
    with client_of(site) as client:
        client.sensors.update(desk, SensorChange(name="Theirs", notes="kept"))
    form.get_by_role("button", name="Save", exact=True).click()
    expect(form.get_by_text("Somebody else has changed this meanwhile")).to_be_visible()
    expect(form.locator(".tb-versions")).to_contain_text("Theirs")
    expect(form.locator(".tb-versions")).to_contain_text("Mine")
    form.get_by_role("button", name="Save mine").click()
    expect(cell(ada, desk, "name")).to_have_text("Mine")
    with client_of(site) as client:
        stored = client.sensors.get(desk)
        assert (stored.name, stored.notes) == ("Mine", "kept")


def test_of_two_who_edit_the_second_may_take_what_the_first_stored(
    ada: Page, site: Site, desk: str
) -> None:
    table(ada, site)
    form = opened(ada, desk)
    form.get_by_label("Name").fill("Mine")
    with client_of(site) as client:
        client.sensors.update(desk, SensorChange(name="Theirs"))
    form.get_by_role("button", name="Save", exact=True).click()
    form.get_by_role("button", name="Take theirs").click()
    expect(form.get_by_label("Name")).to_have_value("Theirs")


def test_what_is_typed_is_not_lost_by_leaving(ada: Page, site: Site, desk: str) -> None:
    table(ada, site)
    form = opened(ada, desk)
    form.get_by_label("Name").fill("Half typed")
    for leave in (
        ada.get_by_role("link", name="EWR").click,
        ada.get_by_role("link", name="Overview").first.click,
        form.get_by_role("button", name="Close").click,
        ada.go_back,
    ):
        leave()
        ada.get_by_role("button", name="Keep editing").click()
        expect(form.get_by_label("Name")).to_have_value("Half typed")
    form.get_by_role("button", name="Cancel").click()
    ada.get_by_role("button", name="Discard").click()
    expect(ada.locator("#table-form")).to_have_count(0)
    expect(cell(ada, desk, "name")).to_have_text("Desk")


def test_a_cell_is_edited_undone_and_put_back_if_it_is_refused(
    ada: Page, site: Site, desk: str
) -> None:
    table(ada, site)
    name = cell(ada, desk, "name")
    name.dblclick()
    ada.keyboard.press("Control+a")
    ada.keyboard.type("Typed here")
    ada.keyboard.press("Enter")
    expect(name).to_have_text("Typed here")
    with client_of(site) as client:
        expect(ada.locator(".ag-cell-inline-editing")).to_have_count(0)
        ada.keyboard.press("Control+z")
        expect(name).to_have_text("Desk")
        name.dblclick()
        ada.keyboard.press("Control+a")
        ada.keyboard.type("x" * 201)
        ada.keyboard.press("Enter")
        expect(ada.get_by_text("stays as it was")).to_be_visible()
        expect(name).to_have_text("Desk")
        assert client.sensors.get(desk).name == "Desk"


def test_a_block_from_a_spreadsheet_fills_the_cells_from_the_focused_one_on(
    ada: Page, site: Site, desk: str
) -> None:
    with client_of(site) as client:
        client.sensors.add(NewSensor(identifier="desk-b", type=TYPE))
        table(ada, site, "/sensors?q=desk")
        cell(ada, desk, "name").click()
        ada.evaluate(PASTE, "Left\tno-such-type\nRight\t" + TYPE)
        expect(cell(ada, "desk-b", "name")).to_have_text("Right")
        expect(ada.get_by_text("1 of 2 refused")).to_be_visible()
        expect(cell(ada, desk, "name")).to_have_text("Desk")
        ada.evaluate(PASTE, "Left\nMiddle")
        expect(cell(ada, desk, "name")).to_have_text("Left")
        expect(cell(ada, "desk-b", "name")).to_have_text("Middle")
        assert client.sensors.get("desk-b").name == "Middle"
        client.sensors.delete("desk-b")


def test_what_is_deleted_is_asked_about_and_comes_back(ada: Page, site: Site, desk: str) -> None:
    table(ada, site)
    opened(ada, desk).get_by_role("button", name="Delete…").click()
    expect(ada.get_by_role("heading", name="Delete sensor desk?")).to_be_visible()
    ada.get_by_role("button", name="Delete", exact=True).click()
    expect(ada.locator("#table-told")).to_have_text("3 sensors")
    ada.get_by_role("button", name="Undo").click()
    expect(ada.locator("#table-told")).to_have_text("4 sensors")
    with client_of(site) as client:
        assert client.sensors.get(desk).name == "Desk"


def test_what_stands_on_a_thing_is_named_before_it_could_go(ada: Page, site: Site) -> None:
    table(ada, site)
    opened(ada, "JFK").get_by_role("button", name="Delete…").click()
    ada.get_by_role("button", name="Delete", exact=True).click()
    dialog = ada.get_by_role("dialog").filter(has_text="with all that depends on it")
    expect(dialog).to_contain_text("JFK/temperature")
    dialog.get_by_role("button", name="Keep").click()
    with client_of(site) as client:
        assert client.sensors.get("JFK").identifier == "JFK"


def test_a_selection_is_changed_at_once(ada: Page, site: Site, desk: str) -> None:
    table(ada, site)
    for key in ("EWR", "desk"):
        ada.locator(f".ag-row[row-id='{key}'] input[type=checkbox]").click()
    expect(ada.get_by_text("2 selected")).to_be_visible()
    ada.get_by_role("button", name="Change…").click()
    ada.get_by_label("What to change").select_option("notes")
    ada.get_by_label("New value").fill("Cleaned")
    ada.get_by_role("button", name="Change", exact=True).click()
    expect(ada.get_by_text("2 changed")).to_be_visible()
    with client_of(site) as client:
        found = {each.identifier: each.notes for each in client.sensors.list()}
        assert (found["EWR"], found["desk"], found["JFK"]) == ("Cleaned", "Cleaned", None)
        client.sensors.update("EWR", SensorChange(notes=None))


def test_stored_script_is_text_wherever_it_is_shown(ada: Page, site: Site, desk: str) -> None:
    with client_of(site) as client:
        client.sensors.update(desk, SensorChange(name=SCRIPT, notes=SCRIPT))
    table(ada, site)
    expect(cell(ada, desk, "name")).to_have_text(SCRIPT)
    form = opened(ada, desk)
    expect(form.get_by_role("heading")).to_have_text(SCRIPT)
    expect(form.get_by_label("Notes")).to_have_value(SCRIPT)
    form.get_by_role("button", name="Delete…").click()
    ada.get_by_role("button", name="Keep").click()
    assert "owned" not in ada.title()


def test_a_viewer_is_offered_nothing_that_a_viewer_may_not_do(
    browser: Browser, site: Site, desk: str
) -> None:
    page = table(enter(browser, site, Role.VIEWER), site)
    expect(page.get_by_role("link", name="Add sensor")).to_have_count(0)
    expect(page.locator(".ag-selection-checkbox")).to_have_count(0)
    form = opened(page, desk)
    expect(form.get_by_label("Name")).not_to_be_editable()
    expect(form.get_by_role("button")).to_have_count(1)
    cell(page, desk, "name").dblclick()
    expect(page.locator(".ag-cell-inline-editing")).to_have_count(0)
    page.goto(f"{site.url}/sensors?new=1")
    expect(page.locator(".ag-row .tb-open").first).to_be_visible()
    expect(page.locator("#table-form")).to_have_count(0)
    page.context.close()


def test_an_editor_changes_and_is_not_offered_to_delete(
    browser: Browser, site: Site, desk: str
) -> None:
    page = table(enter(browser, site, Role.EDITOR), site)
    form = opened(page, desk)
    expect(form.get_by_role("button", name="Delete…")).to_have_count(0)
    form.get_by_label("Name").fill("By an editor")
    form.get_by_role("button", name="Save", exact=True).click()
    expect(cell(page, desk, "name")).to_have_text("By an editor")
    page.context.close()
