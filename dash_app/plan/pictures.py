"""Pictures and shapes on their way: from the API to a page, and from a file into the API."""

from flask import Blueprint, Flask, Response, request

from dash_app import account
from dash_app.headers import YEAR
from dash_app.words import error_sentence
from dtbase.errors import DTBaseError, NotAuthenticated, Unavailable

PATH = "/_floor-plan"
SHAPES = "/_shape"
MOST_BYTES = 8 << 20
MOST_BYTES_OF_SHAPES = 16 << 20
ALONE = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox"
"""Opened by itself, a drawing runs nothing, fetches nothing, and is of no site."""

routes = Blueprint("pictures", __name__)


def init_pictures(server: Flask) -> None:
    """Serve the pictures of places, and take new ones."""
    server.register_blueprint(routes)


@routes.get(PATH)
def show() -> Response:
    """Answer a picture; an address that names its digest is good for ever."""
    try:
        found = account.api().locations.picture(request.args.get("location", ""))
    except DTBaseError as error:
        return refused(error)
    assert found is not None  # nothing was known before
    return sent(found.content, found.media_type.value)


def sent(content: bytes, kind: str) -> Response:
    kept = f"private, max-age={YEAR}, immutable" if "v" in request.args else "private, no-cache"
    headers = {"Content-Security-Policy": ALONE, "Cache-Control": kept}
    return Response(content, mimetype=kind, headers=headers)


@routes.get(SHAPES)
def show_shape() -> Response:
    """Answer a shape, in the same way."""
    try:
        found = account.api().locations.shape_file(request.args.get("location", ""))
    except DTBaseError as error:
        return refused(error)
    return sent(found or b"", "model/gltf-binary")


@routes.post(SHAPES)
def take_shape() -> Response:
    """Hand a shape over to the API, which says what is wrong with it."""
    request.max_content_length = MOST_BYTES_OF_SHAPES
    try:
        account.api().locations.put_shape(request.args.get("location", ""), request.get_data())
    except DTBaseError as error:
        return refused(error)
    return Response(status=204)


@routes.post(PATH)
def take() -> Response:
    """Hand a file over to the API, which says what is wrong with it."""
    request.max_content_length = MOST_BYTES
    try:
        account.api().locations.put_picture(request.args.get("location", ""), request.get_data())
    except DTBaseError as error:
        return refused(error)
    return Response(status=204)


def refused(error: DTBaseError) -> Response:
    if isinstance(error, NotAuthenticated):
        account.forget()
        return Response("Log in first.", status=401)
    status = 503 if isinstance(error, Unavailable) else 422
    return Response(error_sentence(error.detail), status=status, mimetype="text/plain")
