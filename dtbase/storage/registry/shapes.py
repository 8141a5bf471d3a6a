"""Storing shapes: a location has one .glb, and what is pinned to it."""

from sqlalchemy import func
from sqlalchemy.orm import Session

from dtbase.domain.registry.shapes import Shape, ShapeChange, Spot
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.formats.shapes import ShapeFile
from dtbase.storage import tables
from dtbase.storage.registry.attached import Attached

Row = tables.Shape
SHAPES = Attached(
    "shape",
    Shape,
    Spot,
    Row,
    tables.ShapePin,
    "shape_id",
    {"size": func.octet_length(Row.content), "vertices": Row.vertices},
)
get, digest_of, delete = SHAPES.get, SHAPES.digest_of, SHAPES.delete


def file(session: Session, location: str) -> tuple[bytes, str]:
    """Return the file of a location's shape, and its digest."""
    content, digest = SHAPES.file(session, location, Row.content, Row.digest)
    return content, digest


def put(session: Session, location: str, new: ShapeFile, expected: Expected = WHATEVER) -> Shape:
    """Give a location a shape, or another one; what is pinned stays where it is."""
    columns = {"content": new.content, "digest": new.digest, "vertices": new.vertices}
    return SHAPES.put(session, location, columns, expected)


def update(
    session: Session, location: str, change: ShapeChange, expected: Expected = WHATEVER
) -> Shape:
    """Pin things to a shape, instead of those that were."""
    return SHAPES.repin(session, location, change.pins, expected)
