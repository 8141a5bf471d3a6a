"""What the program makes of a stack's settings."""

import base64
import re
from datetime import UTC, datetime
from itertools import pairwise, product
from pathlib import Path
from typing import Any, get_args

import pulumi
import pytest
import yaml
from redis import Redis
from redis.connection import parse_url
from rq import Queue
from sqlalchemy import make_url

from infra.costs import estimate, read_prices, table
from infra.parts import database, redis
from infra.parts.configuration import (
    DatabaseKind,
    EntraAdministrator,
    check,
    refuse_unknown,
    strong,
)
from infra.parts.monitoring import first_of_month
from infra.parts.names import LIMITS, Names, checked
from infra.parts.sizes import SIZES, Size
from tests.infra.cloud import SECRETS, SETTINGS, SUBSCRIPTION, TENANT, Cloud, Made, build

MACHINE = {"database": "community"}
INFRA = Path(__file__).resolve().parents[2] / "infra"


def app(cloud: Cloud, name: str) -> Made:
    """Return one of the apps."""
    return next(made for made in cloud.of("app:ContainerApp") if made.name == f"app-{name}")


def environment(made: Made) -> dict[str, Any]:
    """Return the variables of an app's container."""
    (container,) = made.inputs["template"]["containers"]
    return {each["name"]: each.get("value", each.get("secretRef")) for each in container["env"]}


def rules_of(made: Made) -> list[dict[str, Any]]:
    """Return how an app is scaled."""
    rules: list[dict[str, Any]] = made.inputs["template"]["scale"]["rules"]
    return rules


def test_secrets_reach_apps_as_references_to_the_vault_only() -> None:
    for made in [*build().of("app:ContainerApp"), *build().of("app:Job")]:
        for secret in made.inputs["configuration"]["secrets"]:
            assert secret["keyVaultUrl"].startswith("https://kv-test-")
            assert "value" not in secret


def test_the_dashboard_is_told_nothing_of_the_database() -> None:
    told = environment(app(build(), "dash"))
    assert "DTBASE_DATABASE_URL" not in told
    assert told["DTBASE_API_URL"] == "https://app-api.example.org"


def test_there_is_exactly_one_scheduler_and_no_door_to_workers() -> None:
    for size in ("small", "large"):
        cloud = build(size=size)
        scale = app(cloud, "scheduler").inputs["template"]["scale"]
        assert (scale["minReplicas"], scale["maxReplicas"]) == (1, 1)
        for name in ("urgent-worker", "model-worker", "scheduler"):
            assert "ingress" not in app(cloud, name).inputs["configuration"]


def test_workers_scale_with_their_queues_and_what_people_see_with_requests() -> None:
    cloud = build()
    urgent = rules_of(app(cloud, "urgent-worker"))
    lists = [rule["custom"]["metadata"]["listName"] for rule in urgent]
    queues = [Queue(name, connection=Redis()) for name in ("ingest", "maintenance")]
    assert lists == [queue.key for queue in queues] + [
        queue.started_job_registry.key for queue in queues
    ], "as RQ keeps what waits and what runs"
    waiting, running = rules_of(app(cloud, "model-worker"))
    assert running["custom"]["metadata"]["listLength"] == "1", "a worker that runs a job is needed"
    for rule in (waiting, running):
        assert rule["custom"]["metadata"]["enableTLS"] == "true"
        assert rule["custom"]["metadata"]["address"] == "redis.example.org:10000"
    assert rules_of(app(cloud, "api"))[0]["http"]["metadata"] == {"concurrentRequests": "40"}


def test_one_setting_closes_the_door_to_the_internet() -> None:
    (closed,) = build(public=False).of("app:ManagedEnvironment")
    assert closed.inputs["publicNetworkAccess"] == "Disabled"
    assert closed.inputs["vnetConfiguration"]["internal"] is True


def test_what_has_no_door_to_the_internet_has_names_in_the_network() -> None:
    cloud = build(public=False)
    zones = cloud.of("privatedns:PrivateZone")
    (zone,) = [made for made in zones if made.name == "zone-apps"]
    assert zone.inputs["privateZoneName"] == "kind-sea.example.org"
    (names,) = [m for m in cloud.of("privatedns:PrivateRecordSet") if m.name == "apps-names"]
    assert names.inputs["relativeRecordSetName"] == "*"
    assert names.inputs["aRecords"] == [{"ipv4Address": "10.40.0.9"}]
    assert "zone-apps" not in {made.name for made in build().of("privatedns:PrivateZone")}


def test_a_subnet_that_is_delegated_sees_to_its_own_way_out() -> None:
    told = {
        made.name: made.inputs.get("defaultOutboundAccess")
        for made in build(database="community").of("network:Subnet")
    }
    assert told == {"subnet-apps": None, "subnet-endpoints": False, "subnet-database": False}


def test_storage_is_asked_for_the_figures_that_it_has() -> None:
    told = {
        made.name: made.inputs["metrics"][0]["category"]
        for made in build().of("monitor:DiagnosticSetting")
    }
    assert told.pop("diagnostics-storage") == "Transaction"
    assert set(told.values()) == {"AllMetrics"}


def test_a_budget_begins_with_the_month_in_which_it_is_made_and_goes_on() -> None:
    (budget,) = build().of("consumption:Budget")
    assert budget.ignored == ("timePeriod",)
    assert first_of_month(datetime(2027, 2, 28, 23, tzinfo=UTC)) == "2027-02-01T00:00:00Z"


def test_an_image_with_services_of_ones_own_is_one_line() -> None:
    cloud = build(services_image="mine:3")
    images = {
        made.name: made.inputs["template"]["containers"][0]["image"]
        for made in cloud.of("app:ContainerApp")
    }
    mine = {name for name, image in images.items() if image == "registry.azurecr.io/mine:3"}
    assert mine == {"app-urgent-worker", "app-model-worker", "app-scheduler"}


def test_the_managed_database_gets_its_extension_one_parameter_after_the_other() -> None:
    told = {
        made.inputs["configurationName"]: made.inputs["value"]
        for made in build().of("dbforpostgresql:Configuration")
    }
    assert told["azure.extensions"] == "TIMESCALEDB"
    assert told["shared_preload_libraries"] == "timescaledb"
    assert list(told)[:2] == ["azure.extensions", "shared_preload_libraries"]
    (server,) = build(size="medium").of("dbforpostgresql:Server")
    assert server.inputs["highAvailability"]["mode"] == "ZoneRedundant"
    assert server.inputs["backup"]["geoRedundantBackup"] == "Enabled"


def test_entra_administrators_are_those_that_are_named() -> None:
    somebody = EntraAdministrator(object_id=SUBSCRIPTION, name="operators")
    other = EntraAdministrator(object_id=TENANT, name="on-call")
    cloud = build(database_administrators=(somebody, other))
    first, second = cloud.of("dbforpostgresql:AdministratorsMicrosoftEntra")
    assert (first.inputs["principalName"], second.inputs["principalName"]) == (
        "operators",
        "on-call",
    )
    changes = [*cloud.of("dbforpostgresql:Configuration"), *cloud.of("dbforpostgresql:Database")]
    chain = [made.name for made in (*changes, first, second)]
    waiting = {made.name: made.after for made in cloud.made}
    for before, after in pairwise(chain):
        assert before in waiting[after], f"{after}: a server that is busy refuses"


def test_a_domain_is_named_first_and_certified_then() -> None:
    named = app(build(domain="twin.example.org"), "api").inputs["configuration"]["ingress"]
    assert named["customDomains"] == [{"name": "api.twin.example.org", "bindingType": "Disabled"}]
    cloud = build(domain="twin.example.org", certified=True)
    assert len(cloud.of("app:ManagedCertificate")) == 2
    bound = app(cloud, "dash").inputs["configuration"]["ingress"]["customDomains"]
    assert bound[0]["bindingType"] == "SniEnabled"
    told = environment(app(cloud, "dash"))
    assert told["DTBASE_PUBLIC_API_URL"] == "https://api.twin.example.org"
    assert build().outputs["domain-verification"] == "ours"


def test_the_outputs_say_where_everything_is_and_what_to_do_first() -> None:
    outputs = build().outputs
    assert outputs["dashboard"] == "https://app-dash.example.org"
    assert "infra/release.sh" in outputs["first"]
    assert "dtbase setup admin ada@example.org" in outputs["first"]


@pytest.mark.parametrize(
    ("setting", "value", "rule"),
    [
        ("size", "huge", "dtbase:size"),
        ("database", "sqlite", "dtbase:database"),
        ("environment", "Production!", "dtbase:environment"),
        ("tenant_id", "mine", "dtbase:tenantId"),
        ("monthly_budget", "0", "dtbase:monthlyBudget"),
        ("image", "dtbase", "dtbase:image: .*name a version"),
        ("image", "dtbase:latest", "dtbase:image: .*name a version"),
        ("services_image", "registry.example.org:5000/mine", "dtbase:servicesImage"),
        ("ssh_public_key", "mine", "dtbase:sshPublicKey"),
        ("certified", "true", "needs dtbase:domain"),
        ("colour", "red", "dtbase:colour"),
    ],
)
def test_a_wrong_setting_is_named_before_anything_is_made(
    setting: str, value: str, rule: str
) -> None:
    with pytest.raises(pulumi.RunError, match=rule):
        check(SETTINGS | {setting: value})


def test_a_machine_without_a_key_is_refused_before_azure_refuses_it() -> None:
    with pytest.raises(pulumi.RunError, match="community needs dtbase:sshPublicKey"):
        check({key: value for key, value in SETTINGS.items() if key != "ssh_public_key"} | MACHINE)


def test_an_image_may_be_named_by_its_digest() -> None:
    assert check(SETTINGS | {"image": "ghcr.io/mine/twin@sha256:1f"}).image.endswith("1f")


def test_a_setting_that_nothing_reads_is_refused() -> None:
    refuse_unknown({"azure-native:location", "dtbase:secretKey", "dtbase:sshPublicKey"})
    with pytest.raises(pulumi.RunError, match="dtbase:databse: there is no such setting"):
        refuse_unknown({"dtbase:databse"})


@pytest.mark.parametrize("password", ["0f" * 24, "Ab1!", "Ab1" * 50])
def test_a_password_that_azure_refuses_is_refused_before(password: str) -> None:
    with pytest.raises(pulumi.RunError, match="dtbase:databasePassword"):
        strong(password)


def test_the_password_of_the_document_is_one_that_azure_takes() -> None:
    """It is random: 48 characters of base64 lack two kinds once in a million million."""
    guide = (INFRA.parent / "docs" / "deploying.md").read_text()
    (command,) = re.findall(r'databasePassword "\$\((openssl .*?)\)"', guide)
    assert command == "openssl rand -base64 36"
    assert strong(base64.b64encode(bytes(range(36))).decode())


def test_the_machine_is_made_once_and_not_anew_for_another_document() -> None:
    (machine,) = build(database="community").of("compute:VirtualMachine")
    assert machine.ignored == ("osProfile", "storageProfile.imageReference")
    system = machine.inputs["osProfile"]
    (key,) = system["linuxConfiguration"]["ssh"]["publicKeys"]
    assert key["path"] == f"/home/{system['adminUsername']}/.ssh/authorized_keys"
    groups = {"operator", "backup", "adm", "staff", "users", "mail", "news", "root", "admin"}
    assert system["adminUsername"] not in groups, "Debian has such a group, or Azure bars it"


def test_the_longest_environment_has_names_that_azure_accepts() -> None:
    names = Names("production", SUBSCRIPTION)
    for kind in LIMITS:
        assert "production" in names.of(kind, "worker" if kind in {"ca", "job"} else "")
    with pytest.raises(ValueError, match="no name that Azure accepts"):
        checked("kv", "kv-" + "x" * 30)


def test_the_machines_document_is_yaml_without_a_secret() -> None:
    from infra.parts.cloud_init import Filling, document

    text = document(Filling("kv", "st", "client", 150, "10.40.0.0/23", "dtbase", "dtbase"))
    told = yaml.safe_load(text)
    assert text.startswith("#cloud-config\n")
    assert "{{" not in text
    assert not any(secret in text for secret in SECRETS.values())
    archive = next(each for each in told["write_files"] if each["path"].endswith("archive-wal"))
    assert "put-backup" in archive["content"]


def test_no_file_of_the_library_is_long() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in INFRA.rglob("*.py")}
    assert {name: lines for name, lines in lengths.items() if lines >= 200} == {}


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_machine_takes_the_connections_of_every_process(size: Size) -> None:
    """An API has pools of 30 connections and a few, see dtbase/storage/database.py."""
    workers = size.urgent_worker.most + size.model_worker.most
    assert size.connections >= 33 * size.api.most + 3 * workers + 20


@pytest.mark.parametrize("path", sorted(INFRA.glob("Pulumi.*.yaml")), ids=lambda path: path.name)
def test_each_stack_file_is_a_stack_that_can_be_made(path: Path) -> None:
    told = yaml.safe_load(path.read_text())["config"]
    names = {key.removeprefix("dtbase:"): value for key, value in told.items() if "dtbase:" in key}
    snake = {
        "".join(f"_{c.lower()}" if c.isupper() else c for c in key): value
        for key, value in names.items()
    }
    check(SETTINGS | snake)


def test_the_costs_in_the_document_are_those_that_the_script_prints() -> None:
    assert table() in (INFRA.parent / "docs" / "deploying.md").read_text()


def test_everything_that_a_size_needs_has_an_assumed_price() -> None:
    for size, kind in product(SIZES, get_args(DatabaseKind)):
        assert all(part > 0 for part in estimate(size, kind, read_prices()))


def test_a_password_may_hold_what_has_a_meaning_in_an_address() -> None:
    password = "a/b+c=d@e:f%"
    told = parse_url(redis.url_of(password, "host:10000"))  # type: ignore[no-untyped-call]
    assert told["password"] == password
    found = make_url(database.url_of(password, "host"))
    assert (found.password, found.query["sslmode"]) == (password, "require")
