"""What is kept of a picture, and which are refused before they can do anything."""

from io import BytesIO

import pytest
from PIL import Image

from dtbase.domain.registry.floor_plans import MediaType
from dtbase.errors import Invalid, TooLarge
from dtbase.formats.pictures import MOST_BYTES, SIDES, taken
from tests.pictures import jpeg, png, png_bomb, svg, svg_bomb

EDITORS = (
    '<metadata><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></metadata>'
    '<g xmlns:i="http://www.inkscape.org/namespaces/inkscape" i:label="C:\\plans">'
    '<style>.a { fill: url(#hatch) }</style><path class="a" d="M0 0h9"/></g>'
)
REFUSED = {
    "a script": "<script>alert(1)</script>",
    "a handler": '<rect onload="alert(1)" width="1" height="1"/>',
    "html": '<foreignObject><b xmlns="http://www.w3.org/1999/xhtml">x</b></foreignObject>',
    "html without a frame": '<b xmlns="http://www.w3.org/1999/xhtml">x</b>',
    "an animation": '<animate attributeName="href" to="javascript:alert(1)"/>',
    "a link to a script": '<use href="javascript:alert(1)"/>',
    "a picture from elsewhere": '<image href="https://evil.example/x.png"/>',
    "an old link": '<use xmlns:x="http://www.w3.org/1999/xlink" x:href="//evil.example/a#b"/>',
    "a drawing in a link": '<image href="data:image/svg+xml;base64,PHN2Zy8+"/>',
    "a style from elsewhere": "<style>@import url(https://evil.example/a.css);</style>",
    "a font from elsewhere": "<style>a { src: url( 'https://evil.example/f' ) }</style>",
    "a filling from elsewhere": '<rect fill="url(https://evil.example/#a)"/>',
    "an escape": '<rect style="fill:\\75rl(https://evil.example)"/>',
    "what uses itself": '<g id="a"><use href="#a"/></g>',
    "depth": "<g>" * 200 + "</g>" * 200,
    "too many parts": "<path/>" * 60_000,
    "an instruction": '<?xml-stylesheet href="https://evil.example/a.css"?>',
}


def test_a_png_is_drawn_anew() -> None:
    behind = png() + b"<script>alert(1)</script>"
    picture = taken(behind)
    assert (picture.media_type, picture.width, picture.height) == (MediaType.PNG, 80, 50)
    assert b"script" not in picture.content


def test_a_jpeg_is_upright_and_keeps_no_metadata() -> None:
    picture = taken(jpeg(note=b"where I live"))
    assert (picture.media_type, picture.width, picture.height) == (MediaType.JPEG, 50, 80)
    assert b"where I live" not in picture.content


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_png_can_be_shown(mode: str) -> None:
    picture = taken(png(mode=mode))
    with Image.open(BytesIO(picture.content)) as image:
        assert image.size == (80, 50)


def test_a_large_picture_is_made_as_large_as_a_screen_shows() -> None:
    picture = taken(png(5_000, 2_500))
    assert (picture.width, picture.height) == (SIDES[0], SIDES[0] // 2)


def test_a_picture_that_says_it_has_billions_of_pixels_is_not_unpacked() -> None:
    with pytest.raises(Invalid, match="more than 24000000 pixels"):
        taken(png_bomb())
    with pytest.raises(Invalid, match="cannot be read"):
        taken(png_bomb(100, 100)[:60])


def test_a_jpeg_that_draws_itself_over_and_over_is_refused() -> None:
    with pytest.raises(Invalid, match="scans"):
        taken(jpeg() + b"\xff\xda" * 200)


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"%PDF-1.7", b"<html></html>", b"\x00" * 64])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid, match="PNG, a JPEG or an SVG"):
        taken(content)


def test_what_is_too_large_is_refused_unread() -> None:
    with pytest.raises(TooLarge):
        taken(bytes(MOST_BYTES + 1))
    with pytest.raises(TooLarge):
        taken(svg("<!--" + "x" * (2 << 20) + "-->"))


def test_a_drawing_of_an_editor_is_kept_as_it_is() -> None:
    content = svg(EDITORS)
    picture = taken(content)
    assert (picture.media_type, picture.width, picture.height) == (MediaType.SVG, 800, 500)
    assert picture.content == content


@pytest.mark.parametrize("name", REFUSED)
def test_a_drawing_that_does_more_than_draw_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="the SVG"):
        taken(svg(REFUSED[name]))


def test_bombs_of_entities_and_of_uses_are_refused() -> None:
    lol = b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + svg("&b;")
    with pytest.raises(Invalid, match="entities"):
        taken(lol)
    with pytest.raises(Invalid, match="over and over"):
        taken(svg_bomb())


@pytest.mark.parametrize(
    ("head", "size"),
    [
        ('viewBox="0 0 20.4 10"', (20, 10)),
        ('width="210mm" height="297mm"', (210, 297)),
        ('width="10" height="5" viewBox="0,0,100,50"', (100, 50)),
    ],
)
def test_the_size_of_a_drawing_is_its_own(head: str, size: tuple[int, int]) -> None:
    picture = taken(f'<svg xmlns="http://www.w3.org/2000/svg" {head}/>'.encode())
    assert (picture.width, picture.height) == size


@pytest.mark.parametrize("head", ["", 'width="100%" height="5"', 'viewBox="0 0 1e9 5"'])
def test_a_drawing_without_a_size_is_refused(head: str) -> None:
    with pytest.raises(Invalid, match="the SVG must"):
        taken(f'<svg xmlns="http://www.w3.org/2000/svg" {head}/>'.encode())
