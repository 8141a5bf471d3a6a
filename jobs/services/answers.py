"""What an HTTP service may answer to have it stored: readings and predictions in our formats."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from dtbase.domain.forecasts.outcomes import NewOutcome
from dtbase.domain.readings.batches import Batch
from dtbase.errors import Invalid
from dtbase.formats import bodies, json_batches

READINGS = ("series", "readings")
JSON = "application/json"


def things_in(body: bytes, media_type: str | None) -> Sequence[Batch | NewOutcome]:
    """Return the readings and outcomes of an answer; any other answer is only logged.

    JSON as POST /v1/readings or POST /v1/runs takes it, or one object with `series` or `readings`
    and a list of `outcomes`; or readings as CSV, Arrow or Parquet.
    """
    kind = (media_type or "").partition(";")[0].strip().lower()
    if kind in bodies.DECODERS and kind != JSON:
        return [checked(bodies.decode(body, media_type or ""))]
    if kind != JSON or not body:
        return []
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Invalid("the answer says that it is JSON and is not", field="answer") from error
    return of_document(document) if isinstance(document, dict) else []


def of_document(document: dict[str, Any]) -> Sequence[Batch | NewOutcome]:
    """Return what a JSON object holds for us."""
    if {"model", "outputs"} <= set(document):
        return [outcome(document, "")]
    parts = [{name: document[name]} for name in READINGS if isinstance(document.get(name), list)]
    found: list[Batch | NewOutcome] = [
        checked(json_batches.decode(json.dumps(part).encode())) for part in parts
    ]
    given = document.get("outcomes")
    if isinstance(given, list):
        found += [outcome(each, f"outcomes.{place}.") for place, each in enumerate(given)]
    return found


def checked(batch: Batch) -> Batch:
    """Return readings, or refuse those that cannot be read."""
    batch.findings.refuse()
    return batch


def outcome(document: Any, where: str) -> NewOutcome:
    """Read one outcome, or name the rule that it breaks."""
    try:
        return NewOutcome.model_validate(document)
    except ValidationError as error:
        found = error.errors()[0]
        field = where + ".".join(map(str, found["loc"]))
        raise Invalid(f"the answer's {field}: {found['msg']}", field=field) from error
