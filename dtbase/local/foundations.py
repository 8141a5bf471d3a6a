"""The database and Redis of a twin: those that are named, or private ones of our own."""

from dataclasses import dataclass

from dtbase.local import postgres, programs, redis_server, system
from dtbase.local.passwords import Passwords
from dtbase.local.places import State
from dtbase.local.ports import free_port
from dtbase.local.progress import say
from dtbase.local.servers import recipe_of
from dtbase.local.supervisor import Supervisor
from dtbase.local.twin import Addresses
from dtbase.settings import LocalSettings


@dataclass(frozen=True)
class Foundations:
    """What the processes of a twin stand on."""

    settings: LocalSettings
    state: State
    supervisor: Supervisor

    def find(self) -> programs.Programs:
        """Find the programs of the servers that nobody named, and fetch what is missing."""
        database = self.settings.database_url is None
        if database:
            system.ensure_zones()
        else:
            postgres.ensure_extension(str(self.settings.database_url))
        say("Finding TimescaleDB and Redis")
        redis = self.settings.redis_url is None
        if not redis:
            redis_server.ensure_answer(str(self.settings.redis_url))
        mirror = self.settings.debian_mirror
        return programs.find(self.state, database=database, redis=redis, mirror=mirror)

    def start(self, found: programs.Programs, passwords: Passwords) -> Addresses:
        """Start the servers that nobody named, and return where everything answers."""
        given = self.settings
        cluster = self._cluster(found, passwords) if given.database_url is None else None
        server = self._server(found, passwords) if given.redis_url is None else None
        ours = [each for each in (cluster, server) if each is not None]
        begun = [(each, self.supervisor.start(recipe_of(each))) for each in ours]
        for each, child in begun:
            child.wait_until(each.answers, seconds=300, pause=self.supervisor.stopping.pause)
        if cluster is not None:
            cluster.furnish()
        secret = given.secret_key.get_secret_value() if given.secret_key else passwords.secret_key
        return Addresses(
            database_url=cluster.url if cluster else str(given.database_url),
            redis_url=server.url if server else str(given.redis_url),
            secret_key=secret,
            api_port=given.api_port,
            web_port=given.web_port,
        )

    def ports(self, passwords: Passwords) -> Passwords:
        """Return the passwords with ports that are free now, the last ones if possible."""
        ports = {
            "database_port": free_port(passwords.database_port),
            "redis_port": free_port(passwords.redis_port),
        }
        return passwords.model_copy(update=ports)

    def _cluster(self, found: programs.Programs, passwords: Passwords) -> postgres.Cluster:
        assert found.postgres is not None
        assert passwords.database_port is not None
        cluster = postgres.Cluster(found.postgres, self.state, passwords, passwords.database_port)
        if not (cluster.data / "PG_VERSION").exists():
            say(f"Making a database in {cluster.data}")
        cluster.create()
        programs.remember(self.state, cluster.bin)
        say(f"Starting PostgreSQL on port {cluster.port} ({found.postgres})")
        return cluster

    def _server(self, found: programs.Programs, passwords: Passwords) -> redis_server.Server:
        assert found.redis is not None
        assert passwords.redis_port is not None
        server = redis_server.Server(found.redis, self.state, passwords, passwords.redis_port)
        server.create()
        say(f"Starting Redis on port {server.port}")
        return server
