"""What changed, from what the database counts anyway: it costs the same however much is stored."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.glance.changes import Changes

COUNTED = text("SELECT concat(last_value, is_called) FROM reading_pending_id_seq")
"""Every change of numbers takes a place in the log of changed hours, which this numbers."""

TEXTS = """
SELECT md5(string_agg(last.time::text, ',' ORDER BY s.id))
  FROM series s JOIN measure m ON m.id = s.measure_id AND m.datatype = 'string'
 CROSS JOIN LATERAL (SELECT time FROM reading r WHERE r.series_id = s.id
                      ORDER BY time DESC LIMIT 1) last
"""
"""Texts are aggregated nowhere, and so not logged; they are few, and their last times tell."""

SEEN = text(f"""
SELECT (SELECT string_agg(backend_xid::text, ',' ORDER BY backend_xid::text) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()),
       ({TEXTS}),
       concat_ws(';',
         (SELECT max(id) FROM run),
         (SELECT max(id) FROM backtest),
         (SELECT max(id) FROM service_run),
         (SELECT md5(string_agg(concat_ws(' ', id, status, done, message), ',' ORDER BY id))
            FROM service_run WHERE status IN ('queued', 'running'))),
       (SELECT max(id) FROM audit_entry)
""")  # noqa: S608 - fixed pieces
"""What is open counts, and what was added last: whatever ends was open, or is new.

Runs of models and backtests live and end with a run of a service.
"""


def current(session: Session) -> Changes:
    """Return the versions as they now are.

    Places in the log are taken before what takes them is committed. So the transactions under way
    belong to the version: once one ends it is another version, and nobody misses what it wrote.
    They must be looked at after the count, or one that begins in between would be missed.
    """
    counted = session.scalar(COUNTED)
    under_way, texts, runs, audited = session.execute(SEEN).one()
    return Changes(
        readings="-".join(str(part) for part in (counted, texts, under_way) if part is not None),
        runs=runs,
        registry=str(audited or 0),
    )
