"""How a column of times is written, and whether the day or the month comes first."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dtbase.domain.imports.profiles import Epoch
from dtbase.importing import clock

CLOCK = re.compile(
    r"(?P<H>\d{1,2}):(?P<M>\d{2})(?P<S>:\d{2}(?:[.,]\d{1,9})?)?(?P<p>\s*[AaPp](?:\.?\s?[Mm])?\.?(?!\w))?(?![\d:])"
)
DOTTED_CLOCK = re.compile(r"(?<![\d.])\d{1,2}\.\d{2}(?P<S>\.\d{2})?(?![\d.])")
ZONE = re.compile(r"(?<=[\d ])(Z|UTC|GMT|[+-]\d{2}:?\d{2})$")
RANGE = re.compile(r"(?<=\d:\d\d) - (?=\d)")
WEEKDAYS = re.compile(
    r"^((mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|wed|thu|fri|sat|sun"
    r"|mo(ntag)?|di(enstag)?|mi(ttwoch)?|do(nnerstag)?|fr(eitag)?|sa(mstag)?|so(nntag)?"
    r"|(lun|mar|mer|jeu|ven|sam)(\w{0,5}di)?|dim(anche)?"
    r"|lunes|martes|mi[eé](rcoles)?|jue(ves)?|vie(rnes)?|s[aá]b(ado)?|dom(ingo)?)(?=[,. ])",
    re.IGNORECASE,
)
NAMED_ZONE = re.compile(r"(?<=[\d ])([A-Z]{3,5})$")
MEANT_OTHERWISE = {"CST", "MST", "EST"}
"""Names of zones that also are others': of China, Malaysia, Australia."""

YEAR_FIRST = re.compile(r"(?<!\d)\d{4}([-/.])\d{1,2}\1\d{1,2}(?!\d)")
YEAR_LAST = re.compile(r"(?<!\d)\d{1,2}([-/.])\d{1,2}\1(\d{4}|\d{2})(?!\d)")
DAY_NAME_YEAR = re.compile(
    r"(?<!\d)\d{1,2}([-. /]+)([^\W\d]{3,12}\.?)([-. /,]+)(\d{4}|\d{2})(?!\d)"
)
NAME_DAY_YEAR = re.compile(r"([^\W\d]{3,12}\.?) (\d{1,2})(,? )(\d{4})(?!\d)")
COMPACT = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
SIZES: Sequence[tuple[Epoch, float]] = (("s", 1), ("ms", 1e3), ("us", 1e6), ("ns", 1e9))
OLDEST, NEWEST = 3e8, 4.2e9
"""Seconds since 1970 in which loggers have lived, and will: from 1979 to 2103."""

DAYS = (18_000, 80_000)
"""Days of a spreadsheet from 1949 to 2119."""

ENOUGH = 0.75
WHOLE = 0.999
Cells = Sequence[str]


@dataclass(frozen=True)
class Form:
    """How times are written: forms of strptime (none: ISO 8601), or numbers of a unit."""

    forms: tuple[str, ...] = ()
    epoch: Epoch | None = None
    share: float = 0.0
    """Of the cells, how many are read so."""

    otherwise: str | None = None
    """Another form that fits as well: the other order of day and month."""

    naive: bool = False
    date_only: bool = False


def shapes(text: str) -> Iterator[str]:
    """Write the forms that one time may be of; the likelier first."""
    text = text.strip()
    if text.isdigit():
        if len(text) in COMPACT and text[:2] in {"19", "20"}:
            yield COMPACT[len(text)]
        return
    if until := RANGE.search(text):  # of an interval, its start
        yield from (f"{form} - %*" for form in shapes(text[: until.start()]))
        return
    rest = text
    rest = zoned(rest) if CLOCK.search(rest) else rest
    clocks = CLOCK.search(rest) or (
        DOTTED_CLOCK.search(YEAR_LAST.sub("", rest)) and DOTTED_CLOCK.search(rest, 6)
    )
    if clocks:
        rest = rest[: clocks.start()] + clock_form(clocks) + rest[clocks.end() :]
    yield from dated(rest)


def zoned(text: str) -> str:
    """Put a form in the place of an offset, or of the name of a zone."""
    named = NAMED_ZONE.search(text)
    if named and named[1] in clock.OFFSETS:
        before = text[: named.start()]
        if offset := ZONE.search(before.rstrip()):
            return f"{before[: offset.start()]}%z{before[len(before.rstrip()) :]}%Z"
        if named[1] not in MEANT_OTHERWISE:
            return f"{before}%Z"
    offset = ZONE.search(text)
    return f"{text[: offset.start()]}%z" if offset else text


def clock_form(found: re.Match[str]) -> str:
    """Write the form of a clock."""
    point = ":" if ":" in found[0] else "."
    seconds = f"{point}%S" if found["S"] else ""
    after = found.groupdict().get("p") or ""
    if after:
        return f"%I{point}%M{seconds}{' ' * (after != after.lstrip())}%p"
    return f"%H{point}%M{seconds}"


def dated(text: str) -> Iterator[str]:
    """Write the forms of the date in a text, whose clock is a form already."""
    orders = ("%d{0}%m{0}", "%m{0}%d{0}")
    if found := YEAR_FIRST.search(text):
        yield put(text, found, f"%Y{found[1]}%m{found[1]}%d")
    elif found := YEAR_LAST.search(text):
        year = "%Y" if len(found[2]) == 4 else "%y"  # noqa: PLR2004 - its digits
        for order in orders[: 1 if found[1] == "." else 2]:
            yield put(text, found, order.format(found[1]) + year)
        if year == "%y":
            yield put(text, found, f"%y{found[1]}%m{found[1]}%d")
    elif found := DAY_NAME_YEAR.search(text):
        year = "%Y" if len(found[4]) == 4 else "%y"  # noqa: PLR2004
        yield put(text, found, f"%d{found[1]}%b{found[3]}{year}")
    elif found := NAME_DAY_YEAR.search(text):
        yield put(text, found, f"%b %d{found[3]}%Y")
    elif "%" in text and not re.search(r"\d", text):
        yield text  # a clock alone


def put(text: str, found: re.Match[str], form: str) -> str:
    """Put a form in the place of a date; the name of a day before it is of any day."""
    before = WEEKDAYS.sub("%a", text[: found.start()])
    return before + form + text[found.end() :]


def valid_share(
    cells: Cells, forms: Sequence[str], epoch: Epoch | None
) -> tuple[float, clock.Read]:
    """Tell which share of cells is read so."""
    read = clock.read_texts(pa.chunked_array([pa.array(cells, pa.string())]), forms, epoch)
    return (float(read.valid.mean()) if len(cells) else 0.0), read


def form_of(cells: Cells, named_as_time: bool) -> Form | None:
    """Return how a column of times is written, if it is one."""
    cells = [cell for cell in cells if any(sign.isdigit() for sign in cell)]
    if not cells:
        return None
    share, read = valid_share(cells, (), None)
    if share >= ENOUGH and not cells[0].strip().isdigit():
        bare = bool((read.micros % clock.DAY == 0).all()) and ":" not in "".join(cells[:20])
        return Form(share=share, naive=not read.placed.all(), date_only=bare)
    return written(cells) or numbered(cells, named_as_time)


def written(cells: Cells) -> Form | None:
    """Return the form of texts: the one that reads most, and others for what it leaves."""
    looked = dict.fromkeys((cells[0], cells[len(cells) // 2], cells[-1], *cells[1:4]))
    candidates = list(dict.fromkeys(form for cell in looked for form in shapes(cell)))
    candidates = [
        form
        for form in candidates
        if ("%d" in form or "%Y" in form) and not any(sign in form for sign in ";|\t")
    ]
    shares = {form: valid_share(cells, (form,), None)[0] for form in candidates}
    if not shares or max(shares.values()) < 0.4:  # noqa: PLR2004 - less than half is none
        return None
    best = max(shares.values())
    fits = [form for form in candidates if shares[form] >= best - 1e-9]
    fits.sort(key=lambda form: (len(words_of(form)), "%H" not in form and "%I" not in form))
    twelve = [form for form in fits if "%p" in form]
    first, other = order_of(cells, twelve or fits)
    forms: tuple[str, ...] = (first,)
    share = shares[first]
    for form in candidates:
        if share < WHOLE and same_order(form, first):
            more, _ = valid_share(cells, (*forms, form), None)
            alike = ("%p" in form) == ("%p" in first) and words_of(form) <= words_of(first)
            if more > share and alike:
                forms, share = (*forms, form), more
    _, read = valid_share(cells, forms, None)
    date_only = "%H" not in first and "%I" not in first
    naive = not read.placed[read.valid].all()
    return Form(forms, share=share, otherwise=other, naive=naive, date_only=date_only)


def words_of(form: str) -> set[str]:
    """Return the words of a form that stand for themselves."""
    return set(re.findall(r"[^\W\d]{2,}", re.sub(r"%.", " ", form)))


def same_order(one: str, other: str) -> bool:
    """Tell whether two forms have day and month in the same order, or the year before both."""
    if one.startswith("%Y") or other.startswith("%Y"):
        return True
    return (one.find("%d") < one.find("%m")) == (other.find("%d") < other.find("%m"))


def order_of(cells: Cells, fits: Sequence[str]) -> tuple[str, str | None]:
    """Return the likelier of forms that fit as well, and the other if it is not sure."""
    by_order = {order(form): form for form in reversed(fits) if not form.startswith("%Y")}
    if len(by_order) <= 1 or fits[0].startswith("%Y"):
        return fits[0], None
    costs = {form: leap(cells, form) for form in by_order.values()}
    least = min(costs, key=lambda form: costs[form])
    monthly = any(is_monthly(cells, form) for form in costs)
    if not monthly and all(costs[least] * 2 < costs[form] for form in costs if form != least):
        return least, None
    likely = [form for form in fits if form in costs and ("%y-" in form or "%y" not in form[:2])]
    if len(likely) == 1:
        return likely[0], None
    american = [form for form in likely if "%p" in form and order(form) == "mdy"]
    dashed = [form for form in likely if form.startswith("%y-")]
    first = (american or dashed or likely)[0]
    return first, next(form for form in likely if form != first)


def order(form: str) -> str:
    """Return the order of day, month and year in a form."""
    return "".join(code for code in re.findall(r"%([dmyY])", form)).lower()


def is_monthly(cells: Cells, form: str) -> bool:
    """Tell whether each row is of the first of a month, as in tables of months."""
    _, read = valid_share(cells, (form,), None)
    days = (read.micros // clock.DAY).astype("datetime64[D]")
    months = np.unique(days.astype("datetime64[M]"))
    return len(months) > 1 and bool((days == days.astype("datetime64[M]")).all())


def leap(cells: Cells, form: str) -> float:
    """Return the largest step between rows, which is a month where day and month are changed."""
    _, read = valid_share(cells, (form,), None)
    steps = np.abs(np.diff(read.micros[read.valid]))
    return float(steps.max()) if len(steps) else 0.0


def numbered(cells: Cells, named_as_time: bool) -> Form | None:
    """Return the unit of numbers that are times."""
    try:
        numbers = np.array([float(cell.replace(",", ".")) for cell in cells])
    except ValueError:
        return None
    for unit, per in SIZES:
        if ((numbers >= OLDEST * per) & (numbers <= NEWEST * per)).all():
            return Form(epoch=unit, share=1.0)
    days = (numbers >= DAYS[0]) & (numbers <= DAYS[1])
    steps = np.diff(numbers)
    if named_as_time and days.all() and ((steps >= 0).all() or (steps <= 0).all()):
        return Form(epoch="excel", share=1.0, naive=True)
    return None
