"""axe-core finds nothing serious on any page or state, light or dark; nothing breaks or spills.

All that people may write holds a script there, which every page shows as text.
"""

from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dash_app.nouns.all import NOUNS
from dtbase.domain.forecasts.runs import ModelChange, Scenario
from dtbase.domain.imports.said import SaidProfile
from dtbase.domain.people.keys import NewKey, Scope
from dtbase.domain.people.views import NewView
from dtbase.domain.registry.locations import LocationChange, LocationField, LocationSchema
from dtbase.domain.registry.measures import Datatype, Measure, Statistic
from dtbase.domain.registry.notes import NewNote
from dtbase.domain.registry.sensors import (
    NewSensor,
    SensorChange,
    SensorType,
    SensorTypeChange,
)
from dtbase.domain.registry.twin import Twin
from tests.acceptance.conftest import Hear, Site
from tests.acceptance.probes import client_of

pytestmark = pytest.mark.timeout(300)

INJECTED = "injected"
SCRIPT = f"<img src={INJECTED} onerror=alert(1)>"
GRAVE = {"serious", "critical"}
NOWHEN = "from=2020-01-01T00:00Z&to=2020-01-02T00:00Z"
BOTH = "?s=EWR/temperature&s=JFK/temperature"
PAGES = {
    "overview": ("/", ".ov-l"),
    "overview of nothing": ("/?q=no+such+thing", "#overview-places .dt-empty"),
    "explore": ("/explore?s=EWR/temperature", "#explore-graph .js-line"),
    "explore compared": ("/explore?s=EWR/temperature&cmp=1w", "#explore-table .ex-difference"),
    "explore as a table": ("/explore?s=EWR/temperature&view=table", "#explore-body tbody tr"),
    "explore as a scatter": (f"/explore{BOTH}&view=scatter", "#explore-graph .points path"),
    "explore by hours": (f"/explore{BOTH}&view=hours", "#explore-graph .heatmaplayer image"),
    "explore a distribution": (f"/explore{BOTH}&view=distribution", "#explore-graph .js-line"),
    "explore what is not there": ("/explore?s=gone/temperature", "#explore-note .dt-empty"),
    "explore without a choice": ("/explore?s=", "#explore-note .dt-empty"),
    "explore without readings": (f"/explore?s=EWR/temperature&{NOWHEN}", "#explore-note .dt-empty"),
    "find when": ("/find", "#finding-body .dt-empty"),
    "what was found": ("/find?c=EWR/temperature+below+100", "#finding-graph .js-line"),
    "forecasts": ("/forecasts", "#forecasts-body .dt-card-head"),
    "forecasts of a series": ("/forecasts?series=EWR/temperature", "#forecasts-body .dt-card-head"),
    "forecasts of nothing": ("/forecasts?series=no/thing", "#forecasts-body .dt-empty"),
    "sensors": ("/sensors", ".ag-row .tb-open"),
    "a sensor's drawer": ("/sensors?open=EWR", "#table-form .dt-field"),
    "a new sensor": ("/sensors?new=1", "#table-form .dt-field"),
    "a sensor": ("/sensor?id=EWR", ".sn-measures tbody tr"),
    "no sensor": ("/sensor?id=nothing", ".dt-empty"),
    "places": ("/places?at=newark-airport", ".pl-series li"),
    "no such place": ("/places?q=no+such+thing", "#places-tree .dt-empty"),
    "a place": ("/place?id=newark-airport", ".pn-list li"),
    "a map": ("/place?id=new-york&see=map", ".mp-marks .pn-mark"),
    "a space without places": ("/place?id=new-york&see=3d", ".sp-empty"),
    "no place": ("/place?id=nothing", ".dt-empty"),
    "a map of all places": ("/place?see=map", ".mp-marks .pn-mark"),
    "import": ("/import", ".im-choose"),
    "set up": ("/start", ".st-steps li.on"),
    "quality": ("/quality", "#quality-rules .dt-card"),
    "a sensor type's drawer": ("/sensor-types?open=weather-station", "#table-form .dt-field"),
    "schedules": ("/schedules?open=demo-forecasts", "#table-form .tb-next"),
    "a service": ("/service?name=weather", "#service-form .dt-field"),
    "a new invitation": ("/invitations?new=1", "#table-form .dt-field"),
    "a new service": ("/services?new=1", "#table-form .dt-field"),
    "a new key": ("/keys?new=1", "#table-form .dt-field"),
    "a new scenario": ("/scenarios?new=1", "#table-form .dt-field"),
    "a retention class": ("/retention?open=default", "#table-form .dt-field"),
    "the log": ("/audit", ".ag-row .tb-open"),
    "no such sensor": ("/sensors?q=no+such+thing", "#table-empty .dt-empty"),
    "account": ("/account", "#account-sessions tbody tr"),
    "no page": ("/nowhere", ".dt-empty"),
}
SPILT = """() => [...document.querySelectorAll('.dt-card .main-svg')].filter(drawing =>
    drawing.getBoundingClientRect().bottom
        > drawing.closest('.dt-card').getBoundingClientRect().bottom + 1
).map(drawing => drawing.closest('.dash-graph').id)"""
"""Charts that reach over the edge of their card."""

TABLES = {noun.path for noun in NOUNS}


def grave(page: Page) -> list[str]:
    """Return what is seriously wrong, and where."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]}: {node['failureSummary']}"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"][:4]
    ]


@pytest.fixture(scope="module", autouse=True)
def haunted(site: Site) -> None:
    """Store a script in every text that people may write, so that each page shows some."""
    with client_of(site) as client:
        client.name_twin(Twin(name=SCRIPT, timezone="America/New_York", notice=SCRIPT))
        client.sensors.update("EWR", SensorChange(name=SCRIPT, notes=SCRIPT))
        client.sensor_types.update("weather-station", SensorTypeChange(description=SCRIPT))
        client.locations.update("newark-airport", LocationChange(name=SCRIPT))
        client.location_schemas.add(
            LocationSchema(name="spot", description=SCRIPT, fields=(LocationField(name="x"),))
        )
        client.models.update("pool", ModelChange(description=SCRIPT))
        parameters = {SCRIPT: SCRIPT}
        cold = Scenario(name="cold", description=SCRIPT, parameters=parameters)
        client.models.scenarios("pool").add(cold)
        client.notes.add(NewNote(text=SCRIPT, sensor="EWR", start=datetime.now(UTC)))
        client.views.add(NewView(name=SCRIPT, path="/explore?s=EWR/temperature", pinned=True))
        client.keys.add(NewKey(name=SCRIPT, scopes=(Scope.READINGS_READ,)))
        state = Measure(name="state", datatype=Datatype.STRING, statistic=Statistic.STATE)
        client.sensor_types.add(SensorType(name="door", measures=(state,)))
        door = NewSensor(identifier="door", type="door", name=SCRIPT, location="newark-airport")
        client.sensors.add(door)
        now = datetime.now(UTC)
        client.readings.push_values("door/state", [now], [SCRIPT])
        client.readings.push_values("EWR/temperature", [now], [SCRIPT], on_invalid="set_aside")
        file = f"time,{SCRIPT}\n{now.isoformat()},1\n".encode()
        said = {"columns": {SCRIPT: {"series": "file/v"}}}
        client.imports.send(
            file,
            name=f"{SCRIPT}.csv",
            said=SaidProfile.model_validate(said),
            timezone="UTC",
            register_new=True,
        )


@pytest.fixture(params=["light", "dark"])
def themed(ada: Page, site: Site, request: pytest.FixtureRequest) -> Page:
    ada.context.add_cookies([{"name": "dtbase_theme", "value": request.param, "url": site.url}])
    return ada


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_serious_finding_and_asks_nobody_else(
    themed: Page, site: Site, hear: Hear, name: str
) -> None:
    path, ready = PAGES[name]
    complaints: list[str] = []
    asked: list[str] = []
    hear("console", lambda message: complaints.append(message.text))
    hear("pageerror", lambda error: complaints.append(str(error)))
    hear("request", lambda request: asked.append(request.url))
    themed.goto(f"{site.url}{path}")
    expect(themed.locator(ready).first).to_be_visible()
    if path.split("?")[0] in TABLES and "table-empty" not in ready:
        expect(themed.locator(".ag-header-cell").first).to_be_visible()
    expect(themed.locator(".busy")).to_have_count(0)
    expect(themed.locator(f"img[src={INJECTED}]")).to_have_count(0)
    assert grave(themed) == []
    assert themed.evaluate(SPILT) == []
    strangers = [url for url in asked if not url.startswith((site.url, "data:", "blob:"))]
    assert (strangers, complaints) == ([], [])


def test_dialogs_have_no_serious_finding(themed: Page, site: Site) -> None:
    themed.goto(f"{site.url}/account")
    expect(themed.locator("#account-sessions tbody tr").first).to_be_visible()
    for key, dialog in (("/", "Find anything"), ("?", "Keys")):
        themed.locator("h1").click()  # out of every field, where a key is a letter
        themed.keyboard.press(key)
        box = themed.get_by_role("dialog", name=dialog)
        expect(box).to_be_visible()
        assert grave(themed) == []
        themed.keyboard.press("Escape")
        expect(box).to_be_hidden()


@pytest.mark.parametrize("path", ["/login", "/invitation"])
def test_pages_before_the_log_in_have_no_serious_finding(
    visitor: Page, site: Site, path: str
) -> None:
    visitor.goto(f"{site.url}{path}")
    assert grave(visitor) == []
