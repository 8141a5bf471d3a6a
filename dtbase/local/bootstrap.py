"""From a bare python3 to a virtual environment with the locked packages; standard library only.

Usage: python3 -m dtbase.local.bootstrap LOCK [MODULE [ARGUMENT ...]]
LOCK is base, dev or infra; or - to install nothing, and do nothing where nothing is installed.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dtbase.local.apt import Apt, ensure_usable
from dtbase.local.faults import Cannot, explain
from dtbase.local.progress import say, silence_broken

CHECKOUT = Path(__file__).resolve().parents[2]
VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
LOCKS = CHECKOUT / "requirements"
WORKSPACE = CHECKOUT / ".dtbase" / "bootstrap"
NEEDED_BYTES = 1200 * 2**20
PARENT = "import dtbase.cli.local, dtbase.local.start"
"""Compiles what the parent of a twin imports: if it did so itself, it would keep 15 MB of that."""
NETWORK = "connect to the network (or set pip's index-url or proxy) and run this again"


def main(arguments: Sequence[str]) -> None:
    """Install a lock if it is not there yet, then become the module asked for."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    lock, *command = arguments
    try:
        if lock != "-":
            with silence_broken("installing"), installing():
                install(LOCKS / f"{lock}.txt")
        elif not PYTHON.exists():
            sys.exit("Nothing is installed in this checkout, so nothing runs.")
    except Cannot as error:
        sys.exit(f"dtbase: {error}")
    except OSError as error:
        sys.exit(f"dtbase: {explain(error)}")
    except KeyboardInterrupt:
        sys.exit("stopped; what was half done is finished by the next `make`")
    if command:
        os.chdir(CHECKOUT)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # until it has imported
        os.execv(PYTHON, [str(PYTHON), "-m", *command])  # noqa: S606 - our own interpreter


@contextmanager
def installing() -> Iterator[None]:
    """Let one process at a time install into this checkout."""
    folder = CHECKOUT / ".dtbase"
    folder.mkdir(exist_ok=True)
    with (folder / "install.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another make is installing in this checkout; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install(lock: Path) -> None:
    """Bring .venv to what the lock says; nothing to do when its stamp says so."""
    stamp = VENV / f"{lock.stem}.stamp"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == mark(lock):
        return
    ensure_room()
    make_environment()
    pip = pip_command()
    say("Installing the installer")
    bootstrap = LOCKS / "bootstrap.txt"
    if not _runs([*pip, "install", *_quiet(), "--require-hashes", "-r", str(bootstrap)]):
        raise failed("pip could not install the installer")
    say(f"Installing the packages of {lock.relative_to(CHECKOUT)}")
    install_locked(lock, pip)
    _runs([str(PYTHON), "-c", PARENT])
    stamp.write_text(mark(lock))


def mark(lock: Path) -> str:
    """Return what an installation depends on, in short."""
    parts = [lock, LOCKS / "bootstrap.txt", CHECKOUT / "pyproject.toml", VENV / "pyvenv.cfg"]
    told = b"".join(part.read_bytes() for part in parts) + os.fsencode(CHECKOUT)
    return hashlib.sha256(told).hexdigest()


def ensure_room() -> None:
    """Refuse to begin what the disk cannot hold."""
    free = shutil.disk_usage(CHECKOUT).free
    if not PYTHON.exists() and free < NEEDED_BYTES:
        raise Cannot(
            f"the disk is full: {CHECKOUT} has {free // 2**20} MB left and the packages need "
            f"{NEEDED_BYTES // 2**20} MB; free some space and run this again"
        )


def make_environment() -> None:
    """Make .venv, anew when its interpreter is gone or it was made for another folder."""
    home = VENV / "home"
    if PYTHON.exists() and (not home.exists() or home.read_text() == str(CHECKOUT)):
        return
    say(f"Making .venv with Python {sys.version.split()[0]}")
    made = _runs([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)])
    if not made:
        raise failed("Python could not make .venv")
    home.write_text(str(CHECKOUT))


def pip_command() -> list[str]:
    """Return a pip that installs into .venv, from wherever this machine has one."""
    pip = [str(PYTHON), "-m", "pip"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    for attempt in ([*pip, "--version"], [str(PYTHON), "-m", "ensurepip"]):
        if subprocess.run(attempt, check=False, **quiet).returncode == 0:  # type: ignore[call-overload]
            return pip
    wheels = sorted(Path("/usr/share/python-wheels").glob("pip-*.whl"))
    return [str(PYTHON), str((wheels or [debian_wheel()])[-1] / "pip")]


def debian_wheel() -> Path:
    """Fetch pip as Debian packages it, for a Python that came without."""
    unpacked = WORKSPACE / "pip"
    if not unpacked.exists():
        say("Fetching pip, which this Python came without")
        ensure_usable("pip", "install the package python3-venv or python3-pip as root")
        apt = Apt(WORKSPACE / "apt")
        apt.prepare()
        (deb,) = apt.download(["python3-pip-whl"])
        partial = unpacked.with_suffix(".partial")
        subprocess.run(["dpkg-deb", "-x", str(deb), str(partial)], check=True)
        partial.rename(unpacked)
        apt.clear()
    return next(unpacked.glob("usr/share/python-wheels/pip-*.whl"))


def install_locked(lock: Path, pip: Sequence[str]) -> None:
    """Install the lock and this checkout: by uv, or by pip where uv finds no index."""
    requirements = ["--require-hashes", "-r", str(lock)]
    uv = [str(UV), "pip", "install", "--python", str(PYTHON), "--system-certs", *uv_index(pip)]
    if not _runs([*uv, *requirements]):
        say("uv could not install them; trying pip, which is slower")
        if not _runs([*pip, "install", "--disable-pip-version-check", *requirements]):
            raise failed("the packages could not be installed")
    ourselves = ["--no-deps", "--no-build-isolation", "--no-index", "-e", str(CHECKOUT)]
    if not _runs([*pip, "install", *_quiet(), *ourselves]):
        raise failed("this checkout could not be installed into .venv")
    name_relatively()


def name_relatively() -> None:
    """Name this checkout in .venv by where it lies from there.

    Python reads that file by the locale, which may lack a letter of our path, or be missing itself.
    """
    for path in VENV.glob("lib/python*/site-packages/_editable_impl_dtbase.pth"):
        path.write_text(os.path.relpath(CHECKOUT, path.parent) + "\n")


def uv_index(pip: Sequence[str]) -> list[str]:
    """Tell uv, which does not read pip's configuration, of an index that is set there."""
    asked = [*pip, "config", "get", "global.index-url"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    url = done.stdout.strip()
    if done.returncode or not url:
        return []
    config = VENV / "uv.toml"  # a file, because an address may carry a password
    config.touch(mode=0o600)
    config.write_text(f'[[index]]\nurl = "{url}"\ndefault = true\n')
    return ["--config-file", str(config)]


def failed(what: str) -> Cannot:
    """Say why an installation stopped, as far as it can be told from outside."""
    if shutil.disk_usage(CHECKOUT).free < 50 * 2**20:
        return Cannot("the disk is full: free some space and run this again")
    return Cannot(f"{what}, see above; if no package index was reached, {NETWORK}")


def _quiet() -> list[str]:
    return ["--quiet", "--disable-pip-version-check", "--retries", "2"]


def _runs(command: Sequence[str]) -> bool:
    return subprocess.run(command, check=False, cwd=CHECKOUT).returncode == 0


if __name__ == "__main__":
    main(sys.argv[1:])
