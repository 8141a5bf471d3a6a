"""SVG is a program as much as a picture: only such is kept as draws, and asks for nothing.

Browsers show it as an image under a policy that runs and loads nothing; this comes before that, so
that a file that was made to do more is never kept, and none brings a browser to a halt.
"""

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from dtbase.errors import Invalid, TooLarge

MOST_BYTES = 2 << 20
MOST_PARTS = 50_000
"""Also counted as often as they are used: ten uses of ten uses of … are a bomb."""

DEEPEST = 100
LONGEST_SIDE = 100_000
FIELD = "image"
SVG = "http://www.w3.org/2000/svg"
DRAWN = frozenset(
    """
    svg g defs symbol use path rect circle ellipse line polyline polygon text tspan textPath title
    desc metadata style image clipPath mask pattern marker linearGradient radialGradient stop switch
    filter feBlend feColorMatrix feComponentTransfer feComposite feDropShadow feFlood feFuncA
    feFuncB feFuncG feFuncR feGaussianBlur feMerge feMergeNode feMorphology feOffset feTile
    """.split()  # noqa: SIM905 - a list of quoted names would be forty lines
)
OF_EDITORS = re.compile(
    r"http://(www\.inkscape\.org|sodipodi\.|www\.w3\.org/1999/02/22-rdf|purl\.|ns\.adobe\.com"
    r"|creativecommons\.org|web\.resource\.org|www\.bohemiancoding\.com)"
)
"""What editors note for themselves; browsers draw nothing of it."""

INSIDE = re.compile(r"#[\w.:-]+|data:image/(png|jpeg);base64,[A-Za-z0-9+/=\s]*")
URL = re.compile(r"url\(\s*['\"]?\s*([^)'\"]*)", re.IGNORECASE)
LENGTH = re.compile(r"\s*([0-9.]+(?:e[0-9]+)?)\s*(px|pt|pc|mm|cm|in)?\s*")


@dataclass
class Part:
    """An element that has an id: how many parts it has, and which others it uses."""

    parts: int = 0
    uses: list[str] = field(default_factory=list)


class Reader:
    """Reads an SVG once, and refuses the first thing that draws nothing."""

    def __init__(self) -> None:
        self.size: tuple[int, int] | None = None
        self.open: list[tuple[str, Part | None]] = []
        self.whole = Part()
        self.known: dict[str, Part] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if not self.open:
            self.begin(space, local, attributes)
        if len(self.open) >= DEEPEST:
            raise refusal(f"is nested deeper than {DEEPEST} elements")
        if space == SVG:
            self.drawn(local, attributes)
        elif not OF_EDITORS.match(space):
            raise refusal(f"has the element {local!r}, which draws nothing")
        self.count(local, attributes)

    def begin(self, space: str, local: str, attributes: dict[str, str]) -> None:
        if (space, local) != (SVG, "svg"):
            raise refusal("must be a PNG, a JPEG or an SVG", whole=True)
        self.size = size_of(attributes)

    def drawn(self, local: str, attributes: dict[str, str]) -> None:
        if local not in DRAWN:
            raise refusal(f"has the element {local!r}, which may not be in a plan")
        for name, value in attributes.items():
            space, _, bare = name.rpartition(" ")
            if bare.lower().startswith("on"):
                raise refusal(f"has the attribute {bare!r}, which would run a script")
            if bare in {"href", "src"}:
                refuse_outside(value)
            if space in {"", SVG}:
                refuse_styles(value, escapes=bare == "style")

    def count(self, local: str, attributes: dict[str, str]) -> None:
        own = Part() if "id" in attributes else None
        if own is not None:
            self.known[attributes["id"]] = own
        self.open.append((local, own))
        targets = used_by(local, attributes)
        for part in (self.whole, *(part for _, part in self.open if part is not None)):
            part.parts += 1
            part.uses += targets
        if self.whole.parts > MOST_PARTS:
            raise refusal(f"has more than {MOST_PARTS} elements")

    def end(self, _name: str) -> None:
        self.open.pop()

    def text(self, text: str) -> None:
        if self.open and self.open[-1][0] == "style":
            refuse_styles(text, escapes=True)

    def refuse_bombs(self) -> None:
        """Refuse what uses itself, or the same so often that drawing it would take for ever."""
        costs: dict[str, int] = {}
        if cost_of(self.whole, self.known, costs, ()) > MOST_PARTS:
            raise refusal(f"comes to more than {MOST_PARTS} elements by using some over and over")


def cost_of(part: Part, known: dict[str, Part], costs: dict[str, int], way: tuple[str, ...]) -> int:
    total = part.parts
    for name in part.uses:
        if name in way:
            raise refusal(f"uses {name!r} inside itself")
        if name in known and name not in costs:
            if len(way) > DEEPEST:
                raise refusal(f"uses elements deeper than {DEEPEST} times")
            costs[name] = cost_of(known[name], known, costs, (*way, name))
        total += costs.get(name, 0)
    return total


def used_by(local: str, attributes: dict[str, str]) -> list[str]:
    """Return the ids of what an element draws again."""
    if local == "image":
        return []
    links = (value for name, value in attributes.items() if name.rpartition(" ")[2] == "href")
    return [value.strip().lstrip("#") for value in links]


def size_of(attributes: dict[str, str]) -> tuple[int, int]:
    """Return how wide and high a drawing is; only their proportion counts."""
    box = re.split(r"[\s,]+", attributes.get("viewBox", "").strip())
    told = [attributes.get("width", ""), attributes.get("height", "")]
    sides = box[2:] if len(box) == len("xywh") else told
    found = [LENGTH.fullmatch(side) for side in sides]
    try:
        width, height = (max(round(float(each[1])), 1) for each in found if each is not None)
    except ValueError:
        raise refusal("must say its size by viewBox, or by width and height") from None
    if max(width, height) > LONGEST_SIDE:
        raise refusal(f"must be at most {LONGEST_SIDE} wide and high")
    return width, height


def refuse_outside(target: str) -> None:
    if not INSIDE.fullmatch(target.strip()):
        raise refusal(f"refers to {target[:60]!r}; it may refer to what is in it alone")


def refuse_styles(text: str, *, escapes: bool) -> None:
    """Refuse a style that fetches something, or that could hide that it does."""
    if "@import" in text.lower() or (escapes and "\\" in text):
        raise refusal("has a style that brings another file, or hides what it does")
    for target in URL.findall(text):
        refuse_outside(target)


def refusal(rule: str, *, whole: bool = False) -> Invalid:
    return Invalid(rule if whole else f"the SVG {rule}", field=FIELD)


def refuse_entities(*_: object) -> None:
    raise refusal("defines entities")


def refuse_instructions(*_: object) -> None:
    raise refusal("has processing instructions")


def check(content: bytes) -> tuple[int, int]:
    """Return the size of an SVG that only draws, or refuse it."""
    if len(content) > MOST_BYTES:
        raise TooLarge(f"an SVG may have at most {MOST_BYTES} bytes")
    reader = Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    parser.buffer_text = True
    parser.EntityDeclHandler, parser.ProcessingInstructionHandler = (
        refuse_entities,
        refuse_instructions,
    )
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        if reader.size is None:
            raise refusal("must be a PNG, a JPEG or an SVG", whole=True) from error
        raise refusal(f"is not well-formed: {error}") from error
    reader.refuse_bombs()
    assert reader.size is not None
    return reader.size
