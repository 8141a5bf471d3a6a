"""Debian packages from this machine's own mirror, verified by apt, without root; stdlib only."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dtbase.local.faults import Cannot
from dtbase.local.progress import Progress

SUITE = "trixie"  # the first Debian release that carries TimescaleDB for PostgreSQL 17
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
INSTEAD = (
    "install PostgreSQL with TimescaleDB and Redis yourself, "
    "or set DTBASE_DATABASE_URL and DTBASE_REDIS_URL"
)

# What only maintainer scripts need, and LLVM, which `jit=off` makes superfluous.
LEFT_OUT = re.compile(
    r"perl|perl-base|perl-modules.*|libperl.*|lib.*-perl|libllvm.*|libz3.*|locales|libc-l10n"
    r"|libc-bin|passwd|login.*|procps|libproc2.*|adduser|debconf|libdebconf.*|ucf|sensible-utils"
    r"|ssl-cert|openssl|openssl-provider.*|init-system-helpers|sysvinit-utils|base-passwd|netbase"
    r"|postgresql-common.*|postgresql-client-common|readline-common|libpam-modules.*|libdb5.*"
    r"|libgdbm.*|libsemanage.*|libsepol.*|libaudit-common|gcc-.*-base|tzdata|libsasl2-modules.*"
)


@dataclass(frozen=True)
class Apt:
    """A private apt: its own sources, lists and cache, never the system's package database."""

    folder: Path
    mirror: str | None = None

    def prepare(self) -> None:
        """Write the sources and fetch the signed lists."""
        for name in ("state/lists/partial", "cache/archives/partial", "etc", "debs"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "state/status").write_text("")
        (self.folder / "etc/sources.list").write_text("".join(self._sources()))
        self._watched("package lists", ["update"])

    def closure(self, packages: Sequence[str]) -> list[str]:
        """Return the packages and all they need at run time, by apt's own resolver."""
        plan = self._run(["-qq", "-s", "install", *packages])
        names = [line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")]
        return [name for name in names if not LEFT_OUT.fullmatch(name)]

    def download(self, packages: Sequence[str]) -> list[Path]:
        """Fetch the packages; what an earlier try left half done is fetched again by apt."""
        debs = self.folder / "debs"
        self._watched(f"{len(packages)} packages", ["download", *packages])
        return sorted(debs.glob("*.deb"))

    def clear(self) -> None:
        """Remove lists and downloads."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _sources(self) -> Iterator[str]:
        main, security = mirrors() if self.mirror is None else beside(self.mirror)
        for base, suites in (
            (main, (SUITE, f"{SUITE}-updates")),
            (security, (f"{SUITE}-security",)),
        ):
            for suite in suites:
                yield f"deb [signed-by={KEYRING}] {base.rstrip('/')} {suite} main\n"

    def _options(self) -> Iterator[str]:
        own = {
            "Dir::State": self.folder / "state",
            "Dir::State::status": self.folder / "state/status",
            "Dir::Cache": self.folder / "cache",
            "Dir::Etc::sourcelist": self.folder / "etc/sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "APT::Install-Recommends": 0,
            "APT::Sandbox::User": "",
            "APT::Update::Error-Mode": "any",
            "Acquire::Languages": "none",
            "Acquire::Retries": 2,
            "Debug::NoLocking": 1,
        }
        for name, value in own.items():
            yield from ("-o", f"{name}={value}")

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return ["env", "LC_ALL=C", "apt-get", *self._options(), *arguments]

    def _run(self, arguments: Sequence[str]) -> str:
        done = subprocess.run(self._command(arguments), capture_output=True, text=True, check=False)
        if done.returncode:
            raise failed(done.stderr)
        return done.stdout

    def _watched(self, label: str, arguments: Sequence[str]) -> None:
        errors = follow(label, self._command(arguments), self.folder / "debs")
        if errors is not None:
            raise failed(errors)


def follow(label: str, command: Sequence[str], folder: Path) -> str | None:
    """Run apt and turn its status lines into progress; return its errors if it failed."""
    steps = {"dlstatus": Progress(label), "pmstatus": Progress("installing")}
    told = [*command, "-qq", "-o", "APT::Status-Fd=1", "-o", "Dpkg::Use-Pty=0"]
    with tempfile.TemporaryFile("w+") as errors:
        with subprocess.Popen(
            told, stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL, text=True,
            cwd=folder,
        ) as running:  # fmt: skip
            for line in running.stdout or ():
                if found := re.match(r"(dlstatus|pmstatus):[^:]*:([\d.]+):(.*)", line):
                    detail = found[3].split(" (")[0].strip()
                    steps[found[1]].at(min(99.0, float(found[2])), detail)
        errors.seek(0)
        said = errors.read()
    if running.returncode:
        return said
    for progress in steps.values():
        progress.finish()
    return None


def ensure_usable(wanted: str = "TimescaleDB", instead: str = INSTEAD) -> None:
    """Refuse, saying what to do instead, on a machine that has no apt of Debian's."""
    missing = [name for name in ("apt-get", "dpkg-deb", "tar") if shutil.which(name) is None]
    if missing:
        raise Cannot(
            f"this machine has no {wanted} and no {missing[0]} to fetch Debian's with: {instead}"
        )
    if not KEYRING.exists():
        raise Cannot(
            f"{KEYRING} is missing, so Debian's packages cannot be verified: "
            f"install the package debian-archive-keyring, or {instead}"
        )


def mirrors() -> tuple[str, str]:
    """Return the Debian mirror and its security twin that this machine's apt is set to."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    return choose(listed)


def choose(listed: Sequence[str]) -> tuple[str, str]:
    """Return Debian's mirror and its security twin among the addresses that apt knows."""
    main = next((uri for uri in listed if re.search(r"/debian(\.list)?/?$", uri)), None)
    security = next(
        (uri for uri in listed if re.search(r"/debian-security(\.list)?/?$", uri)), None
    )
    if main is None:
        raise Cannot(
            f"this machine's apt names no Debian mirror: set DTBASE_DEBIAN_MIRROR, or {INSTEAD}"
        )
    return main, security or beside(main)[1]


def beside(mirror: str) -> tuple[str, str]:
    """Return a mirror and the security archive that stands beside it."""
    trimmed = mirror.rstrip("/")
    return trimmed, re.sub(r"/debian$", "", trimmed) + "/debian-security"


def failed(errors: str) -> Cannot:
    """Say in one sentence what apt's errors mean."""
    if re.search(r"No space left|enough free space", errors):
        return Cannot("the disk is full: apt could not store its downloads; free some space")
    if re.search(r"resolv|connect|Failed to fetch|timed out|unreachable", errors, re.IGNORECASE):
        return Cannot(
            "Debian's mirror cannot be reached, and what is needed from it is not here yet: "
            "connect to the network (a proxy goes into apt's configuration) and run this again"
        )
    lines = [line for line in errors.splitlines() if line.startswith(("E:", "W:"))]
    return Cannot(f"apt failed: {'; '.join(lines) or 'it gave no reason'}")
