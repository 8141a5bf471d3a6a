"""Asking for forecasts and backtests: a run of our service, and a place for what it will leave."""

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.backtests import Backtest, NewBacktest
from dtbase.domain.forecasts.runs import NewRun, Run
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.services.services import BACKTEST, FORECAST, QueueName, ServiceKind
from dtbase.storage import tables
from dtbase.storage.forecasts import backtests, runs
from dtbase.storage.services import service_runs
from dtbase.storage.services.kept_parameters import Kept


def forecast(session: Session, model: str, new: NewRun) -> Run:
    """Queue a forecast of one series, and return what will come of it."""
    series = SeriesKey(sensor=new.sensor, measure=new.measure)
    parameters: dict[str, JsonValue] = {
        "model": model,
        "series": [str(series)],
        "horizon": new.horizon,
        "scenarios": [new.scenario],
        "parameters": new.parameters,
    }
    return runs.create(session, model, new, run_of(session, FORECAST, parameters))


def backtest(session: Session, model: str, new: NewBacktest) -> Backtest:
    """Queue a backtest, and return what will come of it."""
    parameters = {"model": model, **new.model_dump(mode="json")}
    return backtests.create(session, model, new, run_of(session, BACKTEST, parameters))


def run_of(session: Session, service: str, parameters: dict[str, JsonValue]) -> int:
    """Queue a run of a service of ours, whether or not a worker has written it down yet."""
    query = select(tables.Service).where(tables.Service.name == service)
    found = session.scalar(query)
    if found is None:
        new = {"name": service, "kind": ServiceKind.PYTHON, "queue": QueueName.FORECAST}
        session.execute(insert(tables.Service).values(**new).on_conflict_do_nothing())
        found = session.scalars(query).one()
    return service_runs.insert(session, found, Kept(parameters, {}))
