"""Exports over a real socket: streamed from one snapshot, compressed once, kept whole or not."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import requests
from pyarrow import csv, ipc, parquet
from sqlalchemy import QueuePool

from api.app import create_app
from dtbase.client import Client
from dtbase.domain.forecasts.runs import Forecast, Interval, Model, NewRun
from dtbase.errors import Invalid, NotFound, Unavailable
from dtbase.storage import database
from dtbase.storage.database import get_export_engine, snapshot, transaction
from dtbase.storage.forecasts import models, predictions, runs
from dtbase.storage.readings import readings
from dtbase.storage.registry.series import Resolved
from dtbase.storage.services import asking
from tests.factories import add_sensor, batch_of
from tests.live import serving
from tests.people import add_user, log_in
from tests.twins import eventually

START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(days=365)
COUNT = 120_000
ONE = ["one/temperature"]


@pytest.fixture
def twin(own_environment: str) -> Resolved:
    """Store many readings of one series, every minute, and a forecast of another."""
    with transaction() as session:
        found = add_sensor(session, "one")
        times = [START + timedelta(minutes=minute) for minute in range(COUNT)]
        values = np.random.default_rng(1).normal(size=COUNT).tolist()
        readings.write(session, batch_of(found["temperature"], times, values))
        models.add(session, Model(name="arima"))
        run = asking.forecast(session, "arima", NewRun(sensor="one", measure="rain"))
        interval = Interval(level=80, lower=[1.0, 2.0], upper=[3.0, 4.0])
        forecast = Forecast(
            issued_at=START, times=times[:2], values=[2.0, 3.0], intervals=[interval]
        )
        predictions.write(session, run.id, found["rain"].id, forecast)
        runs.finish(session, run.id, START, {})
    return found["temperature"]


@pytest.fixture
def client(twin: Resolved) -> Iterator[Client]:
    with transaction() as session:
        tokens = log_in(session, add_user(session, "ann@example.org"))
    with serving(create_app()) as url, Client(url, tokens=tokens) as client:
        yield client


def table_of(format_: str, body: bytes) -> pa.Table:
    match format_:
        case "csv":
            return csv.read_csv(BytesIO(body))
        case "parquet":
            return parquet.read_table(BytesIO(body))
        case _:
            return ipc.open_stream(body).read_all()


@pytest.mark.parametrize("format_", ["csv", "parquet", "arrow"])
def test_an_export_comes_into_a_file_and_tells_its_progress(
    client: Client, tmp_path: Path, format_: str
) -> None:
    told: list[int] = []
    place = tmp_path / f"one.{format_}"
    size = client.readings.export(ONE, place, START, END, progress=told.append)
    assert size == place.stat().st_size == told[-1]
    assert list(tmp_path.iterdir()) == [place]
    assert table_of(format_, place.read_bytes()).num_rows == COUNT
    held = BytesIO()
    client.readings.export(ONE, held, START, END, format=format_, bucket="1d", layout="wide")
    assert table_of(format_, held.getvalue()).column_names == ["time", "one/temperature"]


def test_a_refused_export_leaves_no_file(client: Client, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        client.readings.export(["one/nothing"], tmp_path / "one.csv", START, END)
    with pytest.raises(Invalid, match="xlsx"):
        client.readings.export(ONE, tmp_path / "one.xlsx", START, END)
    assert list(tmp_path.iterdir()) == []


def test_an_export_shows_one_moment_whatever_is_written_meanwhile(
    client: Client, twin: Resolved
) -> None:
    held = BytesIO()

    def delete_all(size: int) -> None:
        if size == len(held.getvalue()) and size <= 1024 * 1024:
            client.readings.delete("one/temperature", START, END)

    client.readings.export(ONE, held, START, END, format="csv", progress=delete_all)
    assert table_of("csv", held.getvalue()).num_rows == COUNT
    assert client.readings.query(ONE, START, END).series[0].count == 0


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "br"])
def test_text_and_arrow_are_compressed_on_their_way_but_parquet_only_inside(
    client: Client, encoding: str
) -> None:
    asked = {"series": ONE[0], "start": START.isoformat(), "end": END.isoformat(), "bucket": "raw"}
    headers = {
        "Authorization": f"Bearer {client.tokens and client.tokens.access_token}",
        "Accept-Encoding": encoding,
    }
    used = {}
    for format_ in ("csv", "arrow", "parquet"):
        answer = requests.get(
            f"{client._transport.url}/v1/readings",  # noqa: SLF001 - where the server is
            {**asked, "format": format_},
            headers=headers,
            timeout=60,
        )
        assert answer.status_code == 200
        used[format_] = answer.headers.get("Content-Encoding")
        assert "Accept" in answer.headers["Vary"]
    assert used == {"csv": encoding, "arrow": encoding, "parquet": None}


def busy() -> int:
    """Count the exports under way."""
    pool = get_export_engine().pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


def test_a_reader_that_goes_away_frees_its_connection(client: Client) -> None:
    class Full(BytesIO):
        def write(self, _: object) -> int:
            raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        client.readings.export(ONE, Full(), START, END, format="csv")
    eventually(lambda: busy() == 0)


def test_no_more_exports_than_there_are_connections_for_them(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "EXPORT_WAIT", 0.01)
    with ExitStack() as stack:
        for _ in range(database.EXPORTS):
            stack.enter_context(snapshot())
        with pytest.raises(Unavailable, match="exports are under way"):
            client.readings.export(ONE, BytesIO(), START, END, format="csv")
        assert client.readings.query(ONE, START, END, bucket="1d").series[0].count > 0
    assert client.readings.export(ONE, BytesIO(), START, END, format="csv") > 0


def test_a_frame_holds_more_values_than_json_may(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dtbase.storage.values.reads.MOST_VALUES", 1000)
    with pytest.raises(Invalid, match="choose a wider bucket"):
        client.readings.query(ONE, START, END, bucket="raw")
    frame = client.readings.frame(ONE, START, END, timezone="America/New_York")
    assert frame.shape == (COUNT, 1)
    assert isinstance(frame.index, pd.DatetimeIndex)
    assert frame.index[0].isoformat() == "2025-12-31T19:00:00-05:00"
    pushed = client.readings.push(frame)
    assert pushed.unchanged == COUNT
    days = client.readings.frame(ONE, START, END, bucket="1d", aggregates=["min", "max"])
    assert [tuple(name) for name in days.columns] == [(ONE[0], "min"), (ONE[0], "max")]


def test_the_client_reads_predictions_like_readings(client: Client) -> None:
    frame = client.readings.frame(["one/rain"], model="arima")
    assert frame.droplevel("series", axis=1).to_dict("list") == {
        "value": [2.0, 3.0],
        "lower_80": [1.0, 2.0],
        "upper_80": [3.0, 4.0],
    }
    answer = client.readings.query(
        ["one/rain"], START, END, model="arima", lead=timedelta(minutes=1), as_of=END, bucket="raw"
    )
    assert answer.series[0].values["value"] == [3.0]
    with pytest.raises(NotFound, match="issued by"):
        client.readings.query(["one/rain"], model="arima", as_of=START - timedelta(hours=1))
