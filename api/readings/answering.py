"""Answering a query of values in one thread and one transaction: a chart asks often."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from api.callers import Admission
from api.dependencies import ReadsDep, StateDep, Transactions
from api.key_uses import Uses
from api.readings.downloads import Download, Snapshot, SnapshotDep, file_name
from api.readings.queries import ReadingsQuery
from dtbase.domain.readings.answers import Format, Layout
from dtbase.errors import Invalid
from dtbase.formats import json_answers
from dtbase.formats.arrow_answers import ENCODERS
from dtbase.formats.json_answers import Head
from dtbase.formats.table_answers import Heading, long_batches, schema_of, wide_batches
from dtbase.storage import values
from dtbase.storage.values import Plan


@dataclass(frozen=True)
class Querying:
    """The way of a query from a request to its answer."""

    reads: Transactions
    snapshot: Snapshot
    uses: Uses

    async def answer(self, admission: Admission, query: ReadingsQuery, format_: Format) -> Response:
        """Answer whoever may ask, or refuse."""
        return await run_in_threadpool(self._answer, admission, query, format_)

    def _answer(self, admission: Admission, query: ReadingsQuery, format_: Format) -> Response:
        with self.reads() as session:
            admission.admit(session, self.uses)
            if format_ is Format.JSON and query.layout is Layout.WIDE:
                rule = "layout=wide is for tables; ask for CSV, Parquet or Arrow"
                raise Invalid(rule, field="layout")
            plan = values.plan(session, query.to_query())
            values.refuse_senseless(plan)
            head = head_of(plan, query.timezone)
            if format_ is Format.JSON:
                return answer(session, plan, head)
            return download(self.snapshot, plan, head, format_, query.layout)


async def get_querying(reads: ReadsDep, snapshot: SnapshotDep, state: StateDep) -> Querying:
    return Querying(reads, snapshot, state.uses)


QueryingDep = Annotated[Querying, Depends(get_querying)]


def head_of(plan: Plan, timezone: str) -> Head:
    """Say what an answer says beside its series."""
    return Head(
        start=plan.span.start,
        end=plan.span.end,
        bucket="raw" if plan.bucketing is None else str(plan.bucketing.bucket),
        source=plan.grain,
        timezone=timezone,
    )


def answer(session: Session, plan: Plan, head: Head) -> Response:
    body = json_answers.encode(head, plan.labels, values.read_flagged(session, plan))
    headers = {"Vary": "Accept", **headers_of(head)}
    return Response(body, headers=headers, media_type=Format.JSON.media_type)


def download(
    snapshot: Snapshot, plan: Plan, head: Head, format_: Format, layout: Layout
) -> Response:
    """Answer a table of any size."""
    heading = Heading(
        labels=tuple(plan.labels),
        columns=plan.columns,
        layout=layout,
        bucket=head.bucket,
        source=head.source,
        timezone=head.timezone,
        predicted=plan.predicted,
    )
    schema = schema_of(heading, format_)

    def write(session: Session) -> Iterator[bytes]:
        if layout is Layout.WIDE:
            batches = wide_batches(heading, schema, values.stream_wide(session, plan))
        else:
            batches = long_batches(heading, schema, values.stream_long(session, plan))
        return ENCODERS[format_](schema, batches)

    return Download(snapshot, write, format_, name_of(plan, head), headers_of(head))


def headers_of(head: Head) -> dict[str, str]:
    """Name the bucket and the source beside the body, since CSV has no place for them."""
    return {"DTBase-Bucket": head.bucket, "DTBase-Source": head.source}


def name_of(plan: Plan, head: Head) -> str:
    """Return the name of a file: its series, its range, its bucket."""
    names = {str(label.key) for label in plan.labels}
    what = names.pop() if len(names) == 1 else f"{len(names)}-series"
    models = {label.model or "" for label in plan.labels}
    return file_name(what, *sorted(models), f"{head.start:%Y%m%d}-{head.end:%Y%m%d}", head.bucket)
