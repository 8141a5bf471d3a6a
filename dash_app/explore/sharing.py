"""The very call behind a chart, to paste into Python or a shell."""

from datetime import datetime

from dash_app.explore.gather import aggregates_of
from dash_app.explore.scene import Scene

LOG_IN = """import os
from datetime import datetime

from dtbase.client import Client

with Client(os.environ["DTBASE_API_URL"]) as twin:
    twin.log_in(os.environ["DTBASE_EMAIL"], os.environ["DTBASE_PASSWORD"])
"""
TIMES = """    start = datetime.fromisoformat("{start}")
    end = datetime.fromisoformat("{end}")
"""
FRAME = """    frame = twin.readings.frame(
        {names},
        start,
        end,
        bucket="{bucket}",
        timezone="{zone}",{aggregates}
    )
    print(frame)
"""
CHART = """    chart = twin.glance.chart(
        {names},
        start,
        end,
        bucket="{bucket}",
        timezone="{zone}",
        forecasts={forecasts},{shift}
    )
    for line in chart.lines:
        print(line.name, line.values, line.predictions)
"""


def python_of(scene: Scene) -> str:
    """Return a program that asks for what is shown: a frame, or the chart where there is more."""
    names = [line.name for line in scene.lines]
    written = "[" + ", ".join(repr(name) for name in names).replace("'", '"') + "]"
    stamps = TIMES.format(start=_stamp(scene.window.start), end=_stamp(scene.window.end))
    if scene.shift is None and all(
        line.is_series and line.predictions is None and not line.is_state for line in scene.lines
    ):
        said = ""
        if scene.bucket != "raw":
            said = f"\n        aggregates={[str(each) for each in _followed(scene)]!r},"
        call = FRAME.format(
            names=written, bucket=scene.bucket, zone=scene.zone, aggregates=said.replace("'", '"')
        )
    else:
        shift = ""
        if scene.shift is not None:
            shift = f"\n        shift={round(scene.shift.total_seconds())},"
        call = CHART.format(
            names=written,
            bucket=scene.bucket,
            zone=scene.zone,
            forecasts=scene.view.forecasts,
            shift=shift,
        )
    return LOG_IN + stamps + call


def curl_of(scene: Scene) -> str:
    """Return the call of the API that this page makes, with a key in place of a password."""
    said = [("line", line.name) for line in scene.lines]
    said += [("start", _stamp(scene.window.start)), ("end", _stamp(scene.window.end))]
    said += [("bucket", scene.bucket), ("timezone", scene.zone)]
    said += [("aggregates", str(each)) for each in _followed(scene)]
    if scene.view.forecasts:
        said.append(("forecasts", "true"))
    if scene.shift is not None:
        said.append(("shift", str(round(scene.shift.total_seconds()))))
    lines = [
        'curl --silent --show-error --fail-with-body --get "$DTBASE_API_URL/v1/chart"',
        '--header "Authorization: Bearer $DTBASE_KEY"',
        *(f"--data-urlencode '{name}={value}'" for name, value in said),
    ]
    return " \\\n  ".join(lines)


def _followed(scene: Scene) -> list[str]:
    """Return the aggregates that the lines follow, each once."""
    found = [line.main(line.values) for line in scene.lines if line.values and not line.is_state]
    known = {str(each) for each in aggregates_of(scene.view)}
    return [name for name in dict.fromkeys(found) if name in known] or ["mean"]


def _stamp(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")
