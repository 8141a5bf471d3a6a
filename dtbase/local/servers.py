"""The private database and Redis: started together, for a twin or for the tests."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from dtbase.domain.frozen import Frozen
from dtbase.local import postgres, programs, redis_server, system
from dtbase.local.alone import sweep
from dtbase.local.children import Child, Recipe
from dtbase.local.passwords import Passwords
from dtbase.local.places import State, open_state
from dtbase.local.ports import free_port
from dtbase.local.processes import Roll, Started
from dtbase.settings import get_local_settings


class Endpoints(Frozen):
    """Where a TimescaleDB and a Redis answer."""

    database_url: str
    redis_url: str


def recipe_of(server: postgres.Cluster | redis_server.Server) -> Recipe:
    """Return how to start a server in the foreground of a session of its own."""
    is_database = isinstance(server, postgres.Cluster)
    name = "postgres" if is_database else "redis"
    return Recipe(
        name=name,
        command=server.command(),
        log=server.state.logs / f"{name}.log",
        account=server.state.account,
        environment=postgres.CLEAN,
        stop=postgres.STOP if is_database else redis_server.STOP,
        patience=60 if is_database else 20,
    )


@contextmanager
def for_tests(*, durable: bool = False) -> Iterator[Endpoints]:
    """Give a fresh TimescaleDB and Redis on free ports, and remove them afterwards.

    They keep what they acknowledge through a crash only where that is asked for.
    """
    system.ensure_zones()
    main = open_state()
    found = programs.find(
        main, database=True, redis=True, mirror=get_local_settings().debian_mirror
    )
    sweep(main.folder / "tests")
    with ExitStack() as stack:
        state = _fleeting(main, stack)
        yield Endpoints(
            database_url=_database(found, state, stack, durable),
            redis_url=_redis(found, state, stack),
        )


def _fleeting(main: State, stack: ExitStack) -> State:
    """Make a state folder that goes when the stack is unwound."""
    us = Started.now("tests", os.getpid())
    (main.folder / "tests").mkdir(exist_ok=True)
    (main.folder / "tests").chmod(0o711)
    state = State(main.folder / "tests" / f"{us.pid}-{us.ticks}", main.account)
    stack.callback(shutil.rmtree, state.folder, ignore_errors=True)
    state.create()
    Roll(parent=us).write(state.folder / "roll.json")
    return state


def _database(found: programs.Programs, state: State, stack: ExitStack, durable: bool) -> str:
    assert found.postgres is not None
    cluster = postgres.Cluster(
        found.postgres, state, Passwords.kept(state.folder), free_port(), durable=durable
    )
    cluster.create()
    _start(recipe_of(cluster), state, stack).wait_until(cluster.answers)
    cluster.furnish()
    cluster.let_databases_go()
    return cluster.url


def _redis(found: programs.Programs, state: State, stack: ExitStack) -> str:
    assert found.redis is not None
    server = redis_server.Server(
        found.redis, state, Passwords.kept(state.folder), free_port(), durable=False
    )
    server.create()
    _start(recipe_of(server), state, stack).wait_until(server.answers)
    return server.url


def _start(recipe: Recipe, state: State, stack: ExitStack) -> Child:
    child = recipe.start()
    stack.callback(child.stop)
    roll = Roll.read(state.folder / "roll.json")
    assert roll is not None
    roll.with_child(child.started).write(state.folder / "roll.json")
    return child
