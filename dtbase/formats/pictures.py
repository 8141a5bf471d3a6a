"""Pictures that somebody brings: PNG and JPEG drawn anew, SVG checked, others refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING

from dtbase.domain.registry.floor_plans import MediaType
from dtbase.errors import Invalid, TooLarge
from dtbase.formats import drawings

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 8 << 20
MOST_PIXELS = 24_000_000
"""What a phone's camera makes; more is not even unpacked."""

MOST_SCANS = 100
"""A JPEG can be drawn over and over in one file; no camera does so more than ten times."""

SIDES = (4096, 2048, 1024)
"""How long the longer side may be: no more than a screen shows, and less if that is too large."""

FIELD = "image"
FORMATS = ("PNG", "JPEG")
JPEGS = frozenset({"JPEG", "MPO"})
PLAIN = frozenset({"L", "LA", "P", "RGB", "RGBA"})
SCAN = b"\xff\xda"
RULE = "must be a PNG, a JPEG or an SVG"


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept."""

    media_type: MediaType
    content: bytes
    width: int
    height: int

    @property
    def digest(self) -> str:
        return sha256(self.content).hexdigest()


def taken(content: bytes) -> Picture:
    """Return what may be kept of a picture, or refuse it."""
    if len(content) > MOST_BYTES:
        raise TooLarge(f"a picture may have at most {MOST_BYTES} bytes")
    if not content:
        raise Invalid(f"{RULE}; the body is empty", field=FIELD)
    if content.startswith((b"\x89PNG", b"\xff\xd8")):
        return drawn_anew(content)
    width, height = drawings.check(content)
    return Picture(MediaType.SVG, content, width, height)


def drawn_anew(content: bytes) -> Picture:
    """Return a raster without anything but its pixels: no metadata, and nothing behind its end."""
    from PIL import Image, ImageOps, UnidentifiedImageError  # only who uploads one pays for it

    if content.count(SCAN) > MOST_SCANS:
        raise Invalid(f"the JPEG has more than {MOST_SCANS} scans", field=FIELD)
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:  # before anything is unpacked
                raise too_many_pixels()
            jpeg = opened.format in JPEGS
            if jpeg:
                opened.draft("RGB", (SIDES[0], SIDES[0]))
            upright = ImageOps.exif_transpose(opened)
            plain = upright if upright.mode in PLAIN and not jpeg else upright.convert("RGB")
            return smallest_needed(plain, jpeg=jpeg)
    except Image.DecompressionBombError as error:
        raise too_many_pixels() from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise Invalid(f"the picture cannot be read: {error}", field=FIELD) from error


def too_many_pixels() -> Invalid:
    return Invalid(f"the picture has more than {MOST_PIXELS} pixels; make it smaller", field=FIELD)


def smallest_needed(image: "Image", *, jpeg: bool) -> Picture:
    """Return a picture as large as it may be kept."""
    for picture in written(image, jpeg=jpeg):
        if len(picture.content) <= MOST_BYTES:
            return picture
    raise TooLarge(f"drawn anew, the picture has more than {MOST_BYTES} bytes")


def written(image: "Image", *, jpeg: bool) -> Iterator[Picture]:
    for side in SIDES:
        image.thumbnail((side, side))
        out = BytesIO()
        if jpeg:
            image.save(out, "JPEG", quality=88)
        else:
            image.save(out, "PNG")
        kind = MediaType.JPEG if jpeg else MediaType.PNG
        yield Picture(kind, out.getvalue(), image.width, image.height)
