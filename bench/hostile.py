"""Bodies that want to cost more than they may, while an honest client reads a chart."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from time import perf_counter, sleep
from urllib.parse import urlsplit

import numpy as np
import requests

from bench.reads import CHARTS, asking, token
from bench.stand import Stand
from bench.table import Figure, Figures

SECTION = "hostile bodies"
EVERY = 0.2
"""Seconds between the charts of an honest client."""

CHARTS_READ = 150
LISTS = b"[" + b"[]," * 20_000_000 + b"[]]"
DEEP = b'{"series": ' + b"[" * 10_000_000
DAWDLERS = 50
MEASURE = {"name": "hostile", "unit": "m**(9**9**9)"}
SCHEMA = {
    "name": "hostile",
    "attributes": {"type": "object", "properties": {"a": {"pattern": "^(a+)+$"}}},
}


@dataclass
class Hostile:
    """Callers that send what hurts, again and again, and what they were answered."""

    stand: Stand
    token: str
    ended: Event = field(default_factory=Event)
    statuses: list[int] = field(default_factory=list)

    def stranger(self) -> None:
        """Promise much and send it, without a token."""
        self.post("/v1/sensors", LISTS, {})

    def editor(self) -> None:
        """Send what one line can write, with a token that may."""
        headers = {"Authorization": f"Bearer {self.token}"}
        for path in ("/v1/readings", "/v1/sensors", "/v1/sensors/bulk"):
            self.post(path, LISTS, headers)
            self.post(path, DEEP, headers)
        for path, body in (("/v1/measures", MEASURE), ("/v1/location-schemas", SCHEMA)):
            self.post(path, json.dumps(body).encode(), headers)

    def dawdler(self) -> None:
        """Hold connections that say nearly nothing."""
        address = urlsplit(self.stand.api_url)
        held = [socket.create_connection((address.hostname, address.port)) for _ in range(DAWDLERS)]
        for each in held:
            with suppress(OSError):
                each.sendall(b"POST /v1/readings HTTP/1.1\r\nContent-Le")
        self.ended.wait(5)
        for each in held:
            each.close()

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Send a body; being cut off is an answer too."""
        if self.ended.is_set():
            return
        kind = {"Content-Type": "application/json", **headers}
        with suppress(requests.ConnectionError):
            url = f"{self.stand.api_url}{path}"
            self.statuses.append(requests.post(url, body, headers=kind, timeout=120).status_code)

    def until_the_end(self, work: Callable[[], None]) -> None:
        """Do something again and again."""
        while not self.ended.is_set():
            work()

    @contextmanager
    def at_it(self) -> Iterator[None]:
        """Let three strangers, an editor and a dawdler loose."""
        works = [self.stranger] * 3 + [self.editor, self.dawdler]
        threads = [Thread(target=self.until_the_end, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.ended.set()
            for thread in threads:
                thread.join()


def measure(stand: Stand, figures: Figures) -> None:
    """Measure an honest client's charts without hostile callers, and among them."""
    ask = asking(stand, CHARTS[0])
    ask()
    alone, _ = charts(stand, ask)
    hostile = Hostile(stand, token(stand))
    with hostile.at_it():
        among, peak = charts(stand, ask)
    figures.add(Figure(SECTION, "a chart's p99 without them", alone * 1e3, "ms"))
    name = "a chart's p99 among them"
    figures.add(Figure(SECTION, name, among * 1e3, "ms", among / alone, "without", "≤ 5"))
    figures.add(Figure(SECTION, "the API's greatest memory", peak / 1e6, "MB", target="< 1,000"))
    refused = len(hostile.statuses) and all(400 <= status < 504 for status in hostile.statuses)
    assert refused, hostile.statuses
    figures.note(f"{len(hostile.statuses)} hostile requests were answered, and all refused")


def charts(stand: Stand, ask: Callable[[], None]) -> tuple[float, int]:
    """Return the 99th percentile of reading a chart, and the API's greatest memory meanwhile."""
    taken, peak = [], 0
    for _ in range(CHARTS_READ):
        start = perf_counter()
        ask()
        taken.append(perf_counter() - start)
        peak = max(peak, stand.memory())
        sleep(max(EVERY - taken[-1], 0))
    return float(np.percentile(taken, 99)), peak
