"""Import in the browser: a file is seen, put right, imported, undone, and watched by schedule."""

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from dtbase.domain.people.users import Role
from tests.acceptance.conftest import Site
from tests.acceptance.people import enter
from tests.acceptance.probes import client_of

pytestmark = pytest.mark.timeout(300)

SCRIPT = "<img src=x onerror=document.title='owned'>"
ROWS = "\n".join(f"28.03.2026 {hour:02}:00;{hour},5;1.20{hour % 10},5;" for hour in range(1, 20))
HEATING = f"Zeit;Temperatur [°C];Zähler [kWh];{SCRIPT}\n{ROWS}\n28.03.2026 22:30;warm;1.205,8;\n"
NEXT_WEEK = HEATING.replace("28.03.2026", "04.04.2026").replace("warm", "23,5")


def choose(page: Page, name: str, content: bytes) -> None:
    """Choose a file by the button, as the keyboard does too."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").press("Enter")
    chooser.value.set_files(FilePayload(name=name, mimeType="text/csv", buffer=content))


def put_right(page: Page) -> None:
    """Say what the guess is not sure of, and where a column goes."""
    expect(page.get_by_text("looks like a table")).to_be_visible()
    expect(page.get_by_text("Not sure which zone its times are of")).to_be_visible()
    expect(page.get_by_label("Series of Temperatur [°C]")).to_have_value("heating/Temperatur")
    page.get_by_label("Time zone").select_option("Europe/Berlin")
    expect(page.get_by_text("Not sure")).to_have_count(0)
    page.get_by_label("Series of Zähler [kWh]").fill("cellar/heat")
    page.get_by_label("Series of Zähler [kWh]").press("Enter")
    expect(page.get_by_text("Would register sensor cellar")).to_be_visible()


def leave_out_and_import(page: Page) -> None:
    """Import without what is wrong."""
    expect(page.get_by_role("region", name="What is wrong, by row")).to_contain_text("warm")
    button = page.get_by_role("button", name="Import 39 readings")
    expect(button).to_be_disabled()
    page.get_by_label("Leave out what is wrong").check()
    expect(button).to_be_enabled()
    button.click()
    expect(page.get_by_text("39 readings imported")).to_be_visible()


def read_by_schedule(page: Page) -> None:
    """Have a worker read files like it."""
    page.get_by_label("Keep how it was read").fill("heating")
    page.get_by_label("Files in the workers' folder").fill("week-*.csv")
    page.get_by_label("How often").select_option("week")
    page.get_by_role("button", name="Keep it and read by schedule").click()
    expect(page.get_by_text("week-*.csv, next")).to_be_visible()
    expect(page.get_by_label("How it is read")).to_contain_text("As heating")


def test_a_loggers_file_is_put_right_imported_undone_and_the_next_one_is_read_by_schedule(
    ada: Page, site: Site
) -> None:
    ada.goto(f"{site.url}/import")
    choose(ada, "heating.csv", HEATING.encode("cp1252"))
    put_right(ada)
    leave_out_and_import(ada)
    read_by_schedule(ada)
    ada.get_by_role("region", name="Imports").get_by_role("button", name="Undo").click()
    expect(ada.get_by_role("region", name="Imports")).to_contain_text("undone")
    with client_of(site) as client:
        assert [each.value for each in client.series.latest(sensor="heating")] == [None]
        (site.folder / "week-14.csv").write_bytes(NEXT_WEEK.encode("cp1252"))
        run = client.service_runs.wait(client.schedules.run_now("import-heating").id)
        assert (run.status, run.reason) == ("succeeded", None)
        assert [each.value for each in client.series.latest(sensor="heating")] == [23.5]
    expect(ada).not_to_have_title("owned")


def test_a_viewer_is_offered_no_import_and_forced_is_refused(browser: Browser, site: Site) -> None:
    page = enter(browser, site, Role.VIEWER)
    expect(page.get_by_role("link", name="Import")).to_have_count(0)
    page.goto(f"{site.url}/import")
    expect(page.get_by_text("There is no page at this address")).to_be_visible()
    token = next(each for each in page.context.cookies() if each.get("name") == "_csrf_token")
    file = FilePayload(name="a.csv", mimeType="text/csv", buffer=b"time,v\n2026-01-01T00:00Z,1\n")
    address = f"{site.url}/_import"
    forced = page.request.post(
        address, multipart={"file": file}, headers={"X-CSRFToken": str(token.get("value"))}
    )
    assert forced.status == 403
    forged = page.request.post(address, multipart={"file": file})
    assert forged.status == 403
    page.context.close()
