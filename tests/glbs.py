"""Shapes to bring: a small .glb, and such as nobody should."""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from tests.pictures import png

CORNERS = ((0, 0, 0), (4, 0, 0), (4, 0, -3), (0, 0, -3), (0, 2.5, 0), (4, 2.5, 0), (4, 2.5, -3))
ROOF = (0, 2.5, -3)
FACES = (0, 1, 2, 0, 2, 3, 0, 1, 5, 0, 5, 4, 3, 2, 6, 3, 6, 7, 0, 3, 7, 0, 7, 4)
"""A floor and three walls, four metres by three."""


def binary() -> tuple[bytes, int, int, int]:
    """Return corners, faces and a picture, and how long each is."""
    corners = b"".join(struct.pack("<3f", *corner) for corner in (*CORNERS, ROOF))
    faces = struct.pack(f"<{len(FACES)}H", *FACES)
    picture = png(8, 8)
    picture += bytes(-len(picture) % 4)
    return corners + faces + picture, len(corners), len(faces), len(picture)


def document(name: str = "house") -> dict[str, Any]:
    """Return what a .glb says of a house without a roof."""
    content, corners, faces, picture = binary()
    return {
        "asset": {"version": "2.0", "generator": name},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": name}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "materials": [
            {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}, "doubleSided": True}
        ],
        "textures": [{"source": 0}],
        "images": [{"bufferView": 2, "mimeType": "image/png"}],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": 8,
                "type": "VEC3",
                "min": [0, 0, -3],
                "max": [4, 2.5, 0],
            },
            {"bufferView": 1, "componentType": 5123, "count": len(FACES), "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": corners},
            {"buffer": 0, "byteOffset": corners, "byteLength": faces},
            {"buffer": 0, "byteOffset": corners + faces, "byteLength": picture},
        ],
        "buffers": [{"byteLength": len(content)}],
    }


def glb(changed: Mapping[str, Any] | None = None, name: str = "house") -> bytes:
    """Return a .glb whose document has some parts changed."""
    text = json.dumps({**document(name), **(changed or {})}).encode()
    return packed([(0x4E4F534A, text + b" " * (-len(text) % 4)), (0x004E4942, binary()[0])])


def packed(chunks: Sequence[tuple[int, bytes]], length: int | None = None) -> bytes:
    """Return chunks in one file, which may lie about how long it is."""
    body = b"".join(struct.pack("<II", len(each), kind) + each for kind, each in chunks)
    return struct.pack("<4sII", b"glTF", 2, length or len(body) + 12) + body
