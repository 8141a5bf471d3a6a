"""Mail: one message at a time, handed to the server that the settings name."""

import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from functools import cache
from typing import Annotated

from fastapi import Depends

from dtbase.domain.frozen import Frozen
from dtbase.errors import Unavailable
from dtbase.settings import Settings, SmtpTls, get_settings

PATIENCE = 10
"""Seconds for each answer of the mail server; somebody waits for ours."""

Send = Callable[["Letter"], None]


class Letter(Frozen):
    """What somebody is told."""

    to: str
    subject: str
    text: str


def send(settings: Settings, letter: Letter) -> None:
    """Hand a letter to the mail server, or say why it did not take it."""
    message = EmailMessage()
    message["From"], message["To"] = settings.smtp_from, letter.to
    message["Subject"] = " ".join(letter.subject.split())
    message.set_content(letter.text)
    try:
        with connected(settings) as server:
            if settings.smtp_user is not None and settings.smtp_password is not None:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise Unavailable(f"the mail server did not take it: {reason_of(error)}") from error


def connected(settings: Settings) -> smtplib.SMTP:
    """Connect to the mail server, whose certificate must be good where TLS is asked for."""
    host, port = settings.smtp_host or "", settings.smtp_port
    secure = ssl.create_default_context()
    if settings.smtp_tls is SmtpTls.TLS:
        return smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=secure)
    server = smtplib.SMTP(host, port, timeout=PATIENCE)
    if settings.smtp_tls is SmtpTls.STARTTLS:
        try:
            server.starttls(context=secure)
        except BaseException:
            server.close()
            raise
    return server


def reason_of(error: Exception) -> str:
    """Say what a mail server said, on one line and not at length."""
    said: bytes | str = str(error)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        _, said = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:200]


@cache
def get_send() -> Send | None:
    """Return how letters are sent; None where no mail server is set."""
    settings = get_settings()
    return None if settings.smtp_host is None else lambda letter: send(settings, letter)


SendDep = Annotated[Send | None, Depends(get_send)]
