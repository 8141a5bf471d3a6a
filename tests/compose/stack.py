"""Compose as the test drives it: commands, addresses, and what a person sees."""

import json
import re
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import requests

from dtbase.settings import environment_with

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "dtbase-test"
EMAIL = "ada@example.org"
RENEWED = 600
"""The seconds after which a test logs in anew; a token is good for a quarter of an hour."""


def free_port() -> int:
    """Return a port that nobody has now."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def run(*command: str, **more: Any) -> str:
    """Run a command, and return what it said; fail with what it said."""
    ended = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    said = f"{ended.stdout[-3000:]}{ended.stderr[-3000:]}"
    assert ended.returncode == 0, f"{' '.join(command)}\n{said}"
    return str(ended.stdout)


def eventually(ask: Callable[[], Any], within: float = 300) -> Any:
    """Return the first true answer."""
    ends = time.monotonic() + within
    while True:
        try:
            answer = ask()
        except (AssertionError, OSError, requests.RequestException, KeyError) as error:
            answer, why = None, repr(error)
        else:
            why = repr(answer)
        if answer:
            return answer
        assert time.monotonic() < ends, f"not within {within:.0f} s: {why}"
        time.sleep(1)


class Stack:
    """One twin in containers."""

    def __init__(self, folder: Path) -> None:
        """Choose ports and a network that nobody has."""
        self.services = folder / "services"
        self.services.mkdir()
        self.services.chmod(0o755)
        ports = {name: str(free_port()) for name in ("API", "WEB", "HTTP", "HTTPS")}
        self.settings = {f"DTBASE_{name}_PORT": port for name, port in ports.items()} | {
            "DTBASE_ADMIN_EMAIL": EMAIL,
            "DTBASE_SERVICES": str(self.services),
            "DTBASE_IMAGE": "dtbase:test",
            "DTBASE_VERSION": "9.9.9",
            "DTBASE_COMMIT": run("git", "rev-parse", "HEAD", cwd=ROOT).strip(),
        }
        self.profiles: tuple[str, ...] = ()
        self.token = self.told = ""
        self.renew_at = 0.0

    @property
    def api(self) -> str:
        """Return the address of the API."""
        return f"http://127.0.0.1:{self.settings['DTBASE_API_PORT']}"

    @property
    def base(self) -> str:
        """Return the image that ours stands on."""
        return environment_with({}).get("DTBASE_PYTHON_IMAGE", "python:3.13-slim-trixie")

    @property
    def web(self) -> str:
        """Return the address of the dashboard."""
        return f"http://127.0.0.1:{self.settings['DTBASE_WEB_PORT']}"

    @property
    def proxy(self) -> str:
        """Return the address that Caddy answers at."""
        return f"https://localhost:{self.settings['DTBASE_HTTPS_PORT']}"

    @property
    def gateway(self) -> str:
        """Return the address by which this machine comes to the containers: a network's first."""
        shown = ("docker", "network", "inspect", f"{PROJECT}_default", "--format")
        subnet = run(*shown, "{{(index .IPAM.Config 0).Subnet}}").strip()
        return str(ip_network(subnet)[1])

    def compose(self, *arguments: str) -> str:
        """Run `docker compose`."""
        profiles = [part for name in self.profiles for part in ("--profile", name)]
        environment = environment_with(self.settings)
        line = ("docker", "compose", "--project-name", PROJECT, *profiles, *arguments)
        return run(*line, cwd=ROOT, env=environment)

    def up(self, *options: str) -> float:
        """Bring everything up, and return the seconds until all are healthy."""
        began = time.monotonic()
        self.compose("up", "--detach", "--no-build", *options)
        eventually(self.all_well, within=600)
        return time.monotonic() - began

    def state(self) -> Mapping[str, str]:
        """Return how each container is."""
        lines = self.compose("ps", "--all", "--format", "{{.Service}}\t{{.Status}}").splitlines()
        return dict(line.split("\t", 1) for line in lines)

    def all_well(self) -> bool:
        """Tell whether what runs is healthy, and what was to end has ended well."""
        unwell = {
            name: status
            for name, status in self.state().items()
            if not (status.endswith("(healthy)") or "Exited (0)" in status)
            and not (name == "proxy" and "Up" in status)
        }
        assert not unwell, unwell
        return True

    def inside(self, service: str, *command: str) -> str:
        """Run a command in a running container."""
        return self.compose("exec", "-T", service, *command)

    def restarts(self, service: str) -> int:
        """Return how often a container was started again by itself."""
        container = self.compose("ps", "--quiet", "--all", service).strip()
        return int(run("docker", "inspect", "--format", "{{.RestartCount}}", container))

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Ask the API as whoever is logged in."""
        if self.token and time.monotonic() > self.renew_at:
            self.log_in(self.password())
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        answer = requests.request(
            method, f"{self.api}{path}", json=body, headers=headers, timeout=30
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    def sensors(self) -> list[str]:
        """Return the identifiers of all sensors, those of a service's own results included."""
        return [sensor["identifier"] for sensor in self.ask("GET", "/v1/sensors")]

    def password(self) -> str:
        """Return the password that the first start told."""
        if not self.told:  # a container that is made anew has forgotten what it told
            said = self.compose("logs", "--no-log-prefix", "admin")
            (self.told,) = re.findall(r"Password\s+(\S+)", said)
        return self.told

    def restart(self) -> None:
        """Restart all that lasts."""
        ends = {"secrets", "migrate", "admin", "demo"}
        self.compose("restart", *sorted(set(self.state()) - ends))
        eventually(self.all_well, within=600)

    def log_in(self, password: str) -> None:
        """Log in to the API."""
        given = {"email": EMAIL, "password": password}
        answer = requests.post(f"{self.api}/v1/auth/login", json=given, timeout=30)
        assert answer.ok, f"log-in: {answer.status_code} {answer.text[:500]}"
        self.token = answer.json()["access_token"]
        self.renew_at = time.monotonic() + RENEWED

    def finish(self, service: str, parameters: Mapping[str, object]) -> Mapping[str, Any]:
        """Run a service, and return its run once it has ended."""
        path = f"/v1/services/{service}/runs"
        run_ = self.ask("POST", path, {"parameters": dict(parameters)})
        ended = {"succeeded", "failed", "cancelled"}

        def look() -> Any:
            found = self.ask("GET", f"/v1/service-runs/{run_['id']}")
            return found if found["status"] in ended else None

        found: Mapping[str, Any] = eventually(look)
        return found

    def figures(self) -> str:
        """Return what each container takes of memory."""
        names = self.compose("ps", "--quiet").split()
        rows = run("docker", "stats", "--no-stream", "--format", "{{json .}}", *names)
        told = [json.loads(row) for row in rows.splitlines()]
        return "\n".join(f"  {row['Name']:<32} {row['MemUsage']}" for row in told)


def layers(image: str) -> str:
    """Return an image's layers and their sizes."""
    line = ("docker", "history", "--format", "{{.Size}}\t{{.CreatedBy}}", image)
    rows = (row for row in run(*line).splitlines() if not row.startswith("0B"))
    return "\n".join(f"  {row[:100]}" for row in rows)


def build(
    tag: str, folder: Path, *arguments: str, images: Sequence[str] = ("PYTHON_IMAGE",)
) -> None:
    """Build an image as Compose would, for what is not in its file."""
    given = environment_with({}).get
    certificates = given(
        "DTBASE_CERTIFICATES", str(ROOT / "infra" / "docker" / "no-certificates.pem")
    )
    bases = [
        part
        for name in images
        if (value := given(f"DTBASE_{name}"))
        for part in ("--build-arg", f"{name}={value}")
    ]
    network = ("--network", given("DTBASE_BUILD_NETWORK", "default"))
    secret = ("--secret", f"id=certificates,src={certificates}")
    run("docker", "build", "--tag", tag, *network, *secret, *bases, *arguments, str(folder))
