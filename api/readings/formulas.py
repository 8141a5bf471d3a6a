"""What a request may ask of formulas, and the query that this is."""

from datetime import UTC, datetime
from functools import cached_property

from pydantic import Field

from api.readings.queries import MOST_POINTS
from dtbase.domain.frozen import Frozen
from dtbase.domain.readings.answers import Format, Layout
from dtbase.domain.readings.buckets import Bucket
from dtbase.domain.readings.queries import Aggregate
from dtbase.domain.timeranges import AwareTime, zone
from dtbase.domain.values.formulas import MOST_FORMULAS, Formula, FormulaText
from dtbase.errors import Invalid
from dtbase.storage.values import FormulasQuery

BUCKET_RULE = "auto, or a bucket such as 10m, 1h or 1mo; formulas are taken of aggregates"


class FormulasAsked(Frozen):
    """Which formulas to evaluate, on which aggregates; the range is half-open, [start, end)."""

    formula: list[FormulaText] = Field(
        min_length=1,
        max_length=MOST_FORMULAS,
        description="arithmetic over series, once for each formula",
        examples=[["EWR/temperature - JFK/temperature"]],
    )
    start: AwareTime | None = Field(None, description="by default seven days before the end")
    end: AwareTime | None = Field(None, description="by default now")
    bucket: str = Field("auto", description=BUCKET_RULE)
    points: int = Field(1_500, ge=1, le=MOST_POINTS, description="the most that auto may answer")
    aggregate: Aggregate = Field(Aggregate.MEAN, description="what is taken of each series")
    timezone: str = Field(
        "UTC", description="the IANA zone of tables' times, and of buckets over one hour"
    )
    format: Format | None = Field(None, description="wins over the header Accept; by default json")
    layout: Layout = Field(
        Layout.LONG, description="of tables: a row for each value, or a column for each formula"
    )

    @cached_property
    def parsed(self) -> tuple[Formula, ...]:
        return tuple(Formula.parse(text) for text in dict.fromkeys(self.formula))

    def to_query(self) -> FormulasQuery:
        """Return what is asked of the store."""
        if self.bucket == "raw":
            raise Invalid(f"bucket is {BUCKET_RULE}", field="bucket")
        return FormulasQuery(
            self.parsed,
            self.start,
            self.end,
            None if self.bucket == "auto" else Bucket.parse(self.bucket),
            self.points,
            zone(self.timezone),
            self.aggregate,
            datetime.now(UTC),
        )
