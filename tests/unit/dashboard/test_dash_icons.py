"""Icons come with the style sheet, and are the drawings of the folder."""

import re
from pathlib import Path
from urllib.parse import unquote

ASSETS = Path(__file__).parents[3] / "dash_app" / "assets"
WHOLE = re.compile(r'\.i-([a-z0-9-]+) { mask-image: url\("data:image/svg\+xml,([^"]*)"\)')


def test_each_icon_in_the_sheet_is_the_drawing_of_its_name() -> None:
    sheet = (ASSETS / "30-icons.css").read_text(encoding="utf-8")
    found = WHOLE.findall(sheet)
    assert len(found) > 30
    for name, drawn in found:
        file = (ASSETS / "icons" / f"{name}.svg").read_text(encoding="utf-8")
        assert unquote(drawn) == file.strip(), name
