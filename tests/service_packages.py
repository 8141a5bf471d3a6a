"""Packages of services as others write them, installed where a test's processes find them."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import invalidate_caches
from pathlib import Path

import pytest

from dtbase.settings import environment_with
from jobs.services import catalogue

PROBES = '''
"""Services that a test steers."""

import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import Field, SecretStr

from dtbase.services import (
    Context, Invalid, Measure, Model, NewOutcome, NewOutput, NoParameters, Once, Parameters,
    Readings, NewSensor, SensorType, Service, Unavailable,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
PROBE = SensorType(name="probe", measures=(Measure(name="level", unit="m"),))


class CountParameters(Parameters):
    """How many readings, and where to stumble."""

    count: int
    stumble: str | None = None
    """A file: while it is there, the service stops in the middle."""
    how: str = "raise"
    outcomes: int = 2


def outcome(hour: int) -> NewOutcome:
    time = START + timedelta(hours=hour)
    output = NewOutput(sensor="tank", measure="level", times=[time], values=[1.5])
    return NewOutcome(model="guess", issued_at=START, outputs=[output])


class Count(Service[CountParameters]):
    """Count up, in a tank.

    The second paragraph is not published.
    """

    retries = 2
    backoff = timedelta(0)

    def run(self, parameters: CountParameters, context: Context):
        yield [PROBE, NewSensor(identifier="tank", type="probe"), Model(name="guess")]
        for number in range(parameters.count):
            yield Readings("tank", "level", [START + timedelta(hours=number)], [float(number)])
            context.progress(number + 1, parameters.count, "counting")
        for number in range(parameters.outcomes):
            yield outcome(number)
        yield Once("first", outcome(100))
        context.log(f"counted to {parameters.count}")
        if parameters.stumble and Path(parameters.stumble).exists():
            Path(parameters.stumble).unlink()
            stumble(parameters.how)
        yield outcome(200)


def stumble(how: str) -> None:
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "refuse":
        raise Invalid("the tank is gone")
    raise RuntimeError("stumbled")


class Wait(Service[NoParameters]):
    """Wait until somebody calls it off."""

    def run(self, parameters: NoParameters, context: Context):
        context.log("waiting")
        while True:
            time.sleep(0.02)
            context.check()


class SteadyParameters(Parameters):
    """How many readings."""

    steps: int


class Steady(Service[SteadyParameters]):
    """Store one reading after the other, and tell of each."""

    def run(self, parameters: SteadyParameters, context: Context):
        yield [PROBE, NewSensor(identifier="steady", type="probe")]
        for number in range(parameters.steps):
            yield Readings("steady", "level", [START + timedelta(hours=number)], [float(number)])
            time.sleep(0.05)
            context.progress(number + 1, parameters.steps)


class Refuse(Service[NoParameters]):
    """Refuse."""

    retries = 2

    def run(self, parameters: NoParameters, context: Context):
        raise Invalid("never")


class Ghost(Service[NoParameters]):
    """Register a sensor, see it, and fail."""

    def run(self, parameters: NoParameters, context: Context):
        yield [PROBE, NewSensor(identifier="ghost", type="probe")]
        seen = [each for each in context.series() if each.sensor == "ghost"]
        raise Invalid(f"seen {len(seen)}, then gave up")


class StrangeParameters(Parameters):
    """What to return."""

    kind: str


class Strange(Service[StrangeParameters]):
    """Return what nobody knows."""

    def run(self, parameters: StrangeParameters, context: Context):
        return {
            "dict": {"tank/level": 3}, "str": "tank", "set": {1}, "int": 3, "empty dict": {},
            "Series": pd.Series([1.0]), "ndarray": np.array([1.0]),
        }[parameters.kind]


class Login(Parameters):
    """Who, and with what."""

    user: str
    password: SecretStr | None = None


class SecretiveParameters(Parameters):
    """What nobody may see."""

    token: SecretStr = Field(min_length=8, max_length=40)
    logins: list[Login] = []


class Secretive(Service[SecretiveParameters]):
    """Tell everybody."""

    retries = 1
    backoff = timedelta(0)

    def run(self, parameters: SecretiveParameters, context: Context):
        words = [parameters.token, *(each.password for each in parameters.logins)]
        told = " ".join(word.get_secret_value() for word in words if word is not None)
        context.log(f"told {told}")
        context.progress(1, 2, f"at {told}")
        (Path(__file__).parent / "told.txt").write_text(told)
        raise RuntimeError(f"cannot use {told}")


class Alone(Wait):
    """Wait, one at a time."""

    concurrency = 1


class Stubborn(Service[NoParameters]):
    """Wait, whatever is said."""

    def run(self, parameters: NoParameters, context: Context):
        while True:
            try:
                time.sleep(3600)
            except Exception:
                pass


class Slow(Service[NoParameters]):
    """Take longer than allowed."""

    timeout = timedelta(seconds=1)

    def run(self, parameters: NoParameters, context: Context):
        time.sleep(3600)


class Nothing(Service[NoParameters]):
    """Do nothing at all."""

    def run(self, parameters: NoParameters, context: Context):
        return None
'''
SERVICES = {
    "count": "Count",
    "wait": "Wait",
    "alone": "Alone",
    "stubborn": "Stubborn",
    "slow": "Slow",
    "nothing": "Nothing",
    "steady": "Steady",
    "refuse": "Refuse",
    "ghost": "Ghost",
    "strange": "Strange",
    "secretive": "Secretive",
}


def write(
    folder: Path, name: str, source: str, services: Mapping[str, str], module: str | None = None
) -> None:
    """Write a package as `pip install --target` leaves it: a module and its metadata."""
    module = module or name.replace("-", "_")
    (folder / f"{module}.py").write_text(source)
    metadata = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [
        f"{service} = {kind if ':' in kind else f'{module}:{kind}'}"
        for service, kind in services.items()
    ]
    (metadata / "entry_points.txt").write_text("[dtbase.services]\n" + "\n".join(lines) + "\n")


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    """Let this process, and those that it starts, find the packages of a folder."""
    known = set(sys.modules)
    path = environment_with({}).get("PYTHONPATH", "")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.setenv("PYTHONPATH", f"{folder}:{path}" if path else str(folder))
        forget()
        yield
    for module in folder.glob("*.py"):
        if module.stem not in known:
            sys.modules.pop(module.stem, None)
    forget()


def forget() -> None:
    """Look for packages anew."""
    invalidate_caches()
    catalogue.entries.cache_clear()
    catalogue.installed.cache_clear()
    catalogue.get.cache_clear()


@contextmanager
def probes(folder: Path) -> Iterator[None]:
    """Install the services that a test steers."""
    write(folder, "dtbase-probes", PROBES, SERVICES)
    with installed(folder):
        yield
