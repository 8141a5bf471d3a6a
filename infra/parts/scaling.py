"""How many of each process run: by requests for what people see, by queue length for workers."""

from collections.abc import Sequence

import pulumi
from pulumi_azure_native import app

from infra.parts.sizes import Container

REQUESTS = 40
"""Requests at a time that one container takes before another one is started."""

WAITING = 4
"""Jobs that may wait for each worker."""

RUNNING = 1
"""Jobs that each worker runs: whoever runs one is not idle, though nothing waits any more."""

IDLE_SECONDS = 300


def by_requests(size: Container) -> app.ScaleArgs:
    """Scale with the requests that come at the same time."""
    http = app.HttpScaleRuleArgs(metadata={"concurrentRequests": str(REQUESTS)})
    return app.ScaleArgs(
        min_replicas=size.least,
        max_replicas=size.most,
        rules=[app.ScaleRuleArgs(name="requests", http=http)],
    )


def by_queues(size: Container, address: pulumi.Output[str], queues: Sequence[str]) -> app.ScaleArgs:
    """Scale with the jobs that wait or run, as KEDA counts them in Redis; to none where it may."""
    waiting = {queue: count(address, f"rq:queue:{queue}", WAITING) for queue in queues}
    running = {f"{queue}-running": count(address, f"rq:wip:{queue}", RUNNING) for queue in queues}
    rules = waiting | running
    return app.ScaleArgs(
        min_replicas=size.least,
        max_replicas=size.most,
        cooldown_period=IDLE_SECONDS,
        polling_interval=15,
        rules=[app.ScaleRuleArgs(name=name, custom=rule) for name, rule in rules.items()],
    )


def count(address: pulumi.Output[str], key: str, each: int) -> app.CustomScaleRuleArgs:
    """Return the rule for one list or sorted set of RQ's; KEDA counts either."""
    return app.CustomScaleRuleArgs(
        type="redis",
        metadata={
            "address": address,
            "listName": key,
            "listLength": str(each),
            "enableTLS": "true",
        },
        auth=[app.ScaleRuleAuthArgs(secret_ref="redis-key", trigger_parameter="password")],  # noqa: S106 - a name
    )


def exactly_one() -> app.ScaleArgs:
    """Run one, always."""
    return app.ScaleArgs(min_replicas=1, max_replicas=1)
