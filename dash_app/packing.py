"""Files that do not change are packed once as tightly as can be, and sent so ever after.

What is asked for the first time goes out lightly packed, as every answer does: packing tightly
takes a second for the largest, and only what is asked for again is worth it.
"""

from threading import Lock

from backports.zstd import compress
from flask import Flask, Response, request

from dash_app.gate import STATIC_PREFIXES

LEVEL = 19
WORTH = 1_000
"""Bytes; below it there is little to gain."""

KINDS = ("text/", "application/javascript", "application/json", "image/svg")


class Packer:
    """Packed files by their path and version; there are as many as files, and no more."""

    def __init__(self) -> None:
        self._packed: dict[tuple[str, str], bytes | None] = {}
        self._lock = Lock()

    def pack(self, response: Response) -> Response:
        """Send a file packed, if it is one and the browser unpacks it."""
        if not fits(response):
            return response
        tag = response.headers.get("ETag", "")
        body = self._body(response, (request.path, tag))
        if body is None:
            return response
        response.set_data(body)
        response.headers["Content-Encoding"] = "zstd"
        response.headers["ETag"] = f'{tag[:-1]}:packed"'
        response.vary.add("Accept-Encoding")
        return response

    def _body(self, response: Response, key: tuple[str, str]) -> bytes | None:
        with self._lock:
            if key not in self._packed:
                self._packed[key] = None
                return None
            found = self._packed[key]
        if found is None:
            response.direct_passthrough = False
            found = self._packed[key] = compress(response.get_data(), LEVEL)
        return found


def fits(response: Response) -> bool:
    """Tell whether an answer is a file of ours that packing makes shorter."""
    return (
        response.status_code == 200  # noqa: PLR2004 - whole, and not 304
        and request.method == "GET"
        and request.path.startswith(STATIC_PREFIXES)
        and request.accept_encodings.quality("zstd") > 0
        and "Content-Encoding" not in response.headers
        and (response.mimetype or "").startswith(KINDS)
        and (response.content_length or 0) > WORTH
        and response.headers.get("ETag", "").endswith('"')
    )


def init_packing(server: Flask) -> None:
    """Pack before anything else does: what is registered last comes first."""
    server.after_request(Packer().pack)
