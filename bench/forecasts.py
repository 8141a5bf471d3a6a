"""`make bench-forecast`: how good forecasts are, how honest their intervals, and what they cost."""

import platform
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

from bench.forecast_data import Case, cases, other_readings
from bench.forecast_methods import LEVELS, QUICK, SLOW, Answer, Method
from jobs.forecasting.outcome import Status
from jobs.forecasting.registry import FORECASTERS
from jobs.forecasting.scores import coverage, mae, rmse, wql

RESULTS = Path(__file__).parent / "FORECASTS.md"
DEFAULT = "pool (the default)"
NAIVE = "seasonal naive, a day"
ORIGINAL = "SARIMAX(4,1,2)(1,1,0,24) of statsmodels"
OTHERS = (
    ("10 minutes, 48 h ahead", 600, 60, 288),
    ("1 minute, 90 min ahead", 60, 20, 90),
    ("1 minute, 14 days ahead", 60, 60, 20_160),
    ("hourly, 14 days ahead", 3600, 60, 336),
    ("daily, 14 days ahead", 86_400, 365, 14),
)
say = Console(highlight=False).print


@dataclass
class Tally:
    """What came of one method: a line per case."""

    name: str
    mase: list[float] = field(default_factory=list)
    rmsse: list[float] = field(default_factory=list)
    wql: list[float] = field(default_factory=list)
    inside: dict[float, list[float]] = field(default_factory=dict)
    cpu: list[float] = field(default_factory=list)

    def add(self, case: Case, answer: Answer, cpu: float) -> None:
        """Score one forecast."""
        truth, scale = case.truth, case.scale
        self.cpu.append(cpu)
        self.mase.append((mae(truth, answer.values) or 0.0) / scale)
        self.rmsse.append((rmse(truth, answer.values) or 0.0) / scale)
        if not answer.bounds:
            return
        self.wql.append(wql(truth, answer.values, answer.bounds) or 0.0)
        for each in answer.bounds:
            self.inside.setdefault(each.level, []).append(coverage(truth, each) or 0.0)

    @property
    def score(self) -> float:
        return float(np.mean(self.mase))

    def share_of(self, level: float) -> str:
        """Tell the share of truth within the bounds of a level, in percent."""
        return f"{np.mean(self.inside[level]):.1f}" if self.inside else "-"

    @property
    def milliseconds(self) -> float:
        """Return the mean CPU time of a forecast."""
        return 1000 * float(np.mean(self.cpu))


def main(
    stride: Annotated[int, typer.Option(help="Hours between origins.")] = 12,
    slow_origins: Annotated[int, typer.Option(help="Origins of each series for SARIMAX.")] = 2,
    write: Annotated[bool, typer.Option(help="Write bench/FORECASTS.md.")] = True,
) -> None:
    """Measure, print the tables, and write them to bench/FORECASTS.md."""
    every = cases(stride)
    few = thinned(every, slow_origins)
    quick = [measured(name, method, every) for name, method in QUICK.items()]
    paired = [measured(name, method, few) for name, method in {**QUICK, **SLOW}.items()]
    text = "\n".join(
        [
            *heading(every, few),
            *accuracy(f"Every {stride} hours: {len(every)} forecasts", quick),
            *accuracy(f"With the slow ones, paired: {len(few)} forecasts", paired),
            *by_measure(every, quick),
            *costs(),
            *targets(quick, paired),
        ]
    )
    say(text, markup=False)
    if write:
        RESULTS.write_text(text + "\n")


def thinned(every: Sequence[Case], count: int) -> list[Case]:
    """Return a few cases of each series, evenly spread and at different hours."""
    named: dict[str, list[Case]] = {}
    for case in every:
        named.setdefault(case.series.name, []).append(case)
    return [
        own[int(place)]
        for own in named.values()
        for place in np.linspace(0.1, 0.9, count) * (len(own) - 1)
    ]


def measured(name: str, method: Method, chosen: Sequence[Case]) -> Tally:
    """Make all forecasts of a method, and time each by the CPU."""
    tally = Tally(name)
    method(chosen[0])  # so that imports are not counted
    for case in chosen:
        began = time.process_time()
        answer = method(case)
        tally.add(case, answer, time.process_time() - began)
    say(f"{name}: MASE {tally.score:.3f}, {tally.milliseconds:,.1f} ms", markup=False)
    return tally


def heading(every: Sequence[Case], few: Sequence[Case]) -> list[str]:
    """Say what was measured, and where."""
    names = ("statsmodels", "scikit-learn", "numpy", "scipy")
    known = "; ".join(
        [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in names)]
    )
    return [
        "# What `make bench-forecast` measured",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}; {platform.machine()}; {known}",
        "",
        "Twelve hourly series of the demo (EWR, JFK, LGA: temperature, humidity, pressure, wind",
        "speed), learnt from 60 days and forecast 48 hours ahead from rolling origins over the",
        "last 60 days of the data. SARIMAX takes seconds a fit, so it is tried at only",
        f"{len(few)} of the {len(every)} origins, and there every method is tried again: compare",
        "within one table. MASE is the error relative to that of yesterday's values within the 60",
        "days learnt from; RMSSE is the root mean square relative to the same. WQL is the weighted",
        "quantile loss over five quantiles. CPU is one thread's time for a forecast, with its",
        "backtest where it has one.",
        "",
    ]


def accuracy(title: str, tallies: Sequence[Tally]) -> list[str]:
    """Return a table of methods."""
    naive = next(tally for tally in tallies if tally.name == NAIVE)
    lines = [
        f"## {title}",
        "",
        "| method | MASE | ÷ naive | RMSSE | WQL | cover 80 | cover 95 | CPU ms |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for tally in sorted(tallies, key=lambda each: each.score):
        shares = [
            f"{np.mean(tally.inside[level]):.1f}" if tally.inside else "-" for level in LEVELS
        ]
        loss = f"{np.mean(tally.wql):.4f}" if tally.wql else "-"
        ratio = tally.score / naive.score
        cells = [tally.name, f"{tally.score:.3f}", f"{ratio:.2f}", f"{np.mean(tally.rmsse):.3f}"]
        lines.append(
            "| " + " | ".join([*cells, loss, *shares, f"{tally.milliseconds:,.1f}"]) + " |"
        )
    return [*lines, ""]


def by_measure(every: Sequence[Case], tallies: Sequence[Tally]) -> list[str]:
    """Return the default's scores by measure."""
    pool, naive = (
        next(tally for tally in tallies if tally.name == name) for name in (DEFAULT, NAIVE)
    )
    lines = [
        "## The pool by measure",
        "",
        "| measure | MASE | ÷ naive | cover 80 | cover 95 |",
        "|---|---:|---:|---:|---:|",
    ]
    measures = [case.series.name.split("/")[1] for case in every]
    for measure in dict.fromkeys(measures):
        own = np.array([name == measure for name in measures])
        score, base = np.mean(np.array(pool.mase)[own]), np.mean(np.array(naive.mase)[own])
        shares = [f"{np.mean(np.array(pool.inside[level])[own]):.1f}" for level in LEVELS]
        lines.append(f"| {measure} | {score:.3f} | {score / base:.2f} | {' | '.join(shares)} |")
    return [*lines, ""]


def costs() -> list[str]:
    """Return what other cadences and horizons cost, a thousand series, and a worker's memory."""
    lines = ["## Cost", "", "| what | figure |", "|---|---:|"]
    for name, cadence, days, horizon in OTHERS:
        lines.append(f"| {name}, CPU | {other_cost(cadence, days, horizon):,.0f} ms |")
    wall, cpu, memory = thousand()
    lines += [
        f"| 1,000 hourly series on two processes, wall clock here | {wall:,.0f} s |",
        f"| 1,000 hourly series, CPU of both | {cpu:,.1f} s |",
        f"| the larger worker's peak memory | {memory:,.0f} MB |",
    ]
    return [*lines, ""]


def other_cost(cadence: float, days: float, horizon: int) -> float:
    """Return the CPU milliseconds of a forecast of a made series."""
    times, values = other_readings(cadence, days)
    issued_at = datetime.fromtimestamp(times[-1], UTC)
    forecaster = FORECASTERS["pool"]
    options = forecaster.options(window_days=days + 1)
    taken = []
    for _ in range(3):
        began = time.process_time()
        outcome = forecaster(times, values, horizon, issued_at, options)
        taken.append(time.process_time() - began)
    assert outcome.diagnostics.status is Status.OK, outcome.diagnostics.reason
    return 1000 * float(np.median(taken))


def thousand() -> tuple[float, float, float]:
    """Forecast 1,000 series on two processes: wall and CPU seconds, and megabytes."""
    chosen = cases(6)
    work = [chosen[place % len(chosen)] for place in range(1000)]
    began = time.perf_counter()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        spent = list(pool.map(one_of_many, work, chunksize=25))
    wall = time.perf_counter() - began
    return wall, sum(cpu for cpu, _ in spent), max(memory for _, memory in spent)


def one_of_many(case: Case) -> tuple[float, float]:
    """Make one forecast: its CPU seconds, and the process's peak memory in megabytes."""
    began = time.process_time()
    QUICK[DEFAULT](case)
    return time.process_time() - began, peak_memory()


def peak_memory() -> float:
    """Return the most megabytes that this process ever held; its parent's do not count."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def targets(quick: Sequence[Tally], paired: Sequence[Tally]) -> list[str]:
    """Return what was to be reached, and whether it was."""
    found = {tally.name: tally for tally in quick}
    beside = {tally.name: tally for tally in paired}
    pool, slow = found[DEFAULT], beside[ORIGINAL]
    shares = {level: float(np.mean(pool.inside[level])) for level in LEVELS}
    times = slow.milliseconds / beside[DEFAULT].milliseconds
    rows: list[tuple[str, float, str, Callable[[float], bool]]] = [
        ("MASE ÷ seasonal naive", pool.score / found[NAIVE].score, "≤ 0.85", lambda x: x <= 0.85),
        (
            "MASE ÷ SARIMAX, paired",
            beside[DEFAULT].score / slow.score,
            "≤ 0.85",
            lambda x: x <= 0.85,
        ),
        ("coverage of 80 %", shares[80], "77 to 83", lambda x: abs(x - 80) <= 3),
        ("coverage of 95 %", shares[95], "92 to 98", lambda x: abs(x - 95) <= 3),
        ("CPU ms a series, with backtest", pool.milliseconds, "≤ 60", lambda x: x <= 60),
        ("times cheaper than SARIMAX", times, "≥ 100", lambda x: x >= 100),
    ]
    lines = ["## Targets", "", "| what | figure | to reach | |", "|---|---:|---|---|"]
    for name, value, wanted, reached in rows:
        lines.append(f"| {name} | {value:.2f} | {wanted} | {'yes' if reached(value) else 'no'} |")
    return lines


if __name__ == "__main__":
    typer.run(main)
