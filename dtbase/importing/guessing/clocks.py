"""Times whose parts stand in columns of their own: year, day of the year, hour and minute."""

import re
from collections.abc import Iterator, Sequence

from dtbase.importing.guessing.forms import Form, valid_share

Rows = Sequence[Sequence[str]]
YEARS = range(1980, 2100)
DAYS = range(1, 367)
HOURS_AND_MINUTES = range(2401)
MINUTES_IN_HOUR = 60
ORDINAL = re.compile(r"#?\s*(doy|jday|julian.*|jd|jul|yday|day.?of.?year|day)", re.IGNORECASE)
PARTS: Sequence[tuple[str, re.Pattern[str]]] = tuple(
    (code, re.compile(rf"#?\s*({names})", re.IGNORECASE))
    for code, names in (
        ("%Y", "year|yr|yyyy|yy|jahr|ann[ée]e|a[ñn]o"),
        ("%m", "month|mon|mo|mm|monat|mois|mes"),
        ("%d", "day|dd|dy|tag|jour|d[ií]a"),
        ("%H", "hour|hours|hh|hr|h|stunde|std|heure|hora"),
        ("%M", "minutes?|min|mn|mm|mi|minuto"),
        ("%S", "seconds?|sec|ss|s|sekunde|segundo"),
    )
)
"""The parts of a time in their order, with the names that columns of them have."""

ENOUGH = 0.9


def parted(rows: Rows, names: Sequence[str]) -> tuple[tuple[int, ...], Form] | None:
    """Return where the parts of a time stand side by side, and the form of all of them."""
    for place in range(len(names)):
        if not all_in(rows, place, YEARS) and not PARTS[0][1].fullmatch(names[place]):
            continue
        for count, form in forms_at(rows, names, place):
            places = tuple(range(place, place + count))
            texts = [" ".join(row[at] for at in places) for row in rows]
            share, _ = valid_share(texts, (form,), None)
            if share >= ENOUGH:
                only_days = "%H" not in form
                return places, Form((form,), share=share, naive=True, date_only=only_days)
    return None


def forms_at(rows: Rows, names: Sequence[str], place: int) -> Iterator[tuple[int, str]]:
    """Yield how many columns from one of years on may be a time, and their form."""
    year = "%Y" if all_in(rows, place, YEARS) else "%y"
    ordinal = all_in(rows, place + 1, DAYS)
    if ordinal and all_in(rows, place + 2, HOURS_AND_MINUTES, clock=True):
        named = ORDINAL.fullmatch(names[place + 1])
        if named or (year == "%Y" and not has_names(names)):
            yield 3, f"{year} %j %H%M"
    count = 1
    for _, pattern in PARTS[1:]:
        if place + count >= len(names) or not pattern.fullmatch(names[place + count]):
            break
        count += 1
    if count > 2:  # noqa: PLR2004 - a day at least
        yield count, " ".join([year, *(code for code, _ in PARTS[1:count])])
    if ordinal and ORDINAL.fullmatch(names[place + 1]):
        yield 2, f"{year} %j"


def has_names(names: Sequence[str]) -> bool:
    """Tell whether these are names, and not the cells of a first row."""
    return any(sign.isalpha() for name in names for sign in name)


def all_in(rows: Rows, place: int, numbers: range, *, clock: bool = False) -> bool:
    """Tell whether a column holds nothing but whole numbers of a range."""
    if place >= len(rows[0]):
        return False
    cells = [row[place] for row in rows if row[place]]
    fit = all(cell.isdecimal() and len(cell) <= 4 and int(cell) in numbers for cell in cells)  # noqa: PLR2004
    minutes = not clock or all(int(cell) % 100 < MINUTES_IN_HOUR for cell in cells if fit)
    return bool(cells) and fit and minutes
