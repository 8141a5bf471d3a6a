"""How one series is forecast, put together from what the models' own tables tell."""

from sqlalchemy.orm import Session

from dtbase.domain.forecasts.backtests import BacktestQuery
from dtbase.domain.forecasts.champions import ChampionQuery
from dtbase.domain.forecasts.leaderboard import LeaderboardQuery
from dtbase.domain.forecasts.runs import RunQuery
from dtbase.domain.glance.outlook import Outlook, OutlookQuery
from dtbase.domain.registry.series import SeriesKey
from dtbase.storage.forecasts import backtests, champions, leaderboard, runs

FEW = 5


def find(session: Session, wanted: OutlookQuery) -> Outlook:
    """Return all that is known of how a series is forecast, or raise NotFound."""
    board = leaderboard.rank(session, LeaderboardQuery(series=wanted.series))
    key = SeriesKey(sensor=board.sensor, measure=board.measure).model_dump()
    reigning = champions.page(session, ChampionQuery(**key, current=True, limit=1))
    return Outlook(
        leaderboard=board,
        champion=next(iter(reigning.items), None),
        runs=tuple(runs.page(session, RunQuery(**key, limit=wanted.runs)).items),
        backtests=tuple(backtests.page(session, BacktestQuery(**key, limit=FEW)).items),
    )
