"""Long lists over HTTP: a page is a JSON array, and its Link header leads to the next one."""

from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from fastapi import Request, Response

from dtbase.domain.paging import Listed

T = TypeVar("T")

TOTAL = "Total-Count"

PAGED: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            "Link": {
                "description": 'The next page, if there is one: `<?cursor=…>; rel="next"`.',
                "schema": {"type": "string"},
            },
            TOTAL: {
                "description": "How many fit in all, where `count=true` asks for it.",
                "schema": {"type": "integer"},
            },
        }
    }
}
"""What the document says of every list."""


FIRST_ONLY = {"cursor", "skip", "count"}
"""What an address says for its own page only."""


def linked(request: Request, response: Response, listed: Listed[T]) -> Sequence[T]:
    """Return the things of a page, and lead to the next one."""
    if listed.total is not None:
        response.headers[TOTAL] = str(listed.total)
    if listed.next is not None:
        asked = [(name, value) for name, value in request.query_params.multi_items()]
        query = [(name, value) for name, value in asked if name not in FIRST_ONLY]
        address = urlencode([*query, ("cursor", listed.next)])
        response.headers["Link"] = f'<?{address}>; rel="next"'
    return listed.items
