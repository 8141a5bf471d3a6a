"""The way from a bare Python to a running twin: locks, sentences, places, ports."""

import errno
import re
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from dtbase.errors import Conflict, Unavailable
from dtbase.local import apt, bootstrap, schema, system
from dtbase.local.accounts import twin_account
from dtbase.local.explained import explained
from dtbase.local.faults import Cannot, explain
from dtbase.local.packages import is_elf, programs, wrap
from dtbase.local.passwords import Passwords
from dtbase.local.places import CHECKOUT, State, serves, state_of
from dtbase.local.ports import free_port, is_free
from dtbase.local.postgres import refusals_told
from dtbase.local.up import ensure_free
from dtbase.settings import LocalSettings

LOCKS = sorted((CHECKOUT / "requirements").glob("*.txt"))


def pins(name: str) -> set[str]:
    """Return the pins of a lock, with the condition each holds under."""
    text = (CHECKOUT / "requirements" / f"{name}.txt").read_text()
    return set(re.findall(r"^([\w.-]+(?:\[[\w,]+\])?==[^\\\n]+?)\s*\\?$", text, re.MULTILINE))


def test_the_first_step_needs_nothing_but_python() -> None:
    code = f"import sys; sys.path.insert(0, {str(CHECKOUT)!r}); import dtbase.local.bootstrap"
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_no_lock_names_a_registry_host(lock: Path) -> None:
    assert "://" not in lock.read_text()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_pin_of_a_lock_has_hashes(lock: Path) -> None:
    blocks = re.split(r"^(?=[\w.-]+(?:\[[\w,]+\])?==)", lock.read_text(), flags=re.MULTILINE)[1:]
    assert blocks
    assert all("--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize("larger", ["dev", "infra"])
def test_what_runs_the_twin_is_what_is_tested(larger: str) -> None:
    assert pins("base") <= pins(larger)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("E: Temporary failure resolving 'mirror.example.org'", "cannot be reached"),
        ("E: Could not connect to proxy:3128", "cannot be reached"),
        ("E: write failed (28: No space left on device)", "the disk is full"),
        ("E: You don't have enough free space in /x/.", "the disk is full"),
        ("E: Unable to locate package postgresql-17", "Unable to locate package postgresql-17"),
    ],
)
def test_what_apt_says_becomes_one_sentence(said: str, sentence: str) -> None:
    assert sentence in str(apt.failed(said))


@pytest.mark.parametrize(
    "mirror", ["http://mirror.example.org/debian", "mirror+file:/etc/apt/mirrors/debian.list"]
)
def test_a_debian_mirror_is_recognised(mirror: str) -> None:
    assert apt.choose(["https://packages.example.org/apt", mirror])[0] == mirror


def test_a_machine_that_knows_no_debian_mirror_is_told_what_to_do() -> None:
    with pytest.raises(Cannot, match="DTBASE_DEBIAN_MIRROR"):
        apt.choose(["http://archive.ubuntu.com/ubuntu"])


def test_security_updates_come_from_beside_a_mirror_that_is_named() -> None:
    assert apt.beside("http://mirror.example.org/debian/") == (
        "http://mirror.example.org/debian",
        "http://mirror.example.org/debian-security",
    )


@pytest.mark.parametrize(
    ("number", "sentence"),
    [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "/x is not ours"), (errno.EIO, "refused")],
)
def test_what_the_system_refuses_is_explained(number: int, sentence: str) -> None:
    error = OSError(number, "because", "/x")
    assert sentence in explain(error)
    with pytest.raises(Unavailable, match=sentence), explained():
        raise error


def test_what_the_database_refuses_is_told_in_one_line() -> None:
    error = psycopg.errors.DiskFull("could not extend file\nHINT: Check free disk space.")
    with pytest.raises(Unavailable, match=r"refused: could not extend file; its"), refusals_told():
        raise error


def test_a_lock_is_installed_again_only_when_something_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    (tmp_path / "pyvenv.cfg").write_text("version = 3.11.2")
    lock = tmp_path / "base.txt"
    lock.write_text("a==1")
    before = bootstrap.mark(lock)
    assert bootstrap.mark(lock) == before
    lock.write_text("a==2")
    assert bootstrap.mark(lock) != before


def test_passwords_are_made_once_and_only_we_can_read_them(tmp_path: Path) -> None:
    made = Passwords.kept(tmp_path)
    assert Passwords.kept(tmp_path) == made
    assert (tmp_path / "passwords.json").stat().st_mode & 0o777 == 0o600
    assert len({made.superuser, made.database, made.redis, made.secret_key, made.admin}) == 5


def test_passwords_that_a_twin_keeps_under_their_former_name_are_taken_over(tmp_path: Path) -> None:
    made = Passwords()
    (tmp_path / "keys.json").write_text(made.model_dump_json())
    assert Passwords.kept(tmp_path) == made
    assert Passwords.kept(tmp_path) == made


def test_passwords_that_an_older_version_made_meanwhile_replace_none(tmp_path: Path) -> None:
    made = Passwords.kept(tmp_path)
    (tmp_path / "keys.json").write_text(Passwords().model_dump_json())
    assert Passwords.kept(tmp_path) == made


def test_state_can_be_told_where_to_lie(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    account = twin_account()
    if serves(folder, account):
        assert state_of(account, folder) == State(folder, account)
    else:  # as root, /tmp's folders of pytest are closed to the account
        with pytest.raises(Unavailable, match="DTBASE_STATE_FOLDER"):
            state_of(account, folder)


def test_a_taken_port_is_refused_in_one_sentence_that_names_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert not is_free(port)
        with pytest.raises(Conflict, match=rf"port {port} is taken.*DTBASE_WEB_PORT={port + 1}"):
            ensure_free(LocalSettings(api_port=free_port(), web_port=port))


def test_a_remembered_port_is_kept_unless_somebody_took_it() -> None:
    port = free_port()
    assert free_port(port) == port
    with socket.create_server(("127.0.0.1", port)):
        assert free_port(port) != port


def test_programs_are_wrapped_under_each_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "server").write_bytes(b"\x7fELF...")
    (tmp_path / "checker").symlink_to("server")
    (tmp_path / "script").write_text("#!/bin/sh\n")
    assert not is_elf(tmp_path / "script")
    for program in programs(tmp_path):
        wrap(program, "#!/bin/sh\n")
    assert (tmp_path / ".real/checker").resolve() == tmp_path / ".real/server"
    assert {path.name for path in (tmp_path / ".real").iterdir()} == {"server", "checker"}
    assert (tmp_path / "checker").read_text() == "#!/bin/sh\n"


def test_the_newest_migration_is_known_without_alembic() -> None:
    config = Config(CHECKOUT / "alembic.ini")
    config.set_main_option("script_location", str(CHECKOUT / "migrations"))
    assert schema.heads() == set(ScriptDirectory.from_config(config).get_heads())


def test_what_the_tests_lack_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match=r"need chromium .*`apt-get install chromium .*` as root"):
        system.ensure_for_tests()


def test_a_checkout_is_found_whatever_its_path_and_the_locale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = tmp_path / "Müllers Zwilling"
    (checkout / "dtbase").mkdir(parents=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", checkout / ".venv"], check=True)
    (packages,) = (checkout / ".venv").glob("lib/python*/site-packages")
    named = packages / "_editable_impl_dtbase.pth"
    named.write_text(f"{checkout}\n", encoding="utf-8")
    monkeypatch.setattr(bootstrap, "VENV", checkout / ".venv")
    monkeypatch.setattr(bootstrap, "CHECKOUT", checkout)
    bootstrap.name_relatively()
    importing = [str(checkout / ".venv/bin/python"), "-c", "import dtbase"]
    subprocess.run(importing, check=True, cwd="/", env={"LC_ALL": "nowhere.UTF-8"})


def test_an_index_of_pips_configuration_reaches_uv_in_a_private_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    pip = [sys.executable, "-c", "print('https://me:secret@index.example.org/simple')"]
    options = bootstrap.uv_index(pip)
    config = tmp_path / "uv.toml"
    assert options == ["--config-file", str(config)]
    assert 'url = "https://me:secret@index.example.org/simple"' in config.read_text()
    assert config.stat().st_mode & 0o777 == 0o600


def test_without_an_index_in_pips_configuration_uv_uses_its_own() -> None:
    assert bootstrap.uv_index([sys.executable, "-c", "raise SystemExit(1)"]) == []


def test_services_run_as_a_user_without_rights() -> None:
    account = twin_account()
    assert account.uid != 0
    assert bool(account.drop()) == account.dropped
