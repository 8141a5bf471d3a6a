"""Formulas over series, evaluated where the series are."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from api.dependencies import SessionDep
from api.openapi import answers
from api.readings.answering import headers_of
from api.readings.downloads import file_name
from api.readings.formulas import FormulasAsked
from api.routes.readings import TABLES
from api.security import ReadsReadings
from dtbase.domain.readings.answers import Format, Layout, accepted
from dtbase.domain.readings.readings import FormulasAnswer
from dtbase.errors import NotFound
from dtbase.formats import json_answers
from dtbase.formats.arrow_answers import ENCODERS
from dtbase.formats.json_answers import Head
from dtbase.formats.table_answers import Heading, long_batches, schema_of, wide_batches
from dtbase.storage import values
from dtbase.storage.values import Evaluated

router = APIRouter(prefix="/formulas", tags=["readings"])


@router.get(
    "",
    summary="Evaluate formulas over series",
    response_model=FormulasAnswer,
    responses={**TABLES, **answers(NotFound)},
)
def evaluate_formulas(
    query: Annotated[FormulasAsked, Query()],
    _reads: ReadsReadings,
    session: SessionDep,
    accept: Annotated[str, Header()] = "",
) -> Response:
    """Evaluate formulas over the aggregates of series, and answer each like a series.

    Series are named `sensor/measure`, with spaces around the operators between them, as in
    `EWR/temperature - JFK/temperature`. There are `+ - * / **`, and the functions `sum`,
    `mean`, `min`, `max`, `abs`, `rolling_mean(x, 24h)`, `cumulative_sum`, `change_per_hour`,
    `degree_hours(x, 18)` and `degree_hours_below(x, 18)`. A gap in one series is a gap in the
    result. What is taken of aggregates is no aggregate of what would be taken of readings:
    `taken_of` says of what it was taken.
    """
    found = values.evaluate(session, query.to_query())
    format_ = query.format or accepted(accept)
    head = Head(
        start=found.span.start,
        end=found.span.end,
        bucket=str(found.bucket),
        source=found.grain,
        timezone=query.timezone,
    )
    headers = {"Vary": "Accept", **headers_of(head)}
    if format_ is Format.JSON:
        body = json_answers.encode(head, found.labels, found.columns, told(query, found))
        return Response(body, headers=headers, media_type=format_.media_type)
    name = file_name("formula", f"{head.start:%Y%m%d}-{head.end:%Y%m%d}", head.bucket)
    headers["Content-Disposition"] = f'attachment; filename="{name}.{format_}"'
    body = table(found, head, format_, query)
    return Response(body, headers=headers, media_type=format_.media_type)


def told(query: FormulasAsked, found: Evaluated) -> Sequence[dict[str, object]]:
    """Say of each formula what it is, and of what it was taken."""
    taken_of = f"the {query.aggregate} of each {found.bucket}"
    return [
        {
            "formula": formula.text,
            "of": [str(operand) for operand in formula.operands],
            "taken_of": taken_of,
        }
        for formula in query.parsed
    ]


def table(found: Evaluated, head: Head, format_: Format, query: FormulasAsked) -> bytes:
    """Write what formulas came to as a table."""
    heading = Heading(
        labels=tuple(found.labels),
        columns=(query.aggregate.value,),
        layout=query.layout,
        bucket=head.bucket,
        source=head.source,
        timezone=head.timezone,
    )
    schema = schema_of(heading, format_)
    batches = (
        wide_batches(heading, schema, [found.columns])
        if query.layout is Layout.WIDE
        else long_batches(heading, schema, enumerate(found.columns))
    )
    return b"".join(ENCODERS[format_](schema, batches))
