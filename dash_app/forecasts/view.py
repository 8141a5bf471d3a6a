"""What Forecasts shows, as its address says it: a series, a model, a run."""

from typing import Self
from urllib.parse import parse_qsl, urlencode

from dtbase.domain.forecasts.runs import Run, RunStatus
from dtbase.domain.frozen import Frozen
from dtbase.domain.glance.outlook import Outlook
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import Invalid

PATH = "/forecasts"


class View(Frozen):
    """The state of the page; without a series it shows all that are forecast."""

    series: SeriesKey | None = None
    model: str = ""
    run: int | None = None

    @classmethod
    def parse(cls, search: str | None) -> Self:
        """Read an address; what cannot be understood is left out."""
        given = dict(parse_qsl((search or "").lstrip("?")))
        run = given.get("run", "")
        return cls(
            series=_key(given.get("series", "")),
            model=given.get("model", ""),
            run=int(run) if run.isdecimal() and len(run) < 19 else None,  # noqa: PLR2004 - digits
        )

    def search(self) -> str:
        pairs = {
            "series": str(self.series) if self.series else "",
            "model": self.model,
            "run": str(self.run) if self.run else "",
        }
        written = urlencode({name: value for name, value in pairs.items() if value}, safe="/")
        return f"?{written}" if written else ""


def issued(outlook: Outlook, view: View) -> list[Run]:
    """Return the runs that the slider goes through, the oldest first: those of one model."""
    good = [run for run in outlook.runs if run.status is RunStatus.SUCCEEDED and run.issued_at]
    named = view.model or chosen_model(outlook)
    return sorted(
        (run for run in good if run.model == named), key=lambda run: (run.issued_at, run.id)
    )


def chosen_model(outlook: Outlook) -> str:
    """Return the model that is shown first: the champion, or the one that ran last."""
    known = {run.model for run in outlook.runs if run.status is RunStatus.SUCCEEDED}
    if outlook.champion is not None and outlook.champion.model in known:
        return outlook.champion.model
    return next((r.model for r in outlook.runs if r.status is RunStatus.SUCCEEDED), "")


def place_of(runs: list[Run], wanted: int | None) -> int:
    """Return where a run stands among others; the last one if it is not there."""
    return next((i for i, run in enumerate(runs) if run.id == wanted), len(runs) - 1)


def _key(text: str) -> SeriesKey | None:
    try:
        return SeriesKey.parse(text)
    except Invalid:
        return None
