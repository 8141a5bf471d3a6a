"""The order of a release: nothing takes traffic before the migrations have succeeded."""

import re
import subprocess
from pathlib import Path

import pytest

from dtbase.local.places import CHECKOUT
from tests.infra.cloud import build

RELEASE = CHECKOUT / "infra" / "release.sh"
STAND_INS = {
    "pulumi": '[ "$1 $2" != "stack output" ] || echo "the-$3"',
    "az": """case $* in
      *"flexible-server list"*) echo server ;;
      *"parameter list"*) echo "$WAITING" ;;
      *"job start"*) echo run ;;
      *"execution show"*) echo "$STATUS" ;;
    esac""",
}


def release(folder: Path, status: str, waiting: int = 0) -> tuple[int, list[str]]:
    """Run a release whose migrations end so, and return how it ended and what it called."""
    for name, answer in STAND_INS.items():
        path = folder / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {folder}/calls\n{answer}\n')
        path.chmod(0o755)
    environment = {
        "PATH": f"{folder}:/usr/bin:/bin",
        "STATUS": status,
        "WAITING": str(waiting),
    }
    ended = subprocess.run([str(RELEASE)], env=environment, check=False)  # noqa: S603 - ours
    return ended.returncode, (folder / "calls").read_text().splitlines()


def changes(calls: list[str]) -> list[str]:
    """Return the calls that change something, in short."""
    kinds = {
        "pulumi up.*--exclude": "all but apps",
        "pulumi up": "all",
        "az containerapp job start": "migrate",
        "az postgres flexible-server restart": "restart",
    }
    found = (next((to for of, to in kinds.items() if re.match(of, call)), "") for call in calls)
    return [kind for kind in found if kind]


def test_the_migrations_run_before_the_apps_change(tmp_path: Path) -> None:
    code, calls = release(tmp_path, "Succeeded")
    assert (code, changes(calls)) == (0, ["all but apps", "migrate", "all"])


def test_a_database_whose_parameters_wait_is_restarted_before_the_migrations(
    tmp_path: Path,
) -> None:
    _, calls = release(tmp_path, "Succeeded", waiting=1)
    assert changes(calls) == ["all but apps", "restart", "migrate", "all"]


@pytest.mark.parametrize("status", ["Failed", "Stopped", "Degraded"])
def test_when_the_migrations_do_not_succeed_the_apps_stay_as_they_are(
    tmp_path: Path, status: str
) -> None:
    code, calls = release(tmp_path, status)
    assert (code, changes(calls)) == (1, ["all but apps", "migrate"])


def test_what_is_left_out_at_first_is_the_apps_and_nothing_that_the_migrations_need() -> None:
    (pattern,) = re.findall(r"--exclude '\*\*(.*?)\*\*' --exclude-dependents", RELEASE.read_text())
    made = build().made
    apps = {each.name for each in made if pattern in f"{each.kind}::{each.name}"}
    assert apps == {f"app-{name}" for name in ("api", "dash", "scheduler")} | {
        "app-urgent-worker",
        "app-model-worker",
    }
    dependents = {each.name for each in made if each.after & apps} - apps
    assert dependents == {"alert-api-restarts"}
