"""Shapes that somebody brings: a .glb is checked part by part, and what asks for more is refused.

Everything that is drawn is in the file itself: no address, no extension that fetches or unpacks,
and no more than a browser can draw, parts that are used over and over counted as often.
"""

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Any, NoReturn

from dtbase.errors import Invalid, TooLarge

MOST_BYTES = 16 << 20
MOST_JSON = 4 << 20
MOST_VALUES = 400_000
DEEPEST = 100
MOST_VERTICES = 2_000_000
MOST_PIXELS = 24_000_000
FIELD = "shape"
HEAD = struct.Struct("<4sII")
CHUNK = struct.Struct("<II")
JSON, BIN = 0x4E4F534A, 0x004E4942
ALLOWED = (
    "KHR_materials_",
    "KHR_texture_transform",
    "KHR_mesh_quantization",
    "KHR_lights_punctual",
)
"""Extensions that only say how something looks."""

WIDTHS = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}
PARTS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
Document = Mapping[str, Any]


@dataclass(frozen=True)
class ShapeFile:
    """A shape as it is kept."""

    content: bytes
    vertices: int

    @property
    def digest(self) -> str:
        return sha256(self.content).hexdigest()


def taken(content: bytes) -> ShapeFile:
    """Return what may be kept of a .glb, or refuse it."""
    if len(content) > MOST_BYTES:
        raise TooLarge(f"a shape may have at most {MOST_BYTES} bytes")
    text, binary = chunks_of(content)
    document = document_of(text)
    refuse_strange(document)
    views = views_of(document, len(binary))
    counts = counts_of(document, views)
    refuse_pictures(document, views, binary)
    return ShapeFile(content, drawn_by(document, counts))


def refuse(rule: str) -> NoReturn:
    raise Invalid(f"the .glb {rule}", field=FIELD)


def chunks_of(content: bytes) -> tuple[bytes, bytes]:
    """Return the two chunks of a file, whose lengths must say exactly what is there."""
    if len(content) < HEAD.size or not content.startswith(b"glTF"):
        raise Invalid("must be a .glb: glTF 2.0 in one binary file", field=FIELD)
    _, version, length = HEAD.unpack_from(content)
    if version != 2:  # noqa: PLR2004 - the only one there is
        refuse(f"is of version {version}; version 2 is read")
    if length != len(content):
        refuse(f"says that it has {length} bytes and has {len(content)}")
    found: list[tuple[int, bytes]] = []
    at = HEAD.size
    while at < len(content):
        if at + CHUNK.size > len(content):
            refuse("ends within the head of a chunk")
        size, kind = CHUNK.unpack_from(content, at)
        at += CHUNK.size
        if size % 4 or at + size > len(content):
            refuse(f"has a chunk of {size} bytes, which does not fit")
        found.append((kind, content[at : at + size]))
        at += size
    if [kind for kind, _ in found] not in ([JSON], [JSON, BIN]):
        refuse("must have a chunk of JSON, and at most one of binary data after it")
    return found[0][1], found[1][1] if len(found) > 1 else b""


def document_of(text: bytes) -> Document:
    if len(text) > MOST_JSON:
        refuse(f"has more than {MOST_JSON} bytes of JSON")
    try:
        document = json.loads(text.decode("utf-8"), parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"the JSON of the .glb cannot be read: {error}"[:200], field=FIELD) from error
    if not isinstance(document, dict):
        refuse("must have an object as its JSON")
    return document


def refuse_constant(name: str) -> NoReturn:
    refuse(f"has the number {name}")


def refuse_strange(document: Document) -> None:
    """Refuse what would fetch or unpack something, and more than anybody draws."""
    asset = document.get("asset")
    if not isinstance(asset, dict) or not str(asset.get("version", "")).startswith("2."):
        refuse("must say in asset.version that it is glTF 2")
    for seen, (key, value, depth) in enumerate(walk(document)):
        if seen > MOST_VALUES or depth > DEEPEST:
            refuse(f"has more than {MOST_VALUES} values, or is nested deeper than {DEEPEST}")
        if key == "uri":
            refuse(f"refers to {str(value)[:60]!r}; all that is drawn must be in the file itself")
        if key in {"extensionsUsed", "extensionsRequired"}:
            refuse_extensions(value)
        if key == "extensions":
            refuse_extensions(list(value) if isinstance(value, dict) else value)


def refuse_extensions(names: Any) -> None:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        refuse("has extensions that are no list of names")
    for name in names:
        if not name.startswith(ALLOWED):
            refuse(f"uses the extension {name[:60]!r}; export it without, and without compression")


def walk(document: Document) -> Iterator[tuple[str | None, Any, int]]:
    """Yield all values with their keys and how deep they are, without recursion."""
    waiting: list[tuple[str | None, Any, int]] = [(None, document, 0)]
    while waiting:
        key, value, depth = waiting.pop()
        yield key, value, depth
        if isinstance(value, dict):
            waiting += [(name, inner, depth + 1) for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(None, inner, depth + 1) for inner in value]


def rows(document: Document, name: str) -> Sequence[Document]:
    """Return a list of objects of the document."""
    found = document.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        refuse(f"must have a list of objects as {name}")
    return found


def whole(row: Document, name: str, below: int, usual: int | None = None) -> int:
    """Return a whole number of an object, from zero to below a bound."""
    value = row.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < below:
        refuse(f"must have a whole number below {below} as {name}, not {str(value)[:20]!r}")
    return value


@dataclass(frozen=True)
class View:
    """A part of the binary chunk."""

    start: int
    length: int
    stride: int


def views_of(document: Document, binary: int) -> Sequence[View]:
    buffers = rows(document, "buffers")
    if len(buffers) > 1:
        refuse("must have one buffer, its own binary chunk")
    size = whole(buffers[0], "byteLength", binary + 1) if buffers else 0
    found = []
    for row in rows(document, "bufferViews"):
        whole(row, "buffer", len(buffers))
        start = whole(row, "byteOffset", size + 1, 0)
        length = whole(row, "byteLength", size - start + 1)
        found.append(View(start, length, whole(row, "byteStride", 253, 0)))
    return found


def counts_of(document: Document, views: Sequence[View]) -> Sequence[int]:
    """Return how many elements each accessor has; they must lie within what it reads."""
    found = []
    for row in rows(document, "accessors"):
        count = whole(row, "count", MOST_VERTICES * 3)
        width = next((n for kind, n in WIDTHS.items() if kind == row.get("componentType")), None)
        parts = next((n for kind, n in PARTS.items() if kind == row.get("type")), None)
        if width is None or parts is None:
            refuse("has an accessor of an unknown type")
        if "sparse" in row or "bufferView" not in row:
            refuse("has a sparse or an empty accessor; export it without")
        view = views[whole(row, "bufferView", len(views))]
        start = whole(row, "byteOffset", view.length + 1, 0)
        stride = view.stride or width * parts
        if count and start + stride * (count - 1) + width * parts > view.length:
            refuse(f"has an accessor of {count} elements that reaches beyond its data")
        found.append(count)
    return found


def refuse_pictures(document: Document, views: Sequence[View], binary: bytes) -> None:
    """Refuse pictures that are none, or that unpack to more than a browser can hold."""
    from PIL import Image, UnidentifiedImageError  # only who uploads one pays for it

    pixels = 0
    for row in rows(document, "images"):
        if row.get("mimeType") not in ("image/png", "image/jpeg"):
            refuse("has a picture that is neither PNG nor JPEG")
        view = views[whole(row, "bufferView", len(views))]
        content = binary[view.start : view.start + view.length]
        try:
            with Image.open(BytesIO(content), formats=("PNG", "JPEG")) as opened:
                pixels += opened.width * opened.height
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
            raise Invalid("the .glb has a picture that cannot be read", field=FIELD) from error
        except Image.DecompressionBombError:
            pixels = MOST_PIXELS + 1
        if pixels > MOST_PIXELS:
            refuse(f"has pictures of more than {MOST_PIXELS} pixels")


def drawn_by(document: Document, counts: Sequence[int]) -> int:
    """Return how many corners are drawn, those of a mesh as often as it is used."""
    meshes = [corners_of(mesh, counts) for mesh in rows(document, "meshes")]
    nodes = rows(document, "nodes")
    refuse_loops(nodes)
    refuse_repeated(document, len(nodes))
    used = [whole(node, "mesh", len(meshes)) for node in nodes if "mesh" in node]
    total = sum(meshes[mesh] for mesh in used)
    if total > MOST_VERTICES:
        refuse(f"draws more than {MOST_VERTICES} corners; make it simpler")
    if not total:
        refuse("draws nothing")
    return total


def corners_of(mesh: Document, counts: Sequence[int]) -> int:
    total = 0
    for part in rows(mesh, "primitives"):
        attributes = part.get("attributes")
        if not isinstance(attributes, dict) or "POSITION" not in attributes:
            refuse("has a part without positions")
        numbers = [counts[whole(attributes, name, len(counts))] for name in attributes]
        if "indices" in part:
            numbers.append(counts[whole(part, "indices", len(counts))])
        targets = rows(part, "targets")
        for target in targets:
            numbers += [counts[whole(target, name, len(counts))] for name in target]
        total += max(numbers)
    return total


def refuse_loops(nodes: Sequence[Document]) -> None:
    """Refuse nodes that are in themselves, or in two others."""
    parents: dict[int, int] = {}
    for parent, node in enumerate(nodes):
        for child in listed(node, "children"):
            at = whole({"child": child}, "child", len(nodes))
            if at in parents:
                refuse(f"has node {at} in two others")
            parents[at] = parent
    for start in range(len(nodes)):
        at, depth = start, 0
        while at in parents:
            at, depth = parents[at], depth + 1
            if depth > DEEPEST:
                refuse(f"has nodes in themselves, or deeper than {DEEPEST}")


def refuse_repeated(document: Document, nodes: int) -> None:
    """Refuse scenes that draw a node more than once: each time would be a copy."""
    seen: set[int] = set()
    for scene in rows(document, "scenes"):
        for child in listed(scene, "nodes"):
            node = whole({"node": child}, "node", nodes)
            if node in seen:
                refuse(f"has node {node} in its scenes twice")
            seen.add(node)


def listed(row: Document, name: str) -> Sequence[Any]:
    found = row.get(name, [])
    if not isinstance(found, list):
        refuse(f"must have a list as {name}")
    return found
