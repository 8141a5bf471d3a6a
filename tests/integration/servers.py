"""Starting a private service for a test."""

from contextlib import ExitStack

from dtbase.local import postgres, redis_server
from dtbase.local.children import Child
from dtbase.local.servers import recipe_of


def serve(service: postgres.Cluster | redis_server.Server, stack: ExitStack) -> Child:
    """Start a service as every start does, and wait for its first answer."""
    service.create()
    child = recipe_of(service).start()
    stack.callback(child.stop)
    child.wait_until(service.answers)
    return child
