"""Asks the API for what a view shows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock

from dash_app.explore.columns import evened, in_window
from dash_app.explore.scene import (
    Line,
    Scene,
    aggregates_of,
    first_choice,
    is_numeric,
    main_column,
)
from dash_app.explore.view import ALL, DAY, HOUR, QUICK, Choice, View, Window
from dtbase.client import Client
from dtbase.client.options import Options
from dtbase.domain.forecasts.runs import Run, RunStatus
from dtbase.domain.readings.readings import SeriesValues
from dtbase.domain.registry.measures import Statistic
from dtbase.domain.registry.series import LatestReading, Series, SeriesKey

POINTS = 1500
MOST_VALUES = 20_000
RECENT_RUNS = 20
KEPT_PREDICTIONS = 200
LONG_DAYS = 120
POINTS_A_DAY = 1.2
FEWEST = 400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_MONTH = timedelta(days=31)


class PredictionShelf:
    """Predictions of ended runs, which never change; the oldest make room."""

    def __init__(self, size: int = KEPT_PREDICTIONS) -> None:
        """Keep that many."""
        self._size = size
        self._kept: dict[tuple[int, datetime | None], SeriesValues] = {}
        self._lock = Lock()

    def get(self, client: Client, run: Run) -> SeriesValues | None:
        """Return the predictions of the run's own series."""
        name = (run.id, run.ended_at)
        with self._lock:
            if name in self._kept:
                return self._kept[name]
        answer = client.runs.predictions(run.id)
        found = next((values for values in answer.series if values.key == run.target), None)
        if found is not None:
            self._keep(name, found)
        return found

    def _keep(self, name: tuple[int, datetime | None], values: SeriesValues) -> None:
        with self._lock:
            self._kept[name] = values
            while len(self._kept) > self._size:
                del self._kept[next(iter(self._kept))]


def gather(
    client: Client, view: View, zone: str, shelf: PredictionShelf, now: datetime | None = None
) -> Scene:
    """Return what the view shows at this moment."""
    now = now or datetime.now(UTC)
    catalogue = tuple(client.series.list())
    view = (
        view if view.choices is not None else view.with_series(first_choice(catalogue, view.sensor))
    )
    latest = {SeriesKey(sensor=r.sensor, measure=r.measure): r for r in client.series.latest()}
    lines, pending = _lines(client, _known(view, catalogue), latest, shelf)
    window = _window(client, view, lines, now)
    scene = Scene(view=view, window=window, now=now, zone=zone, pending=pending)
    lines, bucket = _with_values(client, scene, [_in_view(line, window) for line in lines])
    return scene.model_copy(update={"lines": lines, "bucket": bucket, "catalogue": catalogue})


def _known(view: View, catalogue: Sequence[Series]) -> list[tuple[Choice, Series]]:
    drawable = {series.key: series for series in catalogue if is_numeric(series)}
    return [(c, drawable[c.key]) for c in view.choices or () if c.key in drawable]


def _lines(
    client: Client,
    chosen: Sequence[tuple[Choice, Series]],
    latest: Mapping[SeriesKey, LatestReading],
    shelf: PredictionShelf,
) -> tuple[tuple[Line, ...], tuple[Run, ...]]:
    lines: list[Line] = []
    pending: list[Run] = []
    for choice, series in chosen:
        runs = client.runs.list(sensor=series.sensor, measure=series.measure, limit=RECENT_RUNS)
        pending += [run for run in runs if not run.status.ended]
        run = next((run for run in runs if run.status is RunStatus.SUCCEEDED), None)
        predictions = shelf.get(client, run) if run is not None else None
        lines.append(
            Line(
                series=series,
                slot=choice.slot,
                run=run,
                predictions=predictions,
                latest=latest.get(series.key),
            )
        )
    return tuple(lines), tuple(pending)


def _window(client: Client, view: View, lines: Sequence[Line], now: datetime) -> Window:
    if view.window is not None:
        return view.window
    future = max(
        (_end(line.predictions) - now for line in lines if line.predictions), default=timedelta(0)
    )
    start = _first_reading(client, lines, now) if view.range == ALL else now - QUICK[view.range]
    end = now + min(max(future, timedelta(0)), now - start)
    return Window(start=_full_hour(start), end=_full_hour(end + HOUR))


def _full_hour(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)


def _first_reading(client: Client, lines: Sequence[Line], now: datetime) -> datetime:
    """Return the hour of the first reading, sought in the month that has it."""
    keys = [line.key for line in lines]
    month = _first_bucket(client, keys, Window(start=EPOCH, end=now), "1mo")
    if month is None:
        return now - QUICK["1y"]
    within = Window(start=month, end=min(month + LONGEST_MONTH, now))
    return _first_bucket(client, keys, within, "1h") or month


def _first_bucket(
    client: Client, keys: Sequence[SeriesKey], window: Window, bucket: str
) -> datetime | None:
    if not keys:
        return None
    answer = client.readings.query(
        keys, window.start, window.end, bucket=bucket, aggregates=("count",)
    )
    firsts = [time for values in answer.series if (time := _first_time(values)) is not None]
    return min(firsts, default=None)


def _first_time(values: SeriesValues) -> datetime | None:
    found = next((i for i, count in enumerate(values.values["count"]) if count), None)
    if found is None:
        return None
    if values.times is not None:
        return values.times[found]
    assert values.start is not None
    return values.start + found * timedelta(seconds=values.step or 0)


def _with_values(
    client: Client, scene: Scene, lines: Sequence[Line]
) -> tuple[tuple[Line, ...], str]:
    """Ask for the lines at one resolution, with half a window more at both ends."""
    wide = scene.window.widened(0.5)
    span = Window(start=wide.start, end=min(wide.end, scene.now + HOUR))
    bucket, found = scene.view.bucket, dict[SeriesKey, SeriesValues]()
    if span.length <= timedelta(0):
        return tuple(lines), bucket
    for statistic in Statistic:
        keys = [line.key for line in lines if line.series.statistic is statistic]
        if not keys:
            continue
        columns = aggregates_of(statistic)
        points = _points(scene.window, len(lines) * len(columns))
        options = _options(bucket, scene.zone, points, columns)
        answer = client.readings.query(keys, span.start, span.end, **options)
        bucket = answer.bucket  # one resolution for the whole chart
        found.update({values.key: evened(values) for values in answer.series})
    return tuple(_filled(line, found) for line in lines), bucket


def _options(bucket: str, zone: str, points: int, aggregates: Sequence[str]) -> Options:
    """Return what to ask for; raw values have neither aggregates nor gaps."""
    asked: Options = {"bucket": bucket, "timezone": zone}
    if bucket != "raw":
        asked |= {"points": points, "aggregates": aggregates, "fill": "null"}
    return asked


def _points(window: Window, values_each: int) -> int:
    """Return how many points to ask for: in a long window no more than hide the days' rhythm."""
    days = window.length / DAY
    wanted = POINTS if days <= LONG_DAYS else max(FEWEST, round(POINTS_A_DAY * days))
    return min(wanted, POINTS, MOST_VALUES // values_each)


def _in_view(line: Line, window: Window) -> Line:
    """Return the line without a forecast that lies wholly outside the window."""
    values = line.predictions
    if values is None or in_window(values, window).any():
        return line
    return line.model_copy(update={"predictions": None})


def _filled(line: Line, found: Mapping[SeriesKey, SeriesValues]) -> Line:
    values = found.get(line.key)
    if values is None or all(value is None for value in values.values[main_column(values)]):
        return line
    return line.model_copy(update={"values": values})


def _end(predictions: SeriesValues) -> datetime:
    if predictions.times is not None:
        return predictions.times[-1]
    assert predictions.start is not None
    return predictions.start + (predictions.count - 1) * timedelta(seconds=predictions.step or 0)
