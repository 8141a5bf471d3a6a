"""What the machine of the community database runs: its own scripts, with files as the cloud."""

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from infra.parts.cloud_init import Filling, document

POSTGRESQLS_PATH = "/sbin:/bin:/usr/sbin:/usr/bin"
"""The PATH that Debian starts PostgreSQL with; what is ours lies in /usr/local/bin."""

TOOLS = {
    "curl": """
        while [ $# -gt 1 ]; do
          case $1 in --upload-file) sent=$2 ;; --output) wanted=$2 ;; esac
          shift
        done
        case $1 in
          http://169.254.169.254/*) echo '{"access_token": "for a while"}' ;;
          *comp=list*)
            cd "$STORE" && printf '<BlobPrefix><Name>%s/</Name></BlobPrefix>' base/* > "$wanted" ;;
          https://st.blob.core.windows.net/backups/*)
            name=$STORE/${1#*/backups/}
            case $name in *$REFUSED*) exit 22 ;; esac
            if [ -n "${wanted:-}" ]; then cp "$name" "$wanted" 2>/dev/null || exit 22
            else mkdir -p "$(dirname "$name")" && cp "$sent" "$name"; fi ;;
          *) exit 6 ;;
        esac""",
    "jq": "cat > /dev/null; echo token",
    "lz4": 'for last; do :; done; case $last in /*) cat "$last" ;; *) cat ;; esac',
    "pg_basebackup": "cd ${0%/*} && seq 1 2000 > numbers && tar -c numbers",
}


class Machine(NamedTuple):
    """A folder with the scripts, and one that is the storage."""

    scripts: Path
    tools: Path
    store: Path

    def run(self, script: str, *arguments: str, refused: str = "none of these") -> int:
        """Run a script as PostgreSQL does, and return how it ended."""
        return self._ended(script, arguments, refused).returncode

    def says(self, script: str) -> str:
        """Return what a script writes."""
        return self._ended(script, (), "none of these").stdout

    def _ended(
        self, script: str, arguments: tuple[str, ...], refused: str
    ) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{self.tools}:{POSTGRESQLS_PATH}", "SHELL": "/bin/sh"}
        environment |= {"STORE": str(self.store), "REFUSED": refused}
        line = [str(self.scripts / script), *arguments]
        return subprocess.run(  # noqa: S603 - ours
            line, env=environment, check=False, stdout=subprocess.PIPE, text=True
        )

    def stored(self) -> list[Path]:
        """Return what is in the storage, by name."""
        return sorted(path for path in self.store.rglob("*") if path.is_file())


def write(path: Path, text: str) -> None:
    """Write a program."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Lay out the document's files, with small pieces and none of them on a PATH."""
    made = Machine(tmp_path / "bin", tmp_path / "tools", tmp_path / "store")
    filling = Filling("kv", "st", "client", 150, "10.40.0.0/23", "dtbase", "dtbase")
    for file in yaml.safe_load(document(filling))["write_files"]:
        text = file["content"].replace("/usr/local/bin", str(made.scripts))
        text = text.replace("/etc/dtbase", str(tmp_path / "dtbase")).replace("256M", "1K")
        write(tmp_path / Path(file["path"]).parent.name / Path(file["path"]).name, text)
    for name, text in TOOLS.items():
        write(made.tools / name, f"#!/bin/sh\nset -eu\n{text}\n")
    return made


def test_every_script_is_one_that_its_shell_reads(machine: Machine) -> None:
    scripts = [path for path in machine.scripts.iterdir() if os.access(path, os.X_OK)]
    assert {path.name for path in scripts} >= {"archive-wal", "base-backup", "set-up-database"}
    for path in scripts:
        shell = path.read_text().splitlines()[0].removeprefix("#!")
        subprocess.run([shell, "-n", str(path)], check=True)  # noqa: S603 - ours


def test_the_log_goes_to_storage_by_the_path_that_postgresql_has(
    machine: Machine, tmp_path: Path
) -> None:
    segment = tmp_path / "segment"
    segment.write_bytes(b"log")
    assert machine.run("archive-wal", str(segment), "0001") == 0
    assert [path.name for path in machine.stored()] == ["0001.lz4"]
    assert machine.stored()[0].read_bytes() == b"log"


def test_a_part_of_the_log_that_storage_refuses_is_kept_by_postgresql(
    machine: Machine, tmp_path: Path
) -> None:
    segment = tmp_path / "segment"
    segment.write_bytes(b"log")
    assert machine.run("archive-wal", str(segment), "0001", refused="wal/") != 0
    assert machine.run("archive-wal", str(tmp_path / "missing"), "0002") != 0
    assert machine.stored() == []


def test_a_whole_copy_goes_out_in_pieces_that_make_it_up_again(
    machine: Machine, tmp_path: Path
) -> None:
    assert machine.run("base-backup") == 0
    *pieces, complete = machine.stored()
    assert len(pieces) > 5
    assert max(piece.stat().st_size for piece in pieces) == 1024
    assert complete.name == "complete"
    (tmp_path / "main").mkdir()
    assert machine.run("restore-base", complete.parent.name, str(tmp_path / "main")) == 0
    told = (tmp_path / "main" / "numbers").read_text().split()
    assert told == [str(number) for number in range(1, 2001)]
    assert machine.run("restore-base", complete.parent.name, str(tmp_path / "main")) != 0, "full"


def test_the_nights_are_told_of_which_there_are_copies(machine: Machine) -> None:
    assert machine.run("base-backup") == 0
    (night,) = {path.parent.name for path in machine.stored()}
    assert machine.says("get-backup") == f"base/{night}/\n"


def test_the_log_comes_back_and_what_is_not_there_is_told(machine: Machine, tmp_path: Path) -> None:
    segment, back = tmp_path / "segment", tmp_path / "back"
    segment.write_bytes(b"log")
    assert machine.run("archive-wal", str(segment), "0001") == 0
    assert machine.run("restore-wal", "0001", str(back)) == 0
    assert back.read_bytes() == b"log"
    assert machine.run("restore-wal", "0002", str(tmp_path / "none")) != 0
    assert not (tmp_path / "none").exists(), "that is how PostgreSQL knows where the log ends"


@pytest.mark.parametrize("refused", ["lz4.00002", "complete"])
def test_a_copy_of_which_a_piece_is_missing_is_not_called_complete(
    machine: Machine, refused: str
) -> None:
    assert machine.run("base-backup", refused=refused) != 0
    assert "complete" not in {path.name for path in machine.stored()}


def test_a_copy_of_which_a_piece_is_gone_does_not_come_back_as_if_whole(
    machine: Machine, tmp_path: Path
) -> None:
    assert machine.run("base-backup") == 0
    *pieces, complete = machine.stored()
    pieces[3].unlink()
    (tmp_path / "main").mkdir()
    assert machine.run("restore-base", complete.parent.name, str(tmp_path / "main")) != 0


def test_a_copy_that_the_database_breaks_off_is_not_called_complete(machine: Machine) -> None:
    write(machine.tools / "pg_basebackup", "#!/bin/sh\nseq 1 2000\nexit 1\n")
    assert machine.run("base-backup") != 0
    assert "complete" not in {path.name for path in machine.stored()}
