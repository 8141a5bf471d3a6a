"""One provider asked over HTTP: patiently, but not for ever, and without telling its key."""

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from importlib.metadata import version
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from pydantic import SecretStr, TypeAdapter, ValidationError

from dtbase.domain.frozen import Frozen
from dtbase.errors import DTBaseError, Invalid, TooMany, Unavailable
from dtbase.patience import Patience, Wait, pause_asked

PATIENCE = Patience(first=0.5, longest=60)
"""Who asks for longer is left alone, and the run says when to come back."""

SECONDS_TO_CONNECT = 5.0
SECONDS_TO_READ = 30.0
MOST_BYTES = 32 * 1024 * 1024
LONGEST_REASON = 300
DOCUMENT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])

Pause = Callable[[str], float | None]


class Answer(Frozen):
    """What came back: a status, or why none came."""

    status: int | None = None
    body: bytes = b""
    retry_after: str = ""
    fault: str = ""


class Manners(Frozen):
    """How one provider wants to be asked."""

    name: str
    key_setting: str
    reason_field: str
    key_parameter: str
    key: SecretStr | None = None


def unknown_pause(_: str) -> float | None:
    """Tell nothing from the words of a refusal."""
    return None


class Caller:
    """Asks one provider; its failures are errors that a person understands."""

    def __init__(
        self,
        manners: Manners,
        pause_from_words: Pause = unknown_pause,
        wait: Wait = time.sleep,
        seconds_to_read: float = SECONDS_TO_READ,
    ) -> None:
        self.manners = manners
        self.pause_from_words = pause_from_words
        self.wait = wait
        self.timeouts = (SECONDS_TO_CONNECT, seconds_to_read)
        self.session = requests.Session()

    def get(self, url: str, parameters: Mapping[str, str]) -> bytes:
        """Return the body of a good answer; try again what may pass, and raise the rest."""
        answer = PATIENCE.ask(lambda: self._ask(url, parameters), self._pause, self.wait)
        if answer.status != HTTPStatus.OK:
            raise self._refusal(answer)
        return answer.body

    def _ask(self, url: str, parameters: Mapping[str, str]) -> Answer:
        """Send one request; nothing of `requests` leaves here, because its errors tell the URL."""
        key = self.manners.key
        named = {self.manners.key_parameter: key.get_secret_value()} if key else {}
        try:
            with (
                hidden(key),
                self.session.get(
                    url,
                    params={**parameters, **named},
                    timeout=self.timeouts,
                    headers={"User-Agent": f"dtbase/{version('dtbase')}"},
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                return answer_from(response)
        except requests.Timeout:
            return Answer(fault=f"did not answer within {self.timeouts[1]:g} seconds")
        except requests.RequestException as error:
            return Answer(fault=f"could not be reached ({type(error).__name__})")

    def _pause(self, answer: Answer, otherwise: float) -> float | None:
        """Return after how many seconds to try again, or None where that is no use."""
        if answer.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
            asked = self._asked_pause(answer)
            pause = otherwise if asked is None else asked
            return pause if pause <= PATIENCE.longest else None
        if answer.status is not None and answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return None
        return otherwise

    def _asked_pause(self, answer: Answer) -> float | None:
        """Return for how long a provider wants to be left alone, if it says so."""
        told = pause_asked(answer.retry_after)
        return told if told is not None else self.pause_from_words(self._reason(answer))

    def _refusal(self, answer: Answer) -> DTBaseError:
        """Return the error that says what a provider did, and what to do about it."""
        name, reason = self.manners.name, self._reason(answer)
        if answer.status is None:
            return Unavailable(f"{name} {answer.fault}")
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            return self._too_many(answer)
        if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return Invalid(f"{name} refuses the key in {self.manners.key_setting}: {reason}")
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Unavailable(f"{name} answered {answer.status} {PATIENCE.tries} times: {reason}")
        return Invalid(f"{name} refused the request with {answer.status}: {reason}")

    def _too_many(self, answer: Answer) -> TooMany:
        """Return the error that says when to come back."""
        pause = self._asked_pause(answer)
        back = "later"
        if pause is not None:
            back = f"after {datetime.now(UTC) + timedelta(seconds=pause):%Y-%m-%d %H:%M:%S} UTC"
        error = TooMany(
            f"{self.manners.name} wants no more calls now: {self._reason(answer)}; come back {back}"
        )
        error.retry_after = None if pause is None else math.ceil(pause)
        return error

    def _reason(self, answer: Answer) -> str:
        """Return what a provider says of its refusal, shortened and without the key."""
        try:
            reason = str(DOCUMENT.validate_json(answer.body)[self.manners.reason_field])
        except (ValidationError, KeyError):
            reason = answer.body[:LONGEST_REASON].decode(errors="replace").strip()
        return without(self.manners.key, reason)[:LONGEST_REASON] or "no reason given"


def answer_from(response: requests.Response) -> Answer:
    """Read an answer, unless it is larger than any honest one."""
    body = bytearray()
    for chunk in response.iter_content(65536):
        body += chunk
        if len(body) > MOST_BYTES:
            raise Unavailable(
                f"{urlsplit(response.url).hostname} sent more than {MOST_BYTES} bytes"
            )
    return Answer(
        status=response.status_code,
        body=bytes(body),
        retry_after=response.headers.get("Retry-After", ""),
    )


def without(key: SecretStr | None, text: str) -> str:
    """Return a text in which the key cannot be read."""
    secret = key.get_secret_value() if key else ""
    return text.replace(secret, "***").replace(quote(secret), "***") if secret else text


@contextmanager
def hidden(key: SecretStr | None) -> Iterator[None]:
    """Keep the key out of what urllib3 logs of a request's URL."""

    def redact(record: logging.LogRecord) -> bool:
        record.msg, record.args = without(key, record.getMessage()), ()
        return True

    logger = logging.getLogger("urllib3.connectionpool")
    logger.addFilter(redact)
    try:
        yield
    finally:
        logger.removeFilter(redact)
