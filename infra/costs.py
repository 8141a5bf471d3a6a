"""What a month costs by size and database: `python -m infra.costs`, from assumed prices.

The prices stand in prices.csv. They were assumed on 27 November 2026, for the region uksouth
without any reservation, and rounded; no price of Azure was looked up. Replace them by yours.
"""

import csv
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from infra.parts.configuration import DatabaseKind
from infra.parts.sizes import SIZES, Container, Size, SizeName

PRICES = Path(__file__).with_name("prices.csv")
HOURS = 730
LOGS_GB = {"small": 5, "medium": 30, "large": 150}
"""Gigabytes of logs in a month, assumed."""

PARTS = ("containers", "database", "Redis", "registry, logs, network", "backups")


def read_prices(path: Path = PRICES) -> Mapping[str, float]:
    """Return the assumed prices in euros."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["what"]: float(row["euro"]) for row in csv.DictReader(file)}


def containers(size: Size, prices: Mapping[str, float]) -> float:
    """Return what the least number of containers costs, all month."""
    each = (size.api, size.dash, size.urgent_worker, size.model_worker, size.scheduler)
    return sum(container.least * hourly(container, prices) for container in each) * HOURS


def hourly(container: Container, prices: Mapping[str, float]) -> float:
    """Return what a container costs in an hour."""
    memory = float(container.memory.removesuffix("Gi"))
    return container.cpu * prices["container processor"] + memory * prices["container memory"]


def database(size: Size, kind: DatabaseKind, prices: Mapping[str, float]) -> float:
    """Return what the database costs; a second one stands by where it is highly available."""
    if kind == "community":
        machine = prices[size.machine] + size.database_gb * prices["disk"]
        return machine + prices["outgoing address with NAT"]
    twice = 2 if size.highly_available else 1
    server = prices[f"postgres {size.database_sku}"]
    return twice * (server + size.database_gb * prices["postgres storage"])


def estimate(name: SizeName, kind: DatabaseKind, prices: Mapping[str, float]) -> tuple[int, ...]:
    """Return what each part costs in a month, in whole euros."""
    size = SIZES[name]
    endpoints = 4 if size.registry_sku == "Premium" else 3
    around = prices[f"registry {size.registry_sku}"] + LOGS_GB[name] * prices["log"]
    parts = (
        containers(size, prices),
        database(size, kind, prices),
        prices[size.redis_sku] * (2 if size.highly_available else 1),
        around + endpoints * prices["private endpoint"],
        size.database_gb * 2 * prices["backup storage"],
    )
    return tuple(round(part) for part in parts)


def table() -> str:
    """Return the estimates as docs/deploying.md has them."""
    prices = read_prices()
    lines = [f"| size, database | {' | '.join(PARTS)} | a month |", "|---" * (len(PARTS) + 2) + "|"]
    for name in get_args(SizeName):
        for kind in get_args(DatabaseKind):
            parts = estimate(name, kind, prices)
            told = " | ".join(map(str, parts))
            lines.append(f"| {name}, {kind} | {told} | **{sum(parts)} €** |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
