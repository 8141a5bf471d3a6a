"""The secrets of a twin in containers: made once, and each file for one reader."""

import hashlib
import os
from pathlib import Path

from dtbase.local.secret_folders import Accounts, Places, hand_out

US = Accounts(dtbase=os.geteuid(), redis=os.geteuid())


def handed_out(folder: Path) -> dict[str, str]:
    """Hand out secrets and return all files."""
    hand_out(folder, US, Places())
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def test_the_dashboard_gets_nothing_of_the_database(tmp_path: Path) -> None:
    made = handed_out(tmp_path)
    assert {name for name in made if name.startswith("dash/")} == {
        "dash/redis_url",
        "dash/secret_key",
    }
    password = made["source/database_password"]
    knowing = {name for name, content in made.items() if password in content}
    assert knowing == {"source/database_password", "database/password", "core/database_url"}


def test_redis_knows_its_password_by_the_digest_only(tmp_path: Path) -> None:
    made = handed_out(tmp_path)
    digest = hashlib.sha256(made["source/redis_password"].encode()).hexdigest()
    assert made["redis/users.acl"] == f"user default on #{digest} ~* &* +@all\n"


def test_files_are_for_the_eyes_of_one_reader(tmp_path: Path) -> None:
    handed_out(tmp_path)
    modes = {oct(path.stat().st_mode & 0o777) for path in tmp_path.rglob("*") if path.is_file()}
    assert modes == {"0o400"}


def test_a_second_start_changes_nothing_and_two_twins_share_nothing(tmp_path: Path) -> None:
    first = handed_out(tmp_path / "one")
    assert handed_out(tmp_path / "one") == first
    assert not {*first.values()} & {*handed_out(tmp_path / "two").values()}


def test_what_a_container_lost_is_handed_out_again(tmp_path: Path) -> None:
    first = handed_out(tmp_path)
    (tmp_path / "core" / "database_url").unlink()
    assert handed_out(tmp_path) == first
