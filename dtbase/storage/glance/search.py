"""Finding anything by a part of its name, in one query."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.glance.search import Hit, Kind, SearchQuery

THINGS = """
SELECT 'location' AS kind, l.identifier, l.name, parent.name AS detail,
       concat_ws(' ', l.identifier, l.name) AS words
  FROM location l LEFT JOIN location parent ON parent.id = l.parent_id
UNION ALL
SELECT 'sensor', s.identifier, s.name, t.name, concat_ws(' ', s.identifier, s.name)
  FROM sensor s JOIN sensor_type t ON t.id = s.sensor_type_id
UNION ALL
SELECT 'series', s.identifier || '/' || m.name, s.name, m.unit,
       concat_ws(' ', s.identifier || '/' || m.name, s.name)
  FROM series x JOIN sensor s ON s.id = x.sensor_id JOIN measure m ON m.id = x.measure_id
UNION ALL
SELECT 'model', name, NULL, description, name FROM model
UNION ALL
SELECT 'service', name, NULL, summary, concat_ws(' ', name, summary) FROM service
"""
FOUND = text(f"""
SELECT kind, identifier, name, detail FROM (
  SELECT *, row_number() OVER (PARTITION BY kind ORDER BY distance, identifier) AS place FROM (
    SELECT *, CASE WHEN lower(identifier) = lower(:q) THEN 0 WHEN lower(name) = lower(:q) THEN 1
                   WHEN identifier ILIKE :beginning OR name ILIKE :beginning THEN 2
                   ELSE 3 END AS distance
      FROM ({THINGS}) thing WHERE words ILIKE ALL (:patterns)) found) ranked
 WHERE place <= :limit
 ORDER BY min(distance) OVER (PARTITION BY kind), array_position(:kinds, kind), place
""")  # noqa: S608 - fixed pieces; what somebody types is always a parameter
"""A scan: names are short and stay in memory, so no index of trigrams is kept beside them."""


def escaped(words: str) -> str:
    """Return words as a pattern that means nothing but them."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def find(session: Session, wanted: SearchQuery) -> Sequence[Hit]:
    """Return what fits, the kind with the closest names first."""
    asked = {
        "q": wanted.q.strip(),
        "beginning": f"{escaped(wanted.q.strip())}%",
        "patterns": [f"%{escaped(word)}%" for word in wanted.words],
        "kinds": [*Kind],
        "limit": wanted.limit,
    }
    rows = session.execute(FOUND, asked)
    return [Hit(kind=Kind(kind), identifier=i, name=n, detail=d) for kind, i, n, d in rows]
