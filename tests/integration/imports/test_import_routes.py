"""Files that are sent to the API as they are, and the profiles that it keeps."""

import io
import zipfile
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.domain.blueprints.documents import Blueprint
from dtbase.domain.imports.profiles import NamedProfile, NamedProfileChange, Profile
from dtbase.domain.imports.said import SaidProfile
from dtbase.domain.people.users import Role
from dtbase.errors import AlreadyExists, Invalid, NotAllowed, NotFound, Stale, TooLarge
from dtbase.settings import get_settings
from tests.people import add_user, carry, log_in
from tests.wire import client_of

HEATING = (
    "Zeit;Temperatur [°C];Zähler [kWh];Bem\n"
    "28.03.2026 22:00;12,4;1.204,5;\n"
    "28.03.2026 22:15;12,1;1.205,1;Tür auf\n"
    "28.03.2026 22:30;warm;1.205,8;\n"
).encode("cp1252")
DAY = (datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 29, tzinfo=UTC))
PROFILE = Profile.model_validate(
    {
        "encoding": "cp1252",
        "delimiter": ";",
        "decimal": ",",
        "thousands": ".",
        "time": {"columns": "Zeit", "form": "%d.%m.%Y %H:%M", "timezone": "Europe/Berlin"},
        "columns": {"Temperatur [°C]": {"series": "loft/t", "unit": "degC"}},
    }
)


@pytest.fixture
def client(api: TestClient) -> Client:
    return client_of(api)


def test_a_dry_run_shows_the_guess_and_stores_nothing(client: Client) -> None:
    answer = client.imports.send(HEATING, name="heating.csv", dry_run=True, register_new=True)
    assert answer.profile.encoding == "cp1252"
    assert answer.profile.decimal == ","
    assert answer.doubts == ("which zone its times are of: --timezone ZONE",)
    assert answer.left_out == ("Bem",)
    assert [(each.row, each.series, each.value) for each in answer.first[:2]] == [
        (2, "heating/Temperatur", 12.4),
        (2, "heating/Zaehler", 1204.5),
    ]
    assert [(each.row, each.value) for each in answer.broken] == [(4, "warm")]
    assert answer.registered == (
        "would register sensor heating with Temperatur [degC], Zaehler [kWh] (counter)",
    )
    assert client.sensors.list() == []


def test_a_file_is_imported_whole_or_not_at_all(client: Client) -> None:
    with pytest.raises(Invalid, match=r"1 broken rule, nothing .* was stored") as refused:
        client.imports.send(HEATING, timezone="Europe/Berlin", register_new=True)
    assert refused.value.violations[0]["row"] == 4
    assert client.sensors.list() == []
    answer = client.imports.send(
        HEATING, name="heating.csv", timezone="Europe/Berlin", register_new=True, skip_bad=True
    )
    counts = answer.report.readings
    assert (counts.read, counts.inserted, counts.skipped) == (6, 5, 1)
    assert counts.accounted == counts.read
    frame = client.readings.frame(["heating/Zaehler", "heating/Temperatur"], *DAY)
    assert (answer.sensors, answer.begins) == (("heating",), frame.index[0])
    values = client.readings.query(["heating/Zaehler"], *DAY, bucket="raw").series[0].values
    assert values["value"] == [1204.5, 1205.1, 1205.8]
    again = client.imports.send(
        HEATING, name="heating.csv", timezone="Europe/Berlin", skip_bad=True
    )
    assert again.report.readings.unchanged == 5


ICY = (
    "time,stage,open\n2026-02-01 00:00,2.5,true\n2026-02-01 01:00,ice,maybe\n"
    "noon,2.7,false\n2026-02-01 03:00,-9999,true\n2026-02-01 04:00,,true\n"
)
READ = {
    "time": {"columns": "time", "timezone": "Europe/Berlin"},
    "columns": {
        "stage": {"series": "gauge/stage", "unit": "m"},
        "open": {"series": "gauge/open", "datatype": "boolean"},
    },
}


def test_what_cannot_be_read_is_set_aside_and_every_reading_is_somewhere(
    api: TestClient, client: Client
) -> None:
    send = partial(
        client.imports.send,
        ICY.encode(),
        profile=Profile.model_validate(READ),
        register_new=True,
    )
    with pytest.raises(Invalid, match="3 broken rules"):
        send()
    seen = send(dry_run=True, set_aside=True)
    assert (seen.report.readings.set_aside, seen.broken) == (4, ())
    for inserted, unchanged in ((4, 0), (0, 4)):
        counts = send(set_aside=True).report.readings
        assert (counts.read, counts.nothing, counts.skipped) == (9, 1, 0)
        assert (counts.inserted, counts.unchanged, counts.set_aside) == (inserted, unchanged, 5)
        assert counts.accounted == counts.read
    kept = api.get("/v1/set-aside", params={"sort": "id"}).json()
    assert {(each["measure"], each["time"], each["sent_time"], each["raw"]) for each in kept} == {
        ("stage", "2026-02-01T00:00:00Z", None, "ice"),
        ("open", "2026-02-01T00:00:00Z", None, "maybe"),
        ("stage", None, "noon", "2.7"),
        ("open", None, "noon", "false"),
        ("stage", "2026-02-01T02:00:00Z", None, "-9999.0"),
    }


def test_what_a_guess_would_bet_on_is_refused(client: Client) -> None:
    with pytest.raises(Invalid, match="which zone its times are of"):
        client.imports.send(HEATING, register_new=True)


def test_what_is_said_goes_before_the_guess(client: Client) -> None:
    said = SaidProfile.model_validate(
        {
            "time": {"timezone": "Europe/Berlin"},
            "columns": {"Zähler [kWh]": {"series": "cellar/heat", "unit": "kWh", "factor": 10}},
        }
    )
    seen = client.imports.send(HEATING, said=said, dry_run=True, register_new=True)
    assert seen.doubts == ()
    assert [(each.series, each.value) for each in seen.first] == [
        ("cellar/heat", 12045.0),
        ("cellar/heat", 12051.0),
        ("cellar/heat", 12058.0),
    ]
    assert seen.profile.encoding == "cp1252"
    named = client.import_profiles.add(NamedProfile(name="heating", profile=PROFILE))
    moved = SaidProfile.model_validate({"sensor": "attic"})
    over = client.imports.send(HEATING, profile=named.name, said=moved, dry_run=True)
    assert {plan.series for plan in over.profile.columns.values()} == {"attic/t"}


@pytest.mark.parametrize("wrong", ["{", "[]", '{"columns": 1}', '{"encoding": "none"}', '{"a": 1}'])
def test_what_is_said_wrongly_is_refused(client: Client, wrong: str) -> None:
    with pytest.raises(Invalid):
        client.ask("POST", "/v1/imports", params={"said": wrong, "dry_run": "true"}, data=HEATING)


def test_a_profile_is_kept_by_name_and_reads_files(client: Client) -> None:
    kept = client.import_profiles.add(NamedProfile(name="heating", profile=PROFILE))
    assert client.import_profiles.list() == [kept]
    with pytest.raises(AlreadyExists):
        client.import_profiles.add(NamedProfile(name="heating", profile=PROFILE))
    named = client.imports.send(HEATING, profile="heating", register_new=True, skip_bad=True)
    assert named.report.readings.inserted == 2
    written = client.imports.send(HEATING, profile=PROFILE, skip_bad=True)
    assert written.report.readings.unchanged == 2
    with pytest.raises(Invalid, match="no import profile 'other'"):
        client.imports.send(HEATING, profile="other")
    with pytest.raises(Invalid, match="columns"):
        client.imports.send(HEATING, profile='{"columns": 1}')


def test_a_profile_is_changed_only_as_it_was_got(client: Client) -> None:
    kept = client.import_profiles.add(NamedProfile(name="heating", profile=PROFILE))
    changed = PROFILE.model_copy(update={"duplicates": "last"})
    now = client.import_profiles.update(kept, NamedProfileChange(profile=changed))
    assert now.profile.duplicates == "last"
    with pytest.raises(Stale):
        client.import_profiles.update(kept, NamedProfileChange(name="other"))
    client.import_profiles.delete(now)
    with pytest.raises(NotFound):
        client.import_profiles.get("heating")


def test_a_profile_with_a_unit_that_nobody_knows_is_refused_by_field_and_rule(
    client: Client,
) -> None:
    kept = client.import_profiles.add(NamedProfile(name="heating", profile=PROFILE))
    plan = PROFILE.columns["Temperatur [°C]"].model_copy(update={"unit": "furlonk"})
    wrong = PROFILE.model_copy(update={"columns": {"Temp": plan}})
    rule = "profile.columns.Temp.unit: 'furlonk' is not a unit that pint knows"
    for keep in (
        lambda: client.import_profiles.add(NamedProfile(name="other", profile=wrong)),
        lambda: client.import_profiles.add_many([NamedProfile(name="other", profile=wrong)]),
        lambda: client.import_profiles.update(kept, NamedProfileChange(profile=wrong)),
    ):
        with pytest.raises(Invalid, match=rule) as refused:
            keep()
        assert refused.value.violations[0]["field"] == "profile.columns.Temp.unit"
    assert client.import_profiles.list() == [kept]


def test_a_profile_whose_unit_was_kept_before_it_was_held_to_a_rule_is_still_listed(
    client: Client, session: Session
) -> None:
    kept = client.import_profiles.add(NamedProfile(name="heating", profile=PROFILE))
    session.execute(
        text("UPDATE import_profile SET profile = replace(profile::text, 'degC', 'furlonk')::json")
    )
    session.expire_all()
    (found,) = client.import_profiles.list()
    assert found.profile.columns["Temperatur [°C]"].unit == "furlonk"
    renamed = client.import_profiles.update(found, NamedProfileChange(name="old"))
    assert renamed.name == "old" != kept.name


def test_profiles_are_part_of_the_document(client: Client) -> None:
    wanted = Blueprint(import_profiles=(NamedProfile(name="heating", profile=PROFILE),))
    plan = client.blueprint.apply(wanted)
    assert [str(step) for step in plan.steps] == ["+ import profile heating"]
    assert client.blueprint.get().import_profiles == wanted.import_profiles
    assert client.blueprint.apply(wanted).steps == ()
    assert [str(step) for step in client.blueprint.apply(Blueprint(import_profiles=())).steps] == [
        "- import profile heating"
    ]


@pytest.mark.parametrize("wrong", ["a*b*c*d*e", "{open", "nul\0"])
def test_a_pattern_that_takes_long_or_cannot_be_read_is_refused(client: Client, wrong: str) -> None:
    document: dict[str, Any] = {"columns": {"v": "{k}"}, "keys": ["k"], "series": {wrong: "a/b"}}
    with pytest.raises(Invalid):
        client.ask("POST", "/v1/import-profiles", json={"name": "x", "profile": document})


def test_a_viewer_imports_nothing(web: TestClient, session: Session) -> None:
    carry(web, log_in(session, add_user(session, "vera@example.org", Role.VIEWER)))
    with pytest.raises(NotAllowed):
        client_of(web).imports.send(HEATING, dry_run=True)


def bomb() -> bytes:
    """Pack far more than a file may unpack to."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", "time,v\n" + "2026-01-01T00:00Z,1\n" * 200_000)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 100_000,
        b"PAR1PAR1",
        b"PK\x03\x04 and then nothing",
        b"\x1f\x8b and then nothing",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and then nothing",
        b"time,v\n" + b"1" * 3_000_000,
        b'time,v\n2026-01-01T00:00Z,"' + b"x\n" * 2_000_000,
    ],
)
def test_hostile_files_are_refused_in_a_sentence(client: Client, content: bytes) -> None:
    with pytest.raises((Invalid, TooLarge)):
        client.imports.send(content, register_new=True, timezone="UTC")


def test_a_bomb_is_refused_while_it_unpacks(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DTBASE_MAX_BODY_BYTES", "1000000")
    get_settings.cache_clear()
    profile = '{"columns": {"v": "a/b"}, "duplicates": "last"}'
    with pytest.raises(TooLarge, match="unpacks to more than"):
        client.imports.send(bomb(), profile=profile, register_new=True)
