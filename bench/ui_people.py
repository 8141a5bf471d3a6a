"""People at the dashboard without a browser: what a callback costs itself, and twenty at once."""

import re
from concurrent.futures import ThreadPoolExecutor
from statistics import median, quantiles
from threading import Event
from time import perf_counter

import requests

from bench.stand import EMAIL, PASSWORD
from bench.table import Figure, Figures
from bench.ui_site import Site

PEOPLE, CLICKS, TURNS = 20, 10, 30
CALLBACK = "/_dash-update-component"
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
SECTION = "callbacks"


class Person:
    """Somebody who is logged in, and asks for the same chart again and again."""

    def __init__(self, here: Site, body: str) -> None:
        """Log in."""
        self.url, self.body = here.url, body
        self.session = requests.Session()
        found = CSRF.search(self.session.get(f"{self.url}/login", timeout=60).text)
        assert found is not None
        form = {"email": EMAIL, "password": PASSWORD, "next": "/", "csrf_token": found[1]}
        self.session.post(f"{self.url}/login", data=form, timeout=60).raise_for_status()
        token = self.session.cookies["_csrf_token"]
        self.headers = {"Content-Type": "application/json", "X-CSRFToken": token}

    def click(self) -> float:
        """Ask for the chart; return the milliseconds until it was there."""
        begun = perf_counter()
        answer = self.session.post(
            f"{self.url}{CALLBACK}", self.body, headers=self.headers, timeout=60
        )
        answer.raise_for_status()
        assert b"explore-graph" in answer.content
        return (perf_counter() - begun) * 1e3

    def clicks(self) -> list[float]:
        """Click about once a second."""
        pause, took = Event(), []
        for _ in range(CLICKS):
            took.append(self.click())
            pause.wait(max(0.0, 1 - took[-1] / 1e3))
        return took


def measure(here: Site, figures: Figures, body: str) -> None:
    """Measure one who clicks alone, and twenty at once."""
    alone = Person(here, body)
    alone.click()
    before = here.answered()
    took = [alone.click() for _ in range(TURNS)]
    after = here.answered()
    calls = (after.calls - before.calls) / TURNS
    of_api = (after.seconds - before.seconds) / TURNS * 1e3
    whole = median(took)
    figures.add(Figure(SECTION, "the chart of three series, whole", whole, "ms"))
    figures.add(Figure(SECTION, "of it the API's", of_api, "ms"))
    own = whole - of_api
    figures.add(Figure(SECTION, "a callback's own overhead", own, "ms", target="< 30 ms"))
    figures.add(Figure(SECTION, "calls of the API for a chart", calls, "", target="≤ 3"))
    people = [Person(here, body) for _ in range(PEOPLE)]
    with ThreadPoolExecutor(PEOPLE) as pool:
        every = [ms for found in pool.map(Person.clicks, people) for ms in found]
    p95 = quantiles(every, n=20)[-1]
    name = "20 people, a click a second each"
    figures.add(Figure(SECTION, f"{name}: median", median(every), "ms"))
    figures.add(Figure(SECTION, f"{name}: p95", p95, "ms", p95 / whole, "alone", "< 500 ms"))
