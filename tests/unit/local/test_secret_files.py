"""Secrets that stand in files."""

from pathlib import Path

import pytest

from dtbase.errors import Invalid
from dtbase.secret_files import secrets_of
from dtbase.settings import CommandSettings, Settings, WebSettings

KEY = "k" * 40


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Set what every process needs, and stand where there is no `.env`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DTBASE_REDIS_URL", "redis://nowhere/")
    monkeypatch.delenv("DTBASE_SECRET_KEY", raising=False)


def test_a_secret_is_read_from_its_file_without_the_line_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n")
    monkeypatch.setenv("DTBASE_SECRET_KEY_FILE", str(tmp_path / "key"))
    assert WebSettings.model_validate({}).secret_key.get_secret_value() == KEY


def test_the_path_of_a_file_may_stand_in_dot_env(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    (tmp_path / ".env").write_text(f"DTBASE_SECRET_KEY_FILE={tmp_path / 'key'}\n")
    assert WebSettings.model_validate({}).secret_key.get_secret_value() == KEY


def test_a_secret_that_is_set_both_ways_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DTBASE_SECRET_KEY", KEY)
    monkeypatch.setenv("DTBASE_SECRET_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(Invalid, match="DTBASE_SECRET_KEY and DTBASE_SECRET_KEY_FILE are both set"):
        WebSettings.model_validate({})


@pytest.mark.parametrize(
    ("content", "rule"),
    [(None, "cannot be read: No such file"), (b"", "is empty"), (b"\xff\xfe", "it is no text")],
)
def test_a_file_that_gives_no_secret_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, rule: str
) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("DTBASE_SECRET_KEY_FILE", str(path))
    with pytest.raises(Invalid, match=f"DTBASE_SECRET_KEY_FILE: {path}.*{rule}"):
        WebSettings.model_validate({})


def test_every_secret_setting_has_a_form_for_files() -> None:
    assert {*secrets_of(Settings)} == {
        "database_url",
        "redis_url",
        "secret_key",
        "open_meteo_key",
        "openweathermap_key",
        "proxy_secret",
        "smtp_password",
    }
    assert {*secrets_of(CommandSettings)} == {"api_key"}
