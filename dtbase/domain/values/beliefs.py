"""Which forecast of a series is meant, as it is written behind its name: `EWR/wind~latest`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Self

from dtbase.domain.forecasts.selections import DEFAULT_SCENARIO, OfModel, parse_lead
from dtbase.domain.frozen import Frozen
from dtbase.errors import Invalid

AT = "@"
LATEST = "latest"
RULE = (
    "must be sensor/measure, @location/measure or = and a formula, and of a forecast ~latest, or"
    " any of ~model=, ~scenario=, ~as_of=, ~lead= and ~run="
)


class Belief(Frozen):
    """Which forecast of a series: one run, or the newest of those that fit."""

    model: str | None = None
    scenario: str | None = None
    run: int | None = None
    as_of: datetime | None = None
    lead: str | None = None

    @classmethod
    def parse(cls, parts: Sequence[str]) -> Self:
        """Read what stands after the series: `latest`, or `model=arima` and the like."""
        given: dict[str, str | int | datetime] = {}
        for part in parts:
            name, _, value = part.partition("=")
            if part == LATEST:
                continue
            if name not in cls.model_fields or not value:
                raise Invalid(f"{part!r} {RULE}", field="line")
            given[name] = value
        return cls.checked(given)

    @classmethod
    def checked(cls, given: dict[str, str | int | datetime]) -> Self:
        """Refuse what contradicts itself, and values that are none."""
        try:
            if "run" in given:
                given["run"] = int(str(given["run"]))
            if "as_of" in given:
                given["as_of"] = datetime.fromisoformat(str(given["as_of"]))
        except ValueError as error:
            raise Invalid(f"run is a number and as_of a time; {error}", field="line") from error
        found = cls(**given)
        if found.run is not None and len(given) > 1:
            raise Invalid("run names the one run to show; leave out the others", field="line")
        if found.as_of is not None and found.as_of.tzinfo is None:
            raise Invalid("as_of must carry an offset, such as Z", field="line")
        if found.lead is not None:
            parse_lead(found.lead)
            if found.model is None:
                raise Invalid("lead chooses among the runs of a model; name it", field="line")
        return found

    def __str__(self) -> str:
        """Write it as it is read."""
        given = {name: value for name, value in self if value is not None}
        if self.as_of is not None:
            given["as_of"] = self.as_of.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return "~".join(f"{name}={value}" for name, value in given.items()) or LATEST

    def by_lead(self) -> OfModel | None:
        """Return what was believed so long before each time, if that is meant."""
        if self.lead is None or self.model is None:
            return None
        return OfModel(
            model=self.model,
            scenario=self.scenario or DEFAULT_SCENARIO,
            as_of=self.as_of,
            lead=parse_lead(self.lead),
        )
