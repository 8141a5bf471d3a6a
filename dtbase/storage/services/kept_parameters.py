"""Parameters as they are stored: each secret encrypted, and hidden in its place."""

import json
from contextlib import suppress
from typing import NamedTuple, get_args

from pydantic import JsonValue
from sqlalchemy import cast, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from dtbase.domain import json_schemas
from dtbase.domain.names import Parameters
from dtbase.domain.secrets import PARAMETERS, open_sealed, seal
from dtbase.domain.services.secret_parameters import (
    HIDDEN,
    Place,
    key_of,
    places,
    replaced,
    value_at,
)
from dtbase.domain.services.services import JsonSchema
from dtbase.errors import Invalid
from dtbase.settings import get_settings
from dtbase.storage import tables

Row = tables.ParameterSet | tables.Schedule | tables.ServiceRun


class Kept(NamedTuple):
    """Parameters that anybody may see, and what is hidden in them, by its place."""

    parameters: Parameters
    secrets: dict[str, str]

    def over(self, base: "Kept") -> "Kept":
        mine = self.parameters  # a secret goes with the parameter that it is, or is in
        left = {k: token for k, token in base.secrets.items() if json.loads(k)[0] not in mine}
        return Kept({**base.parameters, **self.parameters}, {**left, **self.secrets})


NONE = Kept({}, {})
NO_SECRETS = cast({}, JSONB)


def of(row: Row | None) -> Kept:
    return NONE if row is None else Kept(row.parameters, row.secrets)


def keep(schema: JsonSchema, given: Parameters, known: Kept = NONE) -> Kept:
    """Encrypt and hide what the schema calls secret; what is given hidden stays as it is known."""
    found = places(schema, given)
    tokens = {key_of(place): token_of(given, place, known) for place in found}
    return Kept(replaced(given, dict.fromkeys(found, HIDDEN)), tokens)


def token_of(given: Parameters, place: Place, known: Kept) -> str:
    """Encrypt the secret of a place, or take the one that is known."""
    value, key = value_at(given, place), key_of(place)
    if value != HIDDEN:
        return seal(json.dumps(value), PARAMETERS, get_settings().secret_key)
    if key not in known.secrets:
        where = ".".join(map(str, ("parameters", *place)))
        raise Invalid(f"{where}: {HIDDEN} only hides a secret; give the secret itself", field=where)
    return known.secrets[key]


def secrets_of(kept: Kept) -> dict[Place, JsonValue]:
    """Decrypt what is hidden."""
    secret_key = get_settings().secret_key
    return {
        tuple(json.loads(key)): json.loads(
            open_sealed(token, PARAMETERS, secret_key).get_secret_value()
        )
        for key, token in kept.secrets.items()
    }


def whole(kept: Kept) -> Parameters:
    """Return parameters with their secrets, for the run and for nobody else."""
    return replaced(kept.parameters, secrets_of(kept))


def checked(schema: JsonSchema, kept: Kept) -> Kept:
    """Hold parameters with their secrets against a schema."""
    json_schemas.check(schema, whole(kept))
    return kept


def words_of(kept: Kept) -> list[str]:
    """Return the secrets as texts, to be found where they must not be."""
    return [str(value) for value in secrets_of(kept).values()]


def seal_stored(session: Session, service: tables.Service) -> None:
    """Hide what was stored before the schema of its service called it secret."""
    if "writeOnly" not in json.dumps(service.parameters_schema):
        return
    for kind in get_args(Row):
        mine = select(kind).where(kind.service_id == service.id, kind.secrets == NO_SECRETS)
        for row in session.scalars(mine.where(kind.parameters != NO_SECRETS)):
            with suppress(Invalid):  # hidden, and nobody knows what it was
                row.parameters, row.secrets = keep(service.parameters_schema, row.parameters)
    session.flush()
