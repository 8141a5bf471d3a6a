"""The nouns of the registry as a table: what the same tests need to know of each."""

from typing import Any, NamedTuple

from fastapi.testclient import TestClient

Document = dict[str, Any]


class Noun(NamedTuple):
    """How to make things of a kind, change them, and what depends on them."""

    path: str
    key: str
    things: tuple[Document, Document, Document]
    change: Document
    wrong: Document
    wrong_field: str

    def at(self, thing: Document) -> str:
        """Return the address of a thing."""
        return f"/v1/{self.path}/{thing[self.key]}"


def three(**fields: Any) -> tuple[Document, Document, Document]:
    """Return three documents, a number in each text that has room for one."""
    a, b, c = (
        {
            name: value % n if isinstance(value, str) and "%" in value else value
            for name, value in fields.items()
        }
        for n in (1, 2, 3)
    )
    return a, b, c


MEASURE = {
    "name": "temperature",
    "unit": "degC",
    "datatype": "float",
    "statistic": "mean",
    "options": None,
    "stamps": None,
    "rules": None,
}
FIELD = {"name": "x", "datatype": "float", "unit": "m", "required": True}

NOUNS = (
    Noun(
        path="measures",
        key="name",
        things=three(name="measure-%d", unit="hPa", datatype="float", statistic="mean"),
        change={"name": "renamed", "statistic": "total"},
        wrong={"name": "measure-4", "unit": "bananas"},
        wrong_field="unit",
    ),
    Noun(
        path="sensor-types",
        key="name",
        things=three(name="type-%d", description="kind %d", measures=[MEASURE]),
        change={"name": "renamed", "description": None},
        wrong={"name": "type-4", "measures": []},
        wrong_field="measures",
    ),
    Noun(
        path="sensors",
        key="identifier",
        things=three(
            identifier="sensor-%d", type="station", name="Sensor %d", notes=None, location=None
        ),
        change={"identifier": "renamed", "notes": "moved", "location": "here"},
        wrong={"identifier": "sensor 4", "type": "station"},
        wrong_field="identifier",
    ),
    Noun(
        path="location-schemas",
        key="name",
        things=three(name="schema-%d", description="schema %d", fields=[FIELD]),
        change={"name": "renamed", "description": "other"},
        wrong={"name": "schema-4", "fields": [{"name": "x", "unit": "bananas"}]},
        wrong_field="fields.0.unit",
    ),
    Noun(
        path="locations",
        key="identifier",
        things=three(
            identifier="place-%d",
            name="Place %d",
            parent="here",
            location_schema="point",
            coordinates={"x": 1.5},
        ),
        change={"identifier": "renamed", "parent": None, "coordinates": {"x": 2}},
        wrong={"identifier": "place-4", "name": "Place 4", "coordinates": {"x": [1]}},
        wrong_field="coordinates.x",
    ),
    Noun(
        path="models",
        key="name",
        things=three(name="model-%d", description="model %d"),
        change={"name": "renamed", "description": None},
        wrong={"name": "model 4"},
        wrong_field="name",
    ),
    Noun(
        path="models/oracle/scenarios",
        key="name",
        things=three(name="scenario-%d", description=None, parameters={"heat": [1, None, "x"]}),
        change={"name": "renamed", "parameters": {}},
        wrong={"name": "scenario-4", "parameters": {"a": "\0"}},
        wrong_field="parameters",
    ),
    Noun(
        path="installations",
        key="id",
        things=three(sensor="probe", location="here", since="2024-01-0%dT00:00:00Z"),
        change={"since": "2024-02-01T00:00:00Z", "location": None},
        wrong={"sensor": "probe", "location": "here", "since": "2024-01-01T00:00:00"},
        wrong_field="since",
    ),
)


def prepare(api: TestClient) -> None:
    """Add what the things of the table name."""
    for path, document in (
        ("sensor-types", {"name": "station", "measures": [MEASURE]}),
        ("location-schemas", {"name": "point", "fields": [FIELD]}),
        ("locations", {"identifier": "here", "name": "Here"}),
        ("sensors", {"identifier": "probe", "type": "station"}),
        ("models", {"name": "oracle"}),
    ):
        answer = api.post(f"/v1/{path}", json=document)
        assert answer.status_code == 201, answer.text
