"""Import in the browser: a file is seen, put right, imported and undone; nobody's script runs."""

import io
import zipfile

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from dtbase.domain.people.users import Role
from tests.acceptance.conftest import Site
from tests.acceptance.people import enter
from tests.acceptance.probes import client_of

pytestmark = pytest.mark.timeout(300)

SCRIPT = "<img src=x onerror=document.title='owned'>"
ROWS = "\n".join(f"28.03.2026 {hour:02}:00;{hour},5;1.20{hour % 10},5;" for hour in range(1, 20))
HEATING = f"Zeit;Temperatur [°C];Zähler [kWh];Bem\n{ROWS}\n28.03.2026 22:30;warm;1.205,8;\n"


def choose(page: Page, name: str, content: bytes) -> None:
    """Choose a file by the button, as the keyboard does too."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").press("Enter")
    chooser.value.set_files(FilePayload(name=name, mimeType="text/csv", buffer=content))


def test_a_loggers_file_is_seen_put_right_imported_and_undone(ada: Page, site: Site) -> None:
    ada.goto(f"{site.url}/import")
    choose(ada, "heating.csv", HEATING.encode("cp1252"))
    expect(ada.get_by_text("looks like a table")).to_be_visible(timeout=60_000)
    expect(ada.get_by_text("Not sure which zone its times are of")).to_be_visible()
    expect(ada.get_by_label("Series of Temperatur [°C]")).to_have_value("heating/Temperatur")
    ada.get_by_label("Time zone").select_option("Europe/Berlin")
    expect(ada.get_by_text("Not sure")).to_have_count(0)
    ada.get_by_label("Series of Zähler [kWh]").fill("cellar/heat")
    ada.get_by_label("Series of Zähler [kWh]").press("Enter")
    expect(ada.get_by_text("Would register sensor cellar")).to_be_visible()
    wrong = ada.get_by_role("region", name="What is wrong, by row")
    expect(wrong).to_contain_text("warm")
    expect(ada.get_by_role("button", name="Import 39 readings")).to_be_disabled()
    ada.get_by_label("Leave out what is wrong").check()
    ada.get_by_role("button", name="Import 39 readings").click(timeout=20_000)
    expect(ada.get_by_text("39 readings imported")).to_be_visible()
    with client_of(site) as client:
        assert [each.value for each in client.series.latest(sensor="heating")] == [19.5]
    ada.get_by_label("Keep how it was read").fill("heating")
    ada.get_by_role("button", name="Keep the profile").click()
    expect(ada.get_by_label("How it is read")).to_contain_text("As heating")
    ada.get_by_role("region", name="Imports").get_by_role("button", name="Undo").click()
    expect(ada.get_by_role("region", name="Imports")).to_contain_text("undone")
    with client_of(site) as client:
        assert [each.value for each in client.series.latest(sensor="heating")] == [None]


def test_hostile_files_run_nothing_and_are_refused_in_words(ada: Page, site: Site) -> None:
    ada.goto(f"{site.url}/import")
    content = f"time,{SCRIPT}\n2026-01-01T00:00Z,1\n2026-01-01T01:00Z,{SCRIPT}\n"
    choose(ada, f"{SCRIPT}.csv", content.encode())
    expect(ada.get_by_text("looks like")).to_be_visible(timeout=60_000)
    expect(ada.get_by_role("region", name="The first readings")).to_contain_text(SCRIPT)
    ada.reload()
    choose(ada, "bomb.xlsx", bomb())
    expect(ada.get_by_text("bomb.xlsx is refused")).to_be_visible()
    expect(ada).not_to_have_title("owned")


def bomb() -> bytes:
    """Write a spreadsheet that unpacks to a gigabyte."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(1_024):
                sheet.write(b" " * 1_048_576)
    return buffer.getvalue()


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
