"""A cloud that only takes notes: what the program asks for, and what Azure would answer."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import pulumi
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.rpc import _special_secret_sig, _special_sig_key

from infra.parts.configuration import Configuration, Secrets, check
from infra.parts.twin import AzureTwin

TENANT = "00000000-0000-4000-8000-000000000001"
SUBSCRIPTION = "00000000-0000-4000-8000-000000000002"
SECRETS = {
    "secret_key": "the-key-that-signs-log-ins",
    "database_password": "the-password-of-the-database",
    "redis_key": "the-key-of-redis",
}
COMPUTED: Mapping[str, Mapping[str, Any]] = {
    "azure-native:containerregistry:Registry": {"loginServer": "registry.azurecr.io"},
    "azure-native:redisenterprise:RedisEnterprise": {"hostName": "redis.example.org"},
    "azure-native:dbforpostgresql:Server": {"fullyQualifiedDomainName": "db.example.org"},
    "azure-native:managedidentity:UserAssignedIdentity": {"clientId": "client"},
    "azure-native:app:ManagedEnvironment": {
        "defaultDomain": "kind-sea.example.org",
        "staticIp": "10.40.0.9",
        "customDomainConfiguration": {"customDomainVerificationId": "ours"},
    },
}
SETTINGS = {
    "environment": "test",
    "location": "uksouth",
    "image": "dtbase:1.2.0",
    "ssh_public_key": "ssh-ed25519 AAAA ada",
    "admin_email": "ada@example.org",
    "alert_email": "ops@example.org",
    "tenant_id": TENANT,
    "subscription_id": SUBSCRIPTION,
}


class Made(NamedTuple):
    """A resource that the program asked for."""

    kind: str
    name: str
    inputs: dict[str, Any]
    """What it was told, without what is secret."""

    protected: bool = False
    ignored: tuple[str, ...] = ()
    """Inputs whose later changes are not told to Azure."""

    after: frozenset[str] = frozenset()
    """The names of the resources that it waits for."""


class Cloud(NamedTuple):
    """Everything that the program asked for, and the outputs that it prints."""

    made: list[Made]
    outputs: dict[str, Any]

    def of(self, kind: str) -> list[Made]:
        """Return the resources of a kind, such as `app:ContainerApp`."""
        return [each for each in self.made if each.kind == f"azure-native:{kind}"]


class Azure(Mocks):
    """What Azure would answer."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Answer what the program reads of a new resource."""
        others = {"resourceGroupName"} if len(args.inputs) > 1 else set()
        names = [
            args.inputs[key] for key in args.inputs if key.endswith("Name") and key not in others
        ]
        computed = dict(args.inputs) | dict(COMPUTED.get(args.typ, {}))
        if "identity" in computed:  # told as a list, answered as a mapping
            told = computed["identity"]["userAssignedIdentities"]
            computed["identity"] = {"type": "UserAssigned"} | {
                "userAssignedIdentities": {each: {} for each in told}
            }
        computed |= {"name": (names or [args.name])[-1], "principalId": f"who:{args.name}"}
        if "ingress" in (args.inputs.get("configuration") or {}):
            fqdn = {"fqdn": f"{args.name}.example.org"}
            ingress = args.inputs["configuration"]["ingress"] | fqdn
            computed["configuration"] = args.inputs["configuration"] | {"ingress": ingress}
        return f"id:{args.name}", computed

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Answer the one question that the program asks: what the password of Redis is."""
        assert args.token == "azure-native:redisenterprise:listDatabaseKeys"
        return {"primaryKey": SECRETS["redis_key"], "secondaryKey": ""}, []


class Recorder(MockMonitor):
    """Pulumi's engine, played: it notes what is asked for, and what of it is secret."""

    def __init__(self) -> None:
        """Begin with nothing made."""
        super().__init__(Azure())
        self.made: list[Made] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - Pulumi's name
        """Note a resource."""
        if request.custom:
            inputs = without_secrets(MessageToDict(request.object))
            after = frozenset(urn.rpartition("::")[2] for urn in request.dependencies)
            ignored = tuple(request.ignoreChanges)
            made = Made(request.type, request.name, inputs, request.protect, ignored, after)
            self.made.append(made)
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]


def without_secrets(value: Any) -> Any:
    """Return what a resource was told, with what Pulumi keeps encrypted left out."""
    if isinstance(value, dict):
        if value.get(_special_sig_key) == _special_secret_sig:
            return "[secret]"
        return {key: without_secrets(each) for key, each in value.items()}
    return [without_secrets(each) for each in value] if isinstance(value, list) else value


@cache
def build(**settings: Any) -> Cloud:
    """Run the program with settings, once for each, and return what it asked for."""
    recorder = Recorder()
    set_mocks(Azure(), project="dtbase", stack="test", monitor=recorder)
    outputs: dict[str, Any] = {}

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def run() -> pulumi.Output[None]:
        secrets = Secrets(
            pulumi.Output.secret(SECRETS["secret_key"]),
            pulumi.Output.secret(SECRETS["database_password"]),
        )
        twin = AzureTwin(Configuration(check(SETTINGS | settings), secrets))
        told = pulumi.Output.all(**twin.outputs())
        return told.apply(outputs.update)

    run()
    return Cloud(recorder.made, outputs)


def strings(value: Any) -> Iterator[str]:
    """Return every string within a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
