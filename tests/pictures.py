"""Pictures to bring: small ones, and such as nobody should."""

import struct
import zlib
from io import BytesIO

from PIL import Image

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 500">%s</svg>'


def png(width: int = 80, height: int = 50, mode: str = "RGB") -> bytes:
    """Return a small PNG."""
    out = BytesIO()
    Image.new(mode, (width, height)).save(out, "PNG")
    return out.getvalue()


def jpeg(width: int = 80, height: int = 50, note: bytes = b"") -> bytes:
    """Return a small JPEG that is turned by its metadata, and has a note in them."""
    out = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by a quarter
    exif[0x010E] = note.decode()
    Image.new("RGB", (width, height), "teal").save(out, "JPEG", exif=exif)
    return out.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    """Return a part of a PNG."""
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)


def png_bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """Return a PNG of a few kilobytes that says it has billions of pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000), 9)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", rows), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def svg(inside: str = "") -> bytes:
    """Return a drawing with something in it."""
    return SVG % inside.encode()


def svg_bomb() -> bytes:
    """Return a drawing of a few lines that uses its parts a billion times."""
    parts = ['<g id="a0"><rect width="1" height="1"/></g>']
    for depth in range(1, 10):
        uses = f'<use href="#a{depth - 1}"/>' * 10
        parts.append(f'<g id="a{depth}">{uses}</g>')
    return svg("".join(parts))
