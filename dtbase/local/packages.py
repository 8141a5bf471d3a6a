"""Unpacking Debian packages into a private tree that runs without being installed."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dtbase.local.apt import Apt, ensure_usable
from dtbase.local.faults import Cannot
from dtbase.local.progress import Progress

NEEDED_BYTES = 400 * 1024 * 1024
EXCLUDED = (
    "*/bitcode/*", "./usr/share/doc*", "./usr/share/man*", "./usr/share/locale*",
    "*/llvmjit*", "./etc/*", "./var/*", "*/gconv/*",
)  # fmt: skip
LAUNCHER = """#!/bin/sh
B=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd -P); R=${{B%/usr/*}}; N=${{0##*/}}
exec "$R/{loader}" --library-path "$R/{libraries}" --argv0 "$B/$N" "$B/.real/$N" "$@"
"""


@dataclass(frozen=True)
class Tree:
    """A folder that holds unpacked packages, whole or not at all."""

    folder: Path

    @property
    def root(self) -> Path:
        """Return the root of the unpacked file system."""
        return self.folder / "root"

    def holds(self, packages: Sequence[str]) -> bool:
        """Tell whether these packages are here, unpacked and verified."""
        listed = self.folder / "packages.txt"
        return listed.exists() and set(packages) <= set(listed.read_text().split())

    def fetch(self, packages: Sequence[str], workspace: Path, mirror: str | None) -> None:
        """Download, unpack and verify; the tree appears at its place only when all is well."""
        ensure_usable()
        ensure_room(workspace)
        apt = Apt(workspace, mirror)
        apt.prepare()
        names = apt.closure(packages)
        partial = self.folder.with_name(self.folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        ensure_room(partial.parent)
        build(apt.download(names), partial / "root")
        (partial / "packages.txt").write_text("\n".join([*packages, *names]) + "\n")
        shutil.rmtree(self.folder, ignore_errors=True)
        partial.rename(self.folder)
        apt.clear()


def ensure_room(folder: Path) -> None:
    """Refuse to begin what the disk cannot hold."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise Cannot(
            f"the disk is full: {folder} has {free // 2**20} MB left and TimescaleDB needs "
            f"{NEEDED_BYTES // 2**20} MB to unpack; free some space and run this again"
        )


def build(debs: Sequence[Path], root: Path) -> None:
    """Unpack packages and make every program in them run through their own loader."""
    for folder in (root.parent, root):
        folder.mkdir(parents=True)
        folder.chmod(0o755)  # whatever our umask: another user runs what is in there
    progress = Progress("unpacking")
    for done, deb in enumerate(debs, start=1):
        unpack(deb, root)
        progress.at(100 * done / len(debs), deb.name.partition("_")[0])
    launch = LAUNCHER.format(loader=loader(root), libraries=libraries(root))
    for folder in (*root.glob("usr/lib/postgresql/*/bin"), root / "usr/bin"):
        for program in programs(folder):
            wrap(program, launch)
    verify(root)


def unpack(deb: Path, root: Path) -> None:
    """Unpack one package, without documentation and what only an installed system uses."""
    excludes = [f"--exclude={pattern}" for pattern in EXCLUDED]
    tar = ["tar", "-x", "-C", str(root), "--no-same-owner", "--keep-directory-symlink", *excludes]
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE
    ) as reading:
        done = subprocess.run(tar, stdin=reading.stdout, stderr=subprocess.PIPE, check=False)
    if done.returncode or reading.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines()
        raise Cannot(f"{deb.name} cannot be unpacked: {reason[0] if reason else 'it is broken'}")


def loader(root: Path) -> Path:
    """Return the dynamic loader of the tree, relative to its root."""
    return _only(
        root, ("usr/lib64/ld-linux*.so.*", "usr/lib/ld-linux*.so.*", "usr/lib/*/ld-linux*.so.*")
    )


def libraries(root: Path) -> Path:
    """Return the folder of shared libraries, relative to the root."""
    return _only(root, ("usr/lib/*/libc.so.6",)).parent


def _only(root: Path, patterns: Sequence[str]) -> Path:
    found = [path for pattern in patterns for path in sorted(root.glob(pattern))]
    if not found:
        raise Cannot(f"Debian's packages for this architecture have no {patterns[0]}")
    return found[0].relative_to(root)


def is_elf(path: Path) -> bool:
    """Tell whether a file is a program or a shared library."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def programs(folder: Path) -> Iterator[Path]:
    """Yield the programs of a folder: binaries, and links beside them under another name."""
    found = sorted(folder.iterdir()) if folder.exists() else []
    for path in found:
        beside = path.is_symlink() and "/" not in str(path.readlink())
        if beside or is_elf(path):
            yield path


def wrap(program: Path, launch: str) -> None:
    """Move a program aside and put a launcher in its place."""
    real = program.parent / ".real"
    real.mkdir(exist_ok=True)
    real.chmod(0o755)
    program.rename(real / program.name)
    program.write_text(launch)
    program.chmod(0o755)


def verify(root: Path) -> None:
    """Refuse a tree in which any program or library misses one that it needs."""
    command = [str(root / loader(root)), "--library-path", str(root / libraries(root)), "--list"]
    for path in filter(is_elf, sorted(root.rglob("*"))):
        done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)
        if done.returncode or "not found" in done.stdout:
            reason = (done.stderr or done.stdout).strip().splitlines()
            raise Cannot(
                f"{path.relative_to(root)} of Debian's packages does not run on this machine: "
                f"{reason[-1] if reason else 'its loader gave no reason'}"
            )
