"""Bodies that want to cost more than they may, while an honest client reads a chart."""

import json
import multiprocessing
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.synchronize import Event
from threading import Thread
from time import perf_counter, sleep
from urllib.parse import urlsplit

import numpy as np
import requests

from bench.data import START
from bench.reads import CHARTS, asking, token
from bench.stand import Stand
from bench.table import Figure, Figures

SECTION = "hostile bodies"
EVERY = 0.2
"""Seconds between the charts of an honest client."""

CHARTS_READ = 150
LISTS = b"[" + b"[]," * 20_000_000 + b"[]]"
DEEP = b'{"series": ' + b"[" * 10_000_000
HIDDEN = ('["\u0122",' + "[]," * 2_500_000 + "[]]").encode("utf-16-le")
"""A letter whose bytes hold a quotation mark, and lists behind it."""

NAMES = b"[{" + b",".join(b'"%d":0' % number for number in range(1_000_000)) + b"}]"
LONG_NAME = b'[{"' + b"a" * 15_000_000 + b'": 0}]'
STRANGERS = 10
DAWDLERS = 50
MEASURE = {"name": "hostile", "unit": "m**(9**9**9)"}
SCHEMA = {
    "name": "hostile",
    "attributes": {"type": "object", "properties": {"a": {"pattern": "^(a+)+$"}}},
}


SPAWN = multiprocessing.get_context("spawn")
"""Who is hostile has a process of his own, or the honest client would wait for him in ours."""


@dataclass
class Hostile:
    """Callers that send what hurts, again and again, and what they were answered."""

    url: str
    token: str
    begun: Event
    ended: Event
    good_but_one: bytes
    statuses: list[int] = field(default_factory=list)

    def stranger(self) -> None:
        """Promise much and send it, without a token."""
        self.post("/v1/sensors", LISTS, {})

    def editor(self) -> None:
        """Send what one line can write, with a token that may."""
        for path in ("/v1/readings", "/v1/sensors", "/v1/sensors/bulk"):
            self.post(path, LISTS, self.authorised)
            self.post(path, DEEP, self.authorised)
        for body in (HIDDEN, NAMES, LONG_NAME):
            self.post("/v1/sensors/bulk", body, self.authorised)
        for path, thing in (("/v1/measures", MEASURE), ("/v1/location-schemas", SCHEMA)):
            self.post(path, json.dumps(thing).encode(), self.authorised)

    def pusher(self) -> None:
        """Send 60 MB of good JSON whose last reading is of a sensor that nobody knows."""
        self.post("/v1/readings", self.good_but_one, self.authorised)

    def dawdler(self) -> None:
        """Hold connections that say nearly nothing."""
        address = urlsplit(self.url)
        held = [socket.create_connection((address.hostname, address.port)) for _ in range(DAWDLERS)]
        for each in held:
            with suppress(OSError):
                each.sendall(b"POST /v1/readings HTTP/1.1\r\nContent-Le")
        self.ended.wait(5)
        for each in held:
            each.close()

    @property
    def authorised(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Send a body; being cut off is an answer too."""
        if self.ended.is_set():
            return
        kind = {"Content-Type": "application/json", **headers}
        with suppress(requests.ConnectionError):
            answer = requests.post(self.url + path, body, headers=kind, timeout=120)
            self.statuses.append(answer.status_code)
            self.begun.set()

    def until_the_end(self, work: Callable[[], None]) -> None:
        """Do something again and again."""
        while not self.ended.is_set():
            work()

    def run(self) -> None:
        """Let strangers, an editor, a pusher and a dawdler loose."""
        works = [self.stranger] * STRANGERS + [self.editor, self.pusher, self.dawdler]
        threads = [Thread(target=self.until_the_end, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def readings() -> Iterator[str]:
    """Write good readings of all sensors, and one of a sensor that there is not."""
    for number in range(READINGS):
        time = (START - timedelta(days=400) + timedelta(seconds=number)).isoformat()
        sensor = "nobody" if number == READINGS - 1 else f"sensor-{number % 50:02d}"
        yield READING.format(sensor=sensor, time=time, value=number % 997 / 8)


READING = '{{"sensor": "{sensor}", "measure": "temperature", "time": "{time}", "value": {value}}}'
READINGS = 550_000


def run_hostile(
    url: str, token: str, begun: Event, ended: Event, told: "multiprocessing.Queue[list[int]]"
) -> None:
    """Be hostile in a process of one's own until the end, and tell what was answered."""
    body = f'{{"readings": [{", ".join(readings())}]}}'.encode()
    hostile = Hostile(url, token, begun, ended, body)
    hostile.run()
    told.put(hostile.statuses)


@contextmanager
def hostile_callers(stand: Stand) -> Iterator[list[int]]:
    """Be among hostile callers, and learn at the end what they were answered."""
    statuses: list[int] = []
    begun, ended, told = SPAWN.Event(), SPAWN.Event(), SPAWN.Queue()
    given = stand.api_url, token(stand), begun, ended, told
    process = SPAWN.Process(target=run_hostile, args=given)
    process.start()
    try:
        assert begun.wait(300), "nobody was hostile"
        yield statuses
    finally:
        ended.set()
        statuses.extend(told.get(timeout=300))
        process.join()


def measure(stand: Stand, figures: Figures) -> None:
    """Measure an honest client's charts without hostile callers, and among them."""
    ask = asking(stand, CHARTS[0])
    ask()
    alone, _ = charts(stand, ask)
    stand.forget_peak()
    with hostile_callers(stand) as statuses:
        among, beside = charts(stand, asking(stand, CHARTS[0]))  # the old connection has idled
    figures.add(Figure(SECTION, "a chart's p99 without them", alone * 1e3, "ms"))
    name = "a chart's p99 among them"
    figures.add(Figure(SECTION, name, among * 1e3, "ms", among / alone, "without", "≤ 5"))
    own = stand.peak()
    figures.add(Figure(SECTION, "the API's own greatest memory", own / 1e6, "MB", target="< 1,000"))
    figures.add(Figure(SECTION, "that of the process that decodes", beside / 1e6, "MB"))
    assert all(400 <= status < 504 for status in statuses), statuses
    figures.note(f"{len(statuses)} hostile requests were answered, and all refused")


def charts(stand: Stand, ask: Callable[[], None]) -> tuple[float, int]:
    """Return the 99th percentile of reading a chart, and what the API's children held at most."""
    taken, beside = [], 0
    for _ in range(CHARTS_READ):
        start = perf_counter()
        ask()
        taken.append(perf_counter() - start)
        beside = max(beside, stand.memory_of_children())
        sleep(max(EVERY - taken[-1], 0))
    return float(np.percentile(taken, 99)), beside
