"""Letters, as a mail server gets them over a real socket: never in the clear where TLS is set."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from api.mail import Letter, send
from dtbase.errors import Unavailable
from dtbase.local.ports import HOST, free_port
from dtbase.settings import Settings
from tests.smtp_server import certificate, mail_server

LETTER = Letter(
    to="bob@example.org", subject="Invitation to Märkle\r\nBcc: eve@example.org", text="Open:\n.\n"
)
BASE = {
    "database_url": "postgresql://nobody@127.0.0.1:1/nothing",
    "redis_url": "redis://127.0.0.1:1/0",
    "secret_key": "k" * 32,
    "public_web_url": "https://twin.example.org",
    "smtp_host": HOST,
    "smtp_from": "Twin <twin@example.org>",
}
LOG_IN = {"smtp_user": "twin", "smtp_password": "velvet marble canyon"}


def settings_of(**more: object) -> Settings:
    return Settings.model_validate({**BASE, **more})


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("mail"))


@pytest.fixture
def trusted(pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine trust the mail server's certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))


@pytest.mark.parametrize(("tls", "wrapped"), [("starttls", False), ("tls", True)])
def test_a_letter_goes_over_tls_and_says_one_thing_to_one_reader(
    trusted: None, pem: Path, tls: str, wrapped: bool
) -> None:
    with mail_server(pem, wrapped=wrapped) as post:
        send(settings_of(smtp_port=post.port, smtp_tls=tls, **LOG_IN), LETTER)
    assert post.log_ins == ["\0twin\0velvet marble canyon"]
    assert len(post.letters) == 1
    assert "To: bob@example.org" in post.letters[0]
    assert "\nBcc:" not in post.letters[0]
    assert {each.split()[0].upper() for each in post.in_the_clear} <= {"EHLO", "STARTTLS"}


@pytest.mark.parametrize(("tls", "wrapped"), [("starttls", False), ("tls", True)])
def test_nothing_is_told_to_a_server_whose_certificate_is_not_trusted(
    pem: Path, tls: str, wrapped: bool
) -> None:
    with mail_server(pem, wrapped=wrapped) as post, pytest.raises(Unavailable, match="certificate"):
        send(settings_of(smtp_port=post.port, smtp_tls=tls, **LOG_IN), LETTER)
    assert (post.log_ins, post.letters) == ([], [])


def test_a_relay_of_ones_own_is_spoken_to_without_a_password(pem: Path) -> None:
    with mail_server(pem) as post:
        send(settings_of(smtp_port=post.port, smtp_tls="none"), LETTER)
    assert (post.log_ins, len(post.letters)) == ([], 1)


def test_what_a_mail_server_says_against_it_is_told(pem: Path) -> None:
    with mail_server(pem) as post:
        post.refuses = True
        with pytest.raises(Unavailable, match="no such mailbox"):
            send(settings_of(smtp_port=post.port, smtp_tls="none"), LETTER)
    with pytest.raises(Unavailable, match="the mail server did not take it"):
        send(settings_of(smtp_port=free_port(), smtp_tls="none"), LETTER)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"smtp_from": None}, "needs DTBASE_SMTP_FROM"),
        ({"public_web_url": None}, "DTBASE_PUBLIC_WEB_URL"),
        ({"smtp_user": "twin"}, "go together"),
        ({**LOG_IN, "smtp_tls": "none"}, "sends no password"),
    ],
)
def test_half_a_mail_server_is_refused_at_the_start(given: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        settings_of(**given)
