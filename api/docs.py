"""The page that shows the API, from files of this machine, under a policy that names its script."""

import re
from base64 import b64encode
from hashlib import sha256

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

PATH = "/docs"
STATIC = "/static-offline-docs"
"""Where fastapi_offline keeps the files of Swagger UI."""

SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
POLICY = (
    "default-src 'none'; script-src 'self' '{digest}'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'none'"
)
"""Swagger UI sets styles as it draws; the digest is of the one script that stands in the page."""


def install(app: FastAPI) -> None:
    @app.get(PATH, include_in_schema=False)
    async def show_docs(request: Request) -> HTMLResponse:
        return page(app.title, request.scope.get("root_path", ""))


def page(title: str, root: str) -> HTMLResponse:
    """Return the page of an API that lies below a root."""
    answer = get_swagger_ui_html(
        openapi_url=f"{root}/openapi.json",
        title=f"{title} - Swagger UI",
        swagger_js_url=f"{root}{STATIC}/swagger-ui-bundle.js",
        swagger_css_url=f"{root}{STATIC}/swagger-ui.css",
        swagger_favicon_url=f"{root}{STATIC}/favicon.png",
        swagger_ui_parameters={"validatorUrl": None},  # it would ask a foreign host
    )
    answer.headers["Content-Security-Policy"] = policy_of(bytes(answer.body).decode())
    return answer


def policy_of(html: str) -> str:
    """Return the policy under which the script of a page runs, and no other."""
    found = SCRIPT.search(html)
    assert found is not None
    digest = b64encode(sha256(found[1].encode()).digest()).decode()
    return POLICY.format(digest=f"sha256-{digest}")
