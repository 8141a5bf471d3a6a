"""Running an HTTP service: one request to a pinned address, its answer stored."""

import json
import math
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from time import monotonic
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

from pydantic import JsonValue
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from dtbase.domain.frozen import Frozen
from dtbase.domain.services.service_runs import HttpAnswer
from dtbase.domain.services.services import HttpRequest
from dtbase.errors import DTBaseError, Invalid, TooLarge, TooMany, Unavailable
from dtbase.patience import pause_asked
from jobs.services.addresses import Target, target_of
from jobs.services.identity import identified
from jobs.services.redaction import Redact

MOST_REDIRECTS = 5
SHOWN = 2_000
PIECE = 65_536
LONGEST_PAUSE = 3_600
REDIRECTS = {301, 302, 303, 307, 308}
KEEPING = {307, 308}
"""Redirects that repeat the method and the body."""
BUSY = {408, 425, 500, 502, 503, 504}


class Call(Frozen):
    """A request, with the secrets that go along to its own host."""

    request: HttpRequest
    secrets: dict[str, str]
    parameters: dict[str, JsonValue]
    key: str
    timeout: float


class Message(Frozen):
    """What is sent in one step."""

    method: str
    target: Target
    headers: dict[str, str]
    body: bytes | None


class Answered(Frozen):
    """An answer: what is logged of it, and its whole body."""

    answer: HttpAnswer
    body: bytes
    retry_after: int | None = None


def send(call: Call) -> Answered:
    """Send a request, following redirects that lead where one may go."""
    began = monotonic()
    message = first(call)
    home = message.target.origin
    for _ in range(MOST_REDIRECTS + 1):
        with deliver(message, call.timeout) as response:
            location = response.headers.get("Location")
            if response.status not in REDIRECTS or location is None:
                return read(response, call, began)
        message = redirected(message, response.status, location, home, call)
    raise Invalid(f"the service redirects more than {MOST_REDIRECTS} times", field="url")


def first(call: Call) -> Message:
    request = call.request
    headers = {
        "Accept": "application/json, text/csv, application/vnd.apache.arrow.stream",
        "Idempotency-Key": call.key,
        "User-Agent": "dtbase",
        **request.headers,
        **identified(call.secrets),
        "Accept-Encoding": "identity",
    }
    url, body = request.url, None
    if request.method == "GET":
        url = with_query(url, call.parameters)
    else:
        headers = {"Content-Type": "application/json", **headers}
        body = json.dumps(call.parameters).encode()
    return Message(method=request.method, target=target_of(url), headers=headers, body=body)


def with_query(url: str, parameters: Mapping[str, JsonValue]) -> str:
    """Return an address with parameters: texts as they are, all else as JSON."""
    written = [
        (name, value if isinstance(value, str) else json.dumps(value))
        for name, value in parameters.items()
    ]
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(written))))
    return urlunsplit(parts._replace(query=query))


def redirected(
    message: Message, status: int, location: str, home: tuple[str, str, int], call: Call
) -> Message:
    """Return the next step; given headers stay with their own host, all stays encrypted."""
    before = message.target
    target = target_of(urljoin(f"{before.scheme}://{before.named}{before.path}", location))
    if before.scheme == "https" and target.scheme != "https":
        raise Invalid("the service redirects from https to http", field="url")
    headers = dict(message.headers)
    if target.origin != home:
        given = {*call.request.headers, *call.secrets}
        headers = {name: value for name, value in headers.items() if name not in given}
    if status in KEEPING:
        return Message(method=message.method, target=target, headers=headers, body=message.body)
    headers.pop("Content-Type", None)
    return Message(method="GET", target=target, headers=headers, body=None)


@contextmanager
def deliver(message: Message, timeout: float) -> Iterator[BaseHTTPResponse]:
    """Send one step to the address that was checked, whatever the name leads to meanwhile."""
    target = message.target
    pool = pool_of(target)
    try:
        response = pool.urlopen(
            message.method,
            target.path,
            body=message.body,
            headers={**message.headers, "Host": target.named},
            redirect=False,
            retries=False,
            timeout=timeout,
            preload_content=False,
            decode_content=False,
        )
        try:
            yield response
        finally:
            response.close()
    except HTTPError as error:
        raise Unavailable(f"{target.named} does not answer: {plain(error)}") from error
    finally:
        pool.close()


def pool_of(target: Target) -> HTTPConnectionPool:
    """Return a connection to an address; the certificate must be that of the name."""
    if target.scheme == "http":
        return HTTPConnectionPool(target.address, target.port)
    return HTTPSConnectionPool(
        target.address,
        target.port,
        ssl_context=ssl.create_default_context(),
        server_hostname=target.host,
        assert_hostname=target.host,
    )


def plain(error: Exception) -> str:
    """Say what went wrong, without the library's addresses of objects."""
    return f"{type(error).__name__}: {str(error).rpartition('>: ')[2]}"[:300]


def read(response: BaseHTTPResponse, call: Call, began: float) -> Answered:
    """Read an answer up to its limit."""
    limit = call.request.max_answer_bytes
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise Invalid("the service answers in an encoding that nobody asked for")
    body = bytearray()
    for piece in response.stream(PIECE, decode_content=False):
        body += piece
        if len(body) > limit:
            raise TooLarge(f"the answer is larger than {limit} bytes")
    asked = pause_asked(response.headers.get("Retry-After", ""))
    return Answered(
        answer=HttpAnswer(
            status=response.status,
            seconds=round(monotonic() - began, 3),
            bytes=len(body),
            media_type=response.headers.get("Content-Type"),
            body=excerpt(bytes(body), call),
        ),
        body=bytes(body),
        retry_after=None if asked is None else math.ceil(min(asked, LONGEST_PAUSE)),
    )


def excerpt(body: bytes, call: Call) -> str:
    """Return the beginning of a body for the log, without secrets that a service repeats."""
    text = body.decode("utf-8", "replace").replace("\0", "")
    return Redact(call.secrets.values(), shortest=1)(text)[:SHOWN]


def refusal(answered: Answered) -> DTBaseError | None:
    """Return what an answer means that is no success."""
    status = answered.answer.status
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        error = TooMany("the service has too many requests (429)")
        error.retry_after = answered.retry_after
        return error
    if status in BUSY:
        return Unavailable(f"the service answered {status}")
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Invalid(f"the service answered {status}: {answered.answer.body[:200]}")
    return None
