"""The three sizes of a twin on Azure, each in one place."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

SizeName = Literal["small", "medium", "large"]


class Container(BaseModel):
    """What a container gets, and how many of it there may be."""

    model_config = ConfigDict(frozen=True)

    cpu: float
    memory: str
    least: int
    most: int


class Size(BaseModel):
    """Everything that depends on the size of a twin."""

    model_config = ConfigDict(frozen=True)

    api: Container
    dash: Container
    urgent_worker: Container
    model_worker: Container
    scheduler: Container
    database_sku: str
    database_tier: Literal["Burstable", "GeneralPurpose", "MemoryOptimized"]
    database_gb: int
    machine: str
    """The virtual machine of the community database."""

    highly_available: bool
    backup_days: int
    redis_sku: str
    registry_sku: Literal["Basic", "Standard", "Premium"]
    log_days: int

    @property
    def connections(self) -> int:
        """Return how many the community database allows: each API may take 33, a worker a few."""
        workers = self.urgent_worker.most + self.model_worker.most
        return 40 * self.api.most + 5 * workers + 50


def container(cpu: float, least: int, most: int) -> Container:
    """Return a container; Container Apps wants two GiB for each processor."""
    return Container(cpu=cpu, memory=f"{cpu * 2:g}Gi", least=least, most=most)


SIZES: dict[SizeName, Size] = {
    "small": Size(
        api=container(0.5, 1, 2),
        dash=container(0.5, 1, 2),
        urgent_worker=container(0.5, 1, 2),
        model_worker=container(1.0, 0, 2),
        scheduler=container(0.25, 1, 1),
        database_sku="Standard_B2s",
        database_tier="Burstable",
        database_gb=64,
        machine="Standard_B2s",
        highly_available=False,
        backup_days=7,
        redis_sku="Balanced_B0",
        registry_sku="Basic",
        log_days=30,
    ),
    "medium": Size(
        api=container(1.0, 2, 6),
        dash=container(1.0, 2, 4),
        urgent_worker=container(0.5, 1, 4),
        model_worker=container(2.0, 0, 6),
        scheduler=container(0.25, 1, 1),
        database_sku="Standard_D4ds_v5",
        database_tier="GeneralPurpose",
        database_gb=256,
        machine="Standard_D4ds_v5",
        highly_available=True,
        backup_days=14,
        redis_sku="Balanced_B1",
        registry_sku="Standard",
        log_days=60,
    ),
    "large": Size(
        api=container(2.0, 3, 20),
        dash=container(1.0, 2, 10),
        urgent_worker=container(1.0, 2, 10),
        model_worker=container(2.0, 0, 20),
        scheduler=container(0.25, 1, 1),
        database_sku="Standard_E8ds_v5",
        database_tier="MemoryOptimized",
        database_gb=1024,
        machine="Standard_E8ds_v5",
        highly_available=True,
        backup_days=35,
        redis_sku="Balanced_B5",
        registry_sku="Premium",
        log_days=90,
    ),
}
"""The machines are checked against docs/deploying.md's table of prices by a test."""
