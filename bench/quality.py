"""`python -m bench.quality`: what rules cost who pushes, and what a reading takes with its mark."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

import numpy as np
import orjson

from bench.costs import ROUNDS, Caller, Turns, calling, token
from bench.reads import SIZES, scalar
from bench.section import section
from bench.stand import Stand
from bench.table import Figure, Figures
from dtbase.domain.registry.measures import Measure
from dtbase.domain.registry.rules import MeasureRules
from dtbase.domain.registry.sensors import NewSensor, SensorType

SECTION = "rules"
NAME = "temperature"
OFF = MeasureRules.model_validate(
    dict.fromkeys(("fail", "placeholders", "earliest", "ahead"), "off")
)
SAID = MeasureRules.model_validate(
    {
        "fail": {"minimum": -40, "maximum": 60},
        "suspect": {"minimum": -20, "maximum": 45},
        "placeholders": [-9999, 85, "unavailable"],
    }
)
SENSORS = {"no rules": OFF, "the usual rules": MeasureRules(), "ranges and placeholders": SAID}
SIZES_PUSHED = ((1, 40), (1_000, 12), (10_000, 3))
"""So many readings a push, and how often in each round."""

APART = timedelta(seconds=5)
FIRST = np.datetime64("2010-01-01", "s")


def main() -> None:
    """Measure, print the table, and write it to bench/RESULTS.md."""
    section("Quality", measure)


def measure(stand: Stand, figures: Figures) -> None:
    """Push the same to sensors that differ in their rules alone."""
    kind = SensorType(name="ruled", measures=(Measure(name=NAME, unit="degC"),))
    with stand.client() as client:
        client.sensor_types.add(kind)
        for name, rules in SENSORS.items():
            client.sensors.add(
                NewSensor(identifier=identifier(name), type="ruled", rules={NAME: rules})
            )
    with calling(stand.api_url, token(stand)) as caller:
        pushing = Pushing(caller)
        for size, each in SIZES_PUSHED:
            took = Turns({name: pushing.way(name, size, each) for name in SENSORS}).measure(each)
            plain = took.pop("no rules")
            readings = f"{size:,} reading{'s' * (size > 1)}"
            figures.add(Figure(SECTION, f"{readings}: no rules", plain * 1e3, "ms"))
            for name, seconds in took.items():
                figures.add(
                    Figure(
                        SECTION,
                        f"{readings}: {name}",
                        seconds * 1e3,
                        "ms",
                        seconds / plain,
                        "no rules",
                        "≤ 1.1",
                    )
                )
    with stand.connect() as connection:
        kept = scalar(connection, SIZES)
        name = "a reading with its key, one in a hundred marked"
        figures.add(Figure(SECTION, name, kept, "bytes", target="≤ 95"))


def identifier(name: str) -> str:
    return name.replace(" ", "-")


@dataclass
class Pushing:
    """Pushes new readings, one in a hundred of them suspect where a rule says so."""

    caller: Caller
    numbers: "count[int]" = field(default_factory=count)

    def way(self, sensor: str, size: int, each: int) -> Callable[[], object]:
        """Write all that will be pushed, and return what pushes the next of it."""
        bodies = iter([self.body(sensor, size) for _ in range(1 + ROUNDS * each)])
        return lambda: self.caller.push(next(bodies))

    def body(self, sensor: str, size: int) -> bytes:
        first = FIRST + next(self.numbers) * 10_000 * np.timedelta64(APART, "s")
        times = first + np.arange(size) * np.timedelta64(APART, "s")
        values = 20 + np.arange(size) % 100 / 8
        values[99::100] = 50
        columns = {"times": [f"{time}Z" for time in times.astype(str)], "values": values.tolist()}
        return orjson.dumps(
            {"series": [{"sensor": identifier(sensor), "measure": NAME, **columns}]}
        )


if __name__ == "__main__":
    main()
