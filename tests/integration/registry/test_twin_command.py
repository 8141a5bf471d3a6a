"""`dtbase export` and `dtbase apply`: a twin as a document, there and back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from api.app import create_app
from api.callers import Principal
from api.security import get_identify
from dtbase import settings
from dtbase.cli import main
from dtbase.cli.twin import read
from dtbase.client import Client
from dtbase.domain.registry.measures import Statistic
from dtbase.domain.services.schedules import ScheduleChange
from dtbase.domain.services.services import ServiceChange
from dtbase.errors import InUse, Invalid
from dtbase.storage.database import transaction
from jobs.scheduler import ensure_own_schedules
from jobs.services import catalogue
from tests.integration.registry.twin_document import DOCUMENT, empty, export, run
from tests.live import serving
from tests.people import add_user


@pytest.fixture
def twin(own_environment: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """Serve an empty twin, whose admin the command is."""
    with transaction() as session:
        admin = add_user(session, "ann@example.org")
    api = create_app()
    known = Principal(user=admin)
    api.dependency_overrides[get_identify] = lambda: (
        lambda _, tokens, __: dict.fromkeys(tokens, known)
    )
    monkeypatch.setenv("DTBASE_API_KEY", "whoever-asks")
    with serving(api) as url, Client(url, api_key="whoever-asks") as client:
        monkeypatch.setenv("DTBASE_API_URL", url)
        settings.get_command_settings.cache_clear()
        yield client
    settings.get_command_settings.cache_clear()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "twin.yaml"
    file.write_text(DOCUMENT)
    return file


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_an_export_makes_an_empty_twin_the_same(
    twin: Client, file: Path, tmp_path: Path, form: str
) -> None:
    run("apply", file, "--yes")
    before = export(tmp_path / f"before.{form}")
    run("apply", empty(tmp_path), "--yes")
    assert twin.measures.list() == []
    assert twin.locations.list() == []
    assert [(each.name, each.keep_days) for each in twin.retention.list()] == [("default", None)]
    run("apply", tmp_path / f"before.{form}", "--yes")
    assert export(tmp_path / f"after.{form}") == before
    assert "nothing to do" in run("apply", file, "--yes").stdout


def test_what_is_written_by_hand_is_what_is_registered(twin: Client, file: Path) -> None:
    run("apply", file, "--yes")
    (kind,) = twin.sensor_types.list()
    assert [(each.name, each.statistic) for each in kind.measures] == [
        ("rain", Statistic.TOTAL),
        ("temperature", Statistic.MEAN),
    ]
    cellar = twin.locations.get("cellar")
    assert (cellar.parent, cellar.coordinates) == ("house", {"floor": -1, "area": 12.5})
    assert twin.sensors.get("one").notes == "two\nlines"
    stays = [(each.since.isoformat(), each.location) for each in twin.installations.list()]
    assert stays == [
        ("2025-12-31T22:00:00+00:00", "house"),
        ("2026-02-01T00:00:00+00:00", "cellar"),
        ("2026-03-01T00:00:00+00:00", None),
    ]


def test_a_plan_is_printed_and_a_dry_run_changes_nothing(twin: Client, file: Path) -> None:
    result = run("apply", file, "--dry-run")
    lines = result.stdout.splitlines()
    assert lines[0] == "+ measure temperature [degC]"
    assert lines.index("+ location house") < lines.index("+ location cellar")
    assert lines[-1] == "24 to create, 0 to change, 0 to delete"
    assert twin.measures.list() == []


def test_nothing_changes_unless_somebody_agrees(twin: Client, file: Path) -> None:
    with pytest.raises(Invalid, match="--yes"):
        run("apply", file)
    assert twin.measures.list() == []


def test_only_the_differences_are_made(twin: Client, file: Path, tmp_path: Path) -> None:
    run("apply", file, "--yes")
    changed = yaml.safe_load(DOCUMENT)
    changed["measures"][1]["statistic"] = "mean"
    changed["measures"].pop()
    changed["sensor_types"][0]["measures"].pop()
    changed["location_schemas"][0]["fields"].pop()
    del changed["locations"][0]["coordinates"]["area"]
    changed["locations"][0]["parent"] = None
    changed["sensors"][0]["name"] = None
    changed["sensors"].pop()
    changed["models"].pop(0)
    changed["scenarios"][0]["parameters"] = {}
    changed["scenarios"][1]["parameters"] = {"heating": False}
    changed["installations"].pop()
    changed["installations"][1]["location"] = "house"
    file.write_text(yaml.safe_dump(changed))
    assert run("apply", file, "--dry-run").stdout.splitlines() == [
        "~ measure rain [mm]: statistic",
        "~ sensor type probe: measures",
        "~ location cellar: parent, coordinates",
        "~ sensor one: name",
        "~ installation one since 2026-02-01T00:00:00+00:00: location",
        "~ scenario physics/winter: parameters",
        "- scenario physics/default",
        "- model arima",
        "- installation one since 2026-03-01T00:00:00+00:00",
        "- sensor two",
        "- measure temperature [K]",
        "~ location schema room: fields",
        "0 to create, 7 to change, 5 to delete",
    ]
    run("apply", file, "--yes")
    assert "nothing to do" in run("apply", file).stdout
    assert twin.sensors.get("one").location == "house"
    scenarios = twin.models.scenarios("physics").list()
    assert [(each.name, each.parameters) for each in scenarios] == [
        ("default", {}),
        ("winter", {"heating": False}),
    ]


def test_a_schema_and_its_locations_change_together(twin: Client, file: Path) -> None:
    run("apply", file, "--yes")
    changed = yaml.safe_load(DOCUMENT)
    changed["location_schemas"][0]["fields"] = [{"name": "level"}, {"name": "area"}]
    changed["locations"][0]["coordinates"] = {"level": 0.5, "area": 13}
    file.write_text(yaml.safe_dump(changed))
    assert run("apply", file, "--yes").stdout.splitlines() == [
        "~ location schema room: fields",
        "~ location cellar: coordinates",
        "~ location schema room: fields",
        "0 to create, 3 to change, 0 to delete",
        "done",
    ]
    assert "nothing to do" in run("apply", file).stdout


def test_a_kind_that_is_not_mentioned_is_left_alone(
    twin: Client, file: Path, tmp_path: Path
) -> None:
    run("apply", file, "--yes")
    part = tmp_path / "part.yaml"
    part.write_text(
        "{dtbase: 1, locations: [{identifier: house, name: House}, "
        "{identifier: cellar, name: Cellar}]}"
    )
    assert run("apply", part, "--yes").stdout.splitlines() == [
        "~ location cellar: name, parent, location_schema, coordinates",
        "0 to create, 1 to change, 0 to delete",
        "done",
    ]
    assert len(twin.sensors.list()) == 2


def test_retention_classes_come_and_go_with_their_measures(twin: Client, file: Path) -> None:
    run("apply", file, "--yes")
    changed = yaml.safe_load(DOCUMENT)
    changed["retention"] = [{"name": "long", "keep_days": 900, "measures": ["temperature"]}]
    file.write_text(yaml.safe_dump(changed))
    assert run("apply", file, "--yes").stdout.splitlines() == [
        "+ retention long",
        "- retention short",
        "- retention kept",
        "- retention default",
        "1 to create, 0 to change, 3 to delete",
        "done",
    ]
    found = [(each.name, each.keep_days, each.measures) for each in twin.retention.list()]
    assert found == [("default", None, ("rain",)), ("long", 900, ("temperature",))]
    assert "nothing to do" in run("apply", file).stdout
    changed["retention"] = [{"name": "long", "keep_days": 800, "measures": ["rain"]}]
    file.write_text(yaml.safe_dump(changed))
    assert "~ retention long: keep_days, measures" in run("apply", file, "--yes").stdout
    found = [(each.name, each.keep_days, each.measures) for each in twin.retention.list()]
    assert found == [("default", None, ("temperature",)), ("long", 800, ("rain",))]


def test_data_is_not_deleted_by_the_way(twin: Client, file: Path, tmp_path: Path) -> None:
    run("apply", file, "--yes")
    twin.readings.push_values("one/temperature", [twin.sensors.get("one").created_at], [1.5])
    with pytest.raises(InUse, match=r"- sensor one: .*\(readings one/temperature\)"):
        run("apply", empty(tmp_path), "--yes")
    assert [sensor.identifier for sensor in twin.sensors.list()] == ["one", "two"]
    run("apply", empty(tmp_path), "--yes", "--cascade")
    assert twin.sensors.list() == []


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("[", "neither YAML nor JSON"),
        ("", "valid dictionary"),
        ("dtbase: 2", "dtbase: Input should be 1"),
        (
            "{dtbase: 1, colours: []}",
            "no key 'colours' here; known are dtbase, import_profiles",
        ),
        ("{dtbase: 1, locations: [{identifier: no, name: Norway}]}", "locations.0.identifier"),
        ("{dtbase: 1, measures: [{name: a}, {name: a}]}", "measures: a stands there twice"),
        ("{dtbase: 1, retention: [{name: default, measures: [a]}]}", "no other class names"),
        (
            "{dtbase: 1, retention: [{name: a, measures: [x]}, {name: b, measures: [x]}]}",
            "in two classes",
        ),
        ("{dtbase: 1, senors: []}", r"senors: .*did you mean sensors\?"),
        (
            "{dtbase: 1, sensors: [{identifer: a, type: b}]}",
            r"sensors\.0\.identifer: .*did you mean identifier\?",
        ),
        (
            "{dtbase: 1, services: [{name: a, request: {ur: 'http://a.org'}}]}",
            r"did you mean url\?",
        ),
        ("!!python/object/apply:os.getcwd []", "neither YAML nor JSON"),
    ],
)
def test_what_is_no_document_is_refused_in_a_sentence(
    file: Path, document: str, sentence: str
) -> None:
    file.write_text(document)
    with pytest.raises(Invalid, match=sentence):
        read(file)


def test_a_type_needs_its_measures(twin: Client, file: Path) -> None:
    file.write_text("{dtbase: 1, sensor_types: [{name: a, measures: [{name: b, unit: mm}]}]}")
    with pytest.raises(Invalid, match=r"'a' takes b \[mm\], which is no measure here"):
        run("apply", file, "--yes")
    file.write_text("{dtbase: 1, retention: [{name: a, measures: [b]}]}")
    with pytest.raises(Invalid, match=r"'a' holds b, which is no measure here"):
        run("apply", file, "--yes")


def test_services_and_schedules_are_changed_and_secrets_stay(twin: Client, file: Path) -> None:
    run("apply", file, "--yes")
    secret = ServiceChange.model_validate({"secret_headers": {"X-Key": "hush"}})
    twin.services.update("far", secret)
    changed = DOCUMENT.replace("retries: 2", "retries: 5").replace("30 6 * * *", "0 7 * * *")
    file.write_text(changed.replace("hours: 24", "hours: 48"))
    told = run("apply", file, "--yes").stdout
    assert "~ service far: retries" in told
    assert "~ parameter set far/day: parameters" in told
    assert "~ schedule daily: cron" in told
    assert twin.services.get("far").secret_headers == ("X-Key",)
    assert twin.schedules.get("daily").cron == "0 7 * * *"
    assert "nothing to do" in run("apply", file, "--yes").stdout
    assert "hush" not in run("export").stdout


def test_what_every_twin_runs_goes_without_saying(twin: Client, file: Path) -> None:
    catalogue.register()
    ensure_own_schedules()
    run("apply", file, "--yes")
    assert {"daily", "refresh-aggregates"} <= {each.name for each in twin.schedules.list()}
    assert "refresh-aggregates" not in run("export").stdout
    twin.schedules.update("refresh-aggregates", ScheduleChange(enabled=False))
    assert "refresh-aggregates" in run("export").stdout


def test_a_refusal_speaks_of_the_options_that_the_command_has(
    twin: Client,
    file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run("apply", file, "--yes")
    twin.readings.push_values("one/temperature", [twin.sensors.get("one").created_at], [1.5])
    monkeypatch.setattr("sys.argv", ["dtbase", "apply", str(empty(tmp_path)), "--dry-run"])
    with pytest.raises(SystemExit):
        main()
    told = capsys.readouterr().err
    assert "--cascade deletes readings and runs too; --keep leaves" in told
    assert "=true" not in told


def test_all_that_a_document_breaks_is_listed(
    twin: Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refused(document: object) -> str:
        file = tmp_path / "broken.yaml"
        file.write_text(yaml.safe_dump(document))
        monkeypatch.setattr("sys.argv", ["dtbase", "apply", str(file), "--yes"])
        with pytest.raises(SystemExit):
            main()
        return capsys.readouterr().err

    names = [f"box-{number}" for number in range(13)]
    by_the_api = refused(
        {"dtbase": 1, "sensors": [{"identifier": name, "type": "none"} for name in names]}
    )
    assert "(and 12 more)" in by_the_api
    by_the_command = refused({"dtbase": 1, "sensors": [{"identifier": name} for name in names]})
    for number, name in enumerate(names):
        assert f"\n  sensors.{name} (+ sensor {name}): " in by_the_api
        assert f"sensors.{number}.type: " in by_the_command


def test_what_has_left_the_document_can_be_kept(twin: Client, file: Path, tmp_path: Path) -> None:
    run("apply", file, "--yes")
    nothing = empty(tmp_path)
    assert "< sensor one" in run("apply", nothing, "--yes", "--keep").stdout.splitlines()
    assert [sensor.identifier for sensor in twin.sensors.list()] == ["one", "two"]
    told = run("apply", nothing, "--yes").stdout.splitlines()
    assert told == ["nothing to do, 24 left alone, which are not the document's"]


def test_a_plan_can_be_read_by_programs(twin: Client, file: Path) -> None:
    told = json.loads(run("apply", file, "--dry-run", "--json").stdout)
    assert told["steps"][0] == {
        "action": "create",
        "kind": "measures",
        "name": "temperature [degC]",
        "fields": [],
    }
    assert told["left_alone"] == 0
