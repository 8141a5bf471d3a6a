"""The dashboard below a path, such as /twin/, and behind proxies; no page knows of either.

Pages write addresses from the root of the site: what leaves gets the prefix, what comes loses it.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

from flask import Flask, Response
from werkzeug.middleware.proxy_fix import ProxyFix

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Network = IPv4Network | IPv6Network

CALLBACK = "/_dash-update-component"
REWRITTEN = {"text/html", "application/json"}
SLASH = r"(?:/|\\u002f)"
"""A slash as pages write it, or as Dash writes it into JSON."""

FORWARDED = ("FOR", "PROTO", "HOST", "PORT", "PREFIX")


def mount(server: Flask, prefix: str, trusted: Sequence[Network]) -> None:
    """Put a server below a prefix, which may be empty, and let it believe some proxies."""
    believing = Believing(server.wsgi_app, trusted)
    server.wsgi_app = Mounted(believing, prefix) if prefix else believing  # type: ignore[assignment, method-assign]
    if prefix:
        server.after_request(Rewriting(prefix).outward)


class Believing:
    """Takes the word of trusted proxies for who asks and how; others' words are forgotten."""

    def __init__(self, application: Application, trusted: Sequence[Network]) -> None:
        self._plain = application
        self._fixed = ProxyFix(application, x_for=1, x_proto=1, x_host=1)
        self._trusted = trusted

    def __call__(self, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        """Pass a request on."""
        if is_within(environ.get("REMOTE_ADDR", ""), self._trusted):
            return self._fixed(environ, start)
        for name in FORWARDED:
            environ.pop(f"HTTP_X_FORWARDED_{name}", None)
        return self._plain(environ, start)


def is_within(address: str, networks: Sequence[Network]) -> bool:
    try:
        asked = ip_address(address)
    except ValueError:
        return False
    return any(asked in network for network in networks)


class Mounted:
    """Takes the prefix off a request's path, be it that a proxy has done so already."""

    def __init__(self, application: Application, prefix: str) -> None:
        self._application = application
        self._prefix = prefix

    def __call__(self, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        """Pass a request on, and put the prefix onto where its answer leads."""
        path = environ.get("PATH_INFO", "")
        if path == self._prefix or path.startswith(f"{self._prefix}/"):
            environ["PATH_INFO"] = path[len(self._prefix) :] or "/"
        environ["SCRIPT_NAME"] = self._prefix
        if environ["PATH_INFO"] == CALLBACK:
            self._inward(environ)

        def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start(
                status, [(name, self._header(name, value)) for name, value in headers], *more
            )

        return self._application(environ, begin)

    def _inward(self, environ: Environ) -> None:
        """Let callbacks hear the address of a page as the page knows it."""
        size = int(environ.get("CONTENT_LENGTH") or 0)
        pattern = rb'("property":\s*"pathname",\s*"value":\s*")' + re.escape(self._prefix.encode())
        body = re.sub(pattern + rb"(?=[/\"])", rb"\1", environ["wsgi.input"].read(size))
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))

    def _header(self, name: str, value: str) -> str:
        if name.lower() == "location" and value.startswith("/") and not value.startswith("//"):
            return self._prefix + value
        if name.lower() == "set-cookie":  # twins below other prefixes have cookies of their own
            return re.sub(r"Path=/(?=;|$)", f"Path={self._prefix}/", value)
        return value


class Rewriting:
    """Puts the prefix onto the addresses in pages and in what callbacks answer."""

    def __init__(self, prefix: str) -> None:
        """Prepare for a prefix; what Dash itself writes has it already."""
        own = SLASH.join(map(re.escape, prefix[1:].split("/")))
        begin = rf"{SLASH}(?!{SLASH}|{own}{SLASH}(?:_dash|assets|_favicon))"
        self._attribute = re.compile(rf'\b((?:href|src|action)="){begin}')
        self._property = re.compile(rf'("(?:href|src|action|pathname)":\s*"){begin}')
        self._to = rf"\1{prefix}/"

    def outward(self, response: Response) -> Response:
        """Rewrite a page or a callback's answer."""
        if response.mimetype in REWRITTEN and not response.direct_passthrough:
            of = self._attribute if response.mimetype == "text/html" else self._property
            response.set_data(of.sub(self._to, response.get_data(as_text=True)))
        return response
