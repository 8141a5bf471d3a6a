"""Who follows the pages one after the other, to the letter, gets what they say."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dtbase.client import Client
from dtbase.domain.registry.measures import Measure
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.local.places import CHECKOUT
from tests.integration.api.test_client_docs import Example, examples, reader, run

__all__ = ["reader"]

LOG_IN = Example("", "sh", 'dtbase login "$DTBASE_EMAIL" --password-stdin <<< "$DTBASE_PASSWORD"')
DAYS = 40
SAID = {
    "queries.md": ['"timezone":"America/New_York"', '"bucket":"1d"'],
    "formulas.md": ["EWR/temperature - JFK/temperature", "delta_degree_Celsius"],
    "finding.md": ['"highest":40'],
    "notes-and-views.md": ["EWR/wind_speed The wind sensor lied"],
    "importing.md": ["--timezone ZONE", "6 readings imported (6 inserted)", "inserted=6"],
    "meters-and-states.md": ['"sensor":"meter-2","location":"kitchen"'],
    "data-quality.md": ["\n1\n"],
    "services.md": ['"name":"greenhouse-model"'],
}
"""What each page's examples print; the other pages need workers, or have tests of their own."""


@pytest.fixture
def demo(reader: dict[str, str]) -> dict[str, str]:
    """Have the sensors of the demo twin of which the pages speak, and one absurd wind."""
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    times = pd.date_range(end - timedelta(days=DAYS), end, freq="h", inclusive="left")
    noons = 20 + 20 * (times.tz_convert("America/New_York").hour.isin(range(10, 16)))
    winds = np.where(np.arange(len(times)) == 100, 1048.0, 5.0)
    frame = pd.DataFrame(
        {"EWR/temperature": noons * 1.0, "JFK/temperature": 18.0, "EWR/wind_speed": winds},
        index=times,
    )
    measures = (Measure(name="temperature", unit="degC"), Measure(name="wind_speed", unit="m/s"))
    with Client(reader["DTBASE_API_URL"]) as twin:
        twin.log_in(reader["DTBASE_EMAIL"], reader["DTBASE_PASSWORD"])
        twin.sensor_types.add(SensorType(name="weather-station", measures=measures))
        for name in ("EWR", "JFK"):
            twin.sensors.add(NewSensor(identifier=name, type="weather-station"))
        twin.readings.push(frame)
    return reader


def test_every_page_can_be_followed(demo: dict[str, str], tmp_path: Path) -> None:
    run(LOG_IN, demo, tmp_path)
    missed = []
    for page, words in SAID.items():
        shown = [each for each in examples(CHECKOUT / "docs" / page) if each.language != "yaml"]
        printed = "\n".join(["", *(run(each, demo, tmp_path) for each in shown)])
        missed += [(page, each, printed) for each in words if each not in printed]
    assert missed == []
