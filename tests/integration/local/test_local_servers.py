"""The private TimescaleDB and Redis: what they hold, and that they survive."""

import os
import shutil
import signal
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from dtbase.errors import Unavailable
from dtbase.local import postgres, programs, redis_server
from dtbase.local.alone import recover, sweep
from dtbase.local.passwords import Passwords
from dtbase.local.places import State
from dtbase.local.ports import free_port
from dtbase.local.processes import Roll, Started
from dtbase.local.servers import recipe_of
from tests.integration.servers import serve


def test_a_crashed_server_is_recovered_with_what_it_had_acknowledged(
    cluster: postgres.Cluster, stack: ExitStack
) -> None:
    child = serve(cluster, stack)
    cluster.furnish()
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    os.killpg(child.process.pid, signal.SIGKILL)
    child.process.wait()
    serve(cluster, stack)
    with psycopg.connect(cluster.url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_server_that_outlived_its_parent_is_found_by_its_data_folder(
    cluster: postgres.Cluster, stack: ExitStack
) -> None:
    child = serve(cluster, stack)
    recover(cluster.state)
    assert not child.alive()


def test_the_twins_role_owns_its_database_and_nothing_more(
    cluster: postgres.Cluster, stack: ExitStack
) -> None:
    serve(cluster, stack)
    cluster.furnish()
    cluster.furnish()
    with psycopg.connect(cluster.url) as connection:
        query = "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        assert connection.execute(query).fetchone() == (False, True)
        query = "SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb'"
        assert connection.execute(query).fetchone() == (1,)


def test_data_is_durable_checked_and_behind_a_password(
    cluster: postgres.Cluster, stack: ExitStack
) -> None:
    serve(cluster, stack)
    cluster.furnish()
    with psycopg.connect(cluster.url) as connection:
        names = ("fsync", "synchronous_commit", "data_checksums", "jit", "listen_addresses")
        settings = [connection.execute(f"SHOW {name}").fetchone() for name in names]
    assert settings == [("on",), ("on",), ("on",), ("off",), ("127.0.0.1",)]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(cluster.url, password="wrong")


def test_data_of_another_version_is_refused_and_left_alone(cluster: postgres.Cluster) -> None:
    (cluster.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(Unavailable, match=r"made by PostgreSQL 16.*install PostgreSQL 16"):
        cluster.create()
    assert (cluster.data / "global").is_dir()


def test_the_programs_that_served_the_data_serve_it_again(
    cluster: postgres.Cluster, found: programs.Programs
) -> None:
    programs.remember(cluster.state, cluster.bin)
    assert programs.find(cluster.state, database=True, redis=False).postgres == cluster.bin
    assert programs.made_by(cluster.state) == programs.able_version(cluster.bin)


def test_a_half_made_cluster_is_made_anew(found: programs.Programs, state: State) -> None:
    assert found.postgres is not None
    half = state.private("postgres") / "data.partial"
    half.mkdir()
    (half / "PG_VERSION").write_text("17\n")
    cluster = postgres.Cluster(found.postgres, state, Passwords(), free_port(), durable=False)
    cluster.create()
    assert (cluster.data / "global").is_dir()
    assert not half.exists()


def test_a_database_without_timescaledb_is_refused_with_what_to_install(
    found: programs.Programs, state: State, stack: ExitStack
) -> None:
    bare = without_timescaledb(found, state.folder / "bare")
    cluster = postgres.Cluster(bare, state, Passwords(), free_port(), durable=False)
    cluster.create()
    recipe = recipe_of(cluster)
    plain = [part for part in recipe.command if "timescaledb" not in part.partition("--")[2]]
    running = replace(recipe, command=plain).start()
    stack.callback(running.stop)
    running.wait_until(cluster.answers)
    with pytest.raises(Unavailable, match=r"no TimescaleDB: install .*timescaledb-2-postgresql"):
        postgres.ensure_extension(cluster.superuser_url)


def without_timescaledb(found: programs.Programs, folder: Path) -> Path:
    """Copy the unpacked PostgreSQL, by hard links, and take the extension out."""
    assert found.postgres is not None
    root = found.postgres.parents[4]
    shutil.copytree(root, folder, symlinks=True, copy_function=os.link)
    for control in folder.rglob("timescaledb.control"):
        control.unlink()
    return folder / found.postgres.relative_to(root)


def test_a_database_that_does_not_answer_is_told() -> None:
    address = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    with pytest.raises(Unavailable, match="DTBASE_DATABASE_URL does not answer"):
        postgres.ensure_extension(address)


def test_a_redis_that_does_not_answer_is_told() -> None:
    with pytest.raises(Unavailable, match="DTBASE_REDIS_URL does not answer"):
        redis_server.ensure_answer(f"redis://127.0.0.1:{free_port()}/0")


def test_redis_keeps_the_queue_and_asks_for_a_password(
    found: programs.Programs, state: State, stack: ExitStack
) -> None:
    assert found.redis is not None
    server = redis_server.Server(found.redis, state, Passwords(), free_port())
    server.create()
    child = serve(server, stack)
    with Redis.from_url(server.url) as redis:
        redis.set("job", "waiting")
    child.stop()
    serve(server, stack)
    with Redis.from_url(server.url) as redis:
        assert redis.get("job") == b"waiting"
    with Redis(port=server.port) as nobody, pytest.raises(AuthenticationError):
        nobody.ping()


def test_what_a_killed_test_run_left_is_removed_by_the_next(state: State) -> None:
    gone = Started(name="tests", pid=1, ticks=-1, boot="an earlier one")
    left = state.folder / "tests" / "1--1"
    left.mkdir(parents=True)
    Roll(parent=gone).write(left / "roll.json")
    sweep(left.parent)
    assert not left.exists()


def test_named_services_are_used_and_nothing_is_fetched(state: State) -> None:
    assert programs.find(state, database=False, redis=False) == programs.Programs(None, None)


def test_installed_programs_without_timescaledb_do_not_count(tmp_path: Path) -> None:
    assert programs.able_version(tmp_path) == 0
