"""Asking for forecasts and backtests: a run of our service, and a place for what it will leave."""

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.backtests import Backtest, NewBacktest
from dtbase.domain.forecasts.runs import NewRun, Run
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.services.services import BACKTEST, FORECAST, REBUILD, QueueName, ServiceKind
from dtbase.storage import tables
from dtbase.storage.forecasts import backtests, runs
from dtbase.storage.registry import measures, series
from dtbase.storage.services import service_runs
from dtbase.storage.services.kept_parameters import Kept

MOST_NAMED = 500
"""More series are not named one by one: all that is pending is stored."""


def forecast(session: Session, model: str, new: NewRun) -> Run:
    """Queue a forecast of one series, and return what will come of it."""
    wanted = SeriesKey(sensor=new.sensor, measure=new.measure)
    parameters: dict[str, JsonValue] = {
        "model": model,
        "series": [str(wanted)],
        "horizon": new.horizon,
        "scenarios": [new.scenario],
        "parameters": new.parameters,
    }
    return runs.create(session, model, new, run_of(session, FORECAST, parameters))


def backtest(session: Session, model: str, new: NewBacktest) -> Backtest:
    """Queue a backtest, and return what will come of it."""
    parameters = {"model": model, **new.model_dump(mode="json")}
    return backtests.create(session, model, new, run_of(session, BACKTEST, parameters))


def rebuild(session: Session) -> int | None:
    """Queue what stores anew the hours that this transaction has logged so, if there are any."""
    ids = measures.logged_in(session)
    if not ids:
        return None
    names = [str(key) for key in series.keys_of(session, ids)] if len(ids) <= MOST_NAMED else []
    return run_of(session, REBUILD, {"series": [*names]}, QueueName.MAINTENANCE)


def run_of(
    session: Session,
    service: str,
    parameters: dict[str, JsonValue],
    queue: QueueName = QueueName.FORECAST,
) -> int:
    """Queue a run of a service of ours, whether or not a worker has written it down yet."""
    query = select(tables.Service).where(tables.Service.name == service)
    found = session.scalar(query)
    if found is None:
        new = {"name": service, "kind": ServiceKind.PYTHON, "queue": queue}
        session.execute(insert(tables.Service).values(**new).on_conflict_do_nothing())
        found = session.scalars(query).one()
    return service_runs.insert(session, found, Kept(parameters, {}))
