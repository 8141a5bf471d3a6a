"""A .glb is checked part by part: what fetches, lies, loops or is too much is refused in words."""

import json
import re
import struct
from typing import Any

import pytest

from dtbase.errors import Invalid, TooLarge
from dtbase.formats.shapes import MOST_BYTES, taken
from tests.glbs import binary, document, glb, packed
from tests.pictures import png_bomb

JSON, BIN = 0x4E4F534A, 0x004E4942


def said(text: bytes, kind: int = JSON) -> bytes:
    return packed([(kind, text + b" " * (-len(text) % 4))])


def with_picture(content: bytes) -> bytes:
    """Return a .glb whose picture is some bytes."""
    whole = document()
    body, rest = binary()[0], bytes(-len(content) % 4)
    whole["bufferViews"][2] |= {"byteOffset": len(body), "byteLength": len(content)}
    whole["buffers"] = [{"byteLength": len(body) + len(content) + len(rest)}]
    text = json.dumps(whole).encode()
    text += b" " * (-len(text) % 4)
    return packed([(JSON, text), (BIN, body + content + rest)])


def test_a_shape_is_kept_as_it_is_with_how_much_it_draws() -> None:
    kept = taken(glb())
    assert kept.content == glb()
    assert kept.vertices == 24
    twice = {"nodes": [{"mesh": 0, "children": [1]}, {"mesh": 0}]}
    assert taken(glb(twice)).vertices == 48
    assert len(kept.digest) == 64


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "must be a .glb"),
        (b"<html><script>alert(1)</script>", "must be a .glb"),
        (b"glTF", "must be a .glb"),
        (struct.pack("<4sII", b"glTF", 1, 12), "of version 1"),
        (glb()[:-4], "says that it has"),
        (glb() + b"<script>", "says that it has"),
        (packed([(JSON, b"{} ")]), "does not fit"),
        (struct.pack("<4sIIII", b"glTF", 2, 20, 400, JSON), "does not fit"),
        (struct.pack("<4sIII", b"glTF", 2, 16, 0), "within the head"),
        (packed([]), "a chunk of JSON"),
        (packed([(BIN, b"")]), "a chunk of JSON"),
        (packed([(JSON, b"{}  "), (JSON, b"{}  ")]), "a chunk of JSON"),
        (said(b"[]"), "an object"),
        (said(b"{"), "cannot be read"),
        (said(b"\xff\xfe"), "cannot be read"),
        (said(b'{"a":' * 200_000), "cannot be read"),
        (said(b'{"a": NaN}'), "the number NaN"),
        (said(b" " * (4 << 20) + b"{}"), "bytes of JSON"),
    ],
)
def test_what_is_no_whole_file_is_refused(content: bytes, told: str) -> None:
    with pytest.raises(Invalid, match=re.escape(told)) as refused:
        taken(content)
    assert refused.value.violations[0]["field"] == "shape"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"asset": {"version": "1.0"}}, "glTF 2"),
        ({"asset": "2.0"}, "glTF 2"),
        ({"buffers": [{"uri": "https://evil.example/a.bin", "byteLength": 9}]}, "evil.example"),
        ({"images": [{"uri": "data:image/png;base64,AAAA"}]}, "in the file itself"),
        ({"extras": {"deep": [{"uri": "//evil.example"}]}}, "evil.example"),
        ({"extensionsUsed": ["KHR_draco_mesh_compression"]}, "without compression"),
        ({"extensionsRequired": ["EXT_lights_image_based"]}, "EXT_lights_image_based"),
        ({"extensionsUsed": "KHR_materials_unlit"}, "no list of names"),
        ({"materials": [{"extensions": {"VENDOR_loads": {}}}]}, "VENDOR_loads"),
        ({"buffers": [{"byteLength": 1 << 40}]}, "byteLength"),
        ({"buffers": [{"byteLength": 8}, {"byteLength": 8}]}, "one buffer"),
        ({"bufferViews": [{"buffer": 0, "byteOffset": 90, "byteLength": 1 << 30}]}, "byteLength"),
        ({"bufferViews": [{"buffer": -1, "byteLength": 1}]}, "as buffer"),
        ({"bufferViews": 7}, "a list of objects as bufferViews"),
        ({"accessors": [{"componentType": [], "type": {}, "count": 1}]}, "unknown type"),
        (
            {"accessors": [{"componentType": 5126, "type": "VEC3", "count": 3}]},
            "sparse or an empty",
        ),
        ({"images": [{"mimeType": ["image/png"], "bufferView": 2}]}, "neither PNG nor JPEG"),
        ({"images": [{"mimeType": "image/jpeg", "bufferView": 0}]}, "cannot be read"),
        ({"meshes": [{"primitives": [{"attributes": {}}]}]}, "without positions"),
        ({"meshes": [{"primitives": [{"attributes": {"POSITION": 9}}]}]}, "as POSITION"),
        ({"meshes": []}, "as mesh"),
        ({"nodes": [{}]}, "draws nothing"),
        ({"nodes": [{"mesh": True}]}, "as mesh"),
        ({"nodes": [{"mesh": 0, "children": [0]}]}, "in themselves"),
        ({"nodes": [{"mesh": 0, "children": [1]}, {"children": [0]}]}, "in themselves"),
        ({"nodes": [{"children": [2]}, {"children": [2]}, {"mesh": 0}]}, "in two others"),
        ({"nodes": [{"mesh": 0, "children": "0"}]}, "a list as children"),
        ({"scenes": [{"nodes": [0] * 50_000}]}, "in its scenes twice"),
        ({"nodes": [{"mesh": 0}] * 90_000}, "corners"),
        ({"extras": [0] * 500_000}, "values"),
    ],
)
def test_what_would_fetch_lie_loop_or_be_too_much_is_refused(
    changed: dict[str, Any], told: str
) -> None:
    with pytest.raises(Invalid, match=re.escape(told)):
        taken(glb(changed))


def test_an_accessor_that_reads_beyond_its_data_is_refused() -> None:
    accessors = document()["accessors"]
    accessors[0]["count"] = 1_000_000
    with pytest.raises(Invalid, match="reaches beyond its data"):
        taken(glb({"accessors": accessors}))


def test_a_picture_in_it_that_unpacks_to_too_much_is_refused() -> None:
    with pytest.raises(Invalid, match="pixels"):
        taken(with_picture(png_bomb()))
    with pytest.raises(Invalid, match="cannot be read"):
        taken(with_picture(b"<svg onload='alert(1)'/>"))


def test_a_file_that_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLarge):
        taken(b"glTF" + bytes(MOST_BYTES))
