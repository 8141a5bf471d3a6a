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
OUTCOMES = "outcomes"
JSON = "application/json"
NOTHING: tuple[Any, ...] = ({}, [], None)
UNDERSTOOD = (
    "understood are JSON as POST /v1/readings or POST /v1/runs takes it, or as one object with "
    "series or readings, and outcomes; readings as CSV, Arrow or Parquet; and, where nothing is to "
    "be stored, no body, {} or []"
)
NAMED = 5
"""Fields of an answer that a refusal names."""


def things_in(body: bytes, media_type: str | None) -> Sequence[Batch | NewOutcome]:
    """Return the readings and outcomes of an answer, or refuse one that nobody here understands."""
    if not body.strip():
        return []
    kind = (media_type or "").partition(";")[0].strip().lower()
    if kind in bodies.DECODERS and kind != JSON:
        return [checked(bodies.decode(body, media_type or ""))]
    if kind != JSON:
        raise unknown(f"a body of the type {kind}" if kind else "a body without Content-Type")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Invalid("the answer says that it is JSON and is not", field="answer") from error
    if document in NOTHING:
        return []
    if not isinstance(document, dict):
        raise unknown(f"JSON that is a {type(document).__name__} and no object")
    return of_document(document)


def unknown(got: str) -> Invalid:
    """Say what was got, and what is understood."""
    return Invalid(f"the answer is {got}; {UNDERSTOOD}", field="answer")


def of_document(document: dict[str, Any]) -> Sequence[Batch | NewOutcome]:
    """Return what a JSON object holds for us."""
    if {"model", "outputs"} <= set(document):
        return [outcome(document, "")]
    strange = sorted(set(document) - {*READINGS, OUTCOMES})
    if strange:
        more = ", …" if strange[NAMED:] else ""
        names = ", ".join(repr(name[:40]) for name in strange[:NAMED])
        raise unknown(f"a JSON object with {names}{more}")
    parts = [{name: document[name]} for name in READINGS if name in document]
    found: list[Batch | NewOutcome] = [
        checked(json_batches.decode(json.dumps(part).encode())) for part in parts
    ]
    given = document.get(OUTCOMES, [])
    if not isinstance(given, list):
        raise Invalid("the answer's outcomes must be a list", field=OUTCOMES)
    return found + [outcome(each, f"outcomes.{place}.") for place, each in enumerate(given)]


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
