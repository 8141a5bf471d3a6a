"""Ids of the parts of the page Import."""

from functools import partial
from typing import Final

from dash_app.ids import all_of, ident

PAGE: Final = "import"
PATH: Final = "/import"

HERE: Final = "import-here"
KEPT: Final = "import-kept"
ASK: Final = "import-ask"
"""How the file that is chosen is to be read, and what is to be done: the browser sends it."""
ANSWER: Final = "import-answer"
"""What came of it."""
REFRESH: Final = "import-refresh"
START: Final = "import-start"
BODY: Final = "import-body"
PAST: Final = "import-past"
SKIP: Final = "import-skip"
GO: Final = "import-go"
RESET: Final = "import-reset"
PROFILE_NAME: Final = "import-profile-name"
KEEP: Final = "import-keep"
WATCH: Final = "import-watch"
WATCH_FILES: Final = "import-watch-files"
WATCH_OFTEN: Final = "import-watch-often"
WATCH_GROWING: Final = "import-watch-growing"
WATCHED: Final = "import-watched"
SERIES: Final = "import-series"
PLACING: Final = "import-placing"
PLACE: Final = "import-place"
PLACE_GO: Final = "import-place-go"

part, every = partial(ident, PAGE), partial(all_of, PAGE)
"""The id of one of many parts by its name and key; and what matches all parts of a name."""
