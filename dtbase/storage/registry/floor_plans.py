"""Storing floor plans: a location has one picture, and what is pinned to it."""

from sqlalchemy import func
from sqlalchemy.orm import Session

from dtbase.domain.registry.floor_plans import FloorPlan, FloorPlanChange, MediaType, Pin
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.formats.pictures import Picture
from dtbase.storage import tables
from dtbase.storage.registry.attached import Attached

Plan = tables.FloorPlan
PLANS = Attached(
    "floor plan",
    FloorPlan,
    Pin,
    Plan,
    tables.FloorPlanPin,
    "floor_plan_id",
    {
        "media_type": Plan.media_type,
        "width": Plan.width,
        "height": Plan.height,
        "size": func.octet_length(Plan.image),
    },
)
get, digest_of, delete = PLANS.get, PLANS.digest_of, PLANS.delete


def picture(session: Session, location: str) -> tuple[bytes, MediaType, str]:
    """Return the picture of a location, what it is, and its digest."""
    image, kind, digest = PLANS.file(session, location, Plan.image, Plan.media_type, Plan.digest)
    return image, MediaType(kind), digest


def put(session: Session, location: str, new: Picture, expected: Expected = WHATEVER) -> FloorPlan:
    """Give a location a picture, or another one; what is pinned stays where it is."""
    columns = {"image": new.content, "digest": new.digest, "media_type": new.media_type.value}
    size = {"width": new.width, "height": new.height}
    return PLANS.put(session, location, columns | size, expected)


def update(
    session: Session, location: str, change: FloorPlanChange, expected: Expected = WHATEVER
) -> FloorPlan:
    """Pin things to a floor plan, instead of those that were."""
    return PLANS.repin(session, location, change.pins, expected)
