"""Finding anything by a part of its name, in one query."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.glance.search import Hit, Kind, SearchQuery
from dtbase.domain.people.users import User

THINGS = """
SELECT 'location' AS kind, l.identifier, l.name, parent.name AS detail,
       concat_ws(' ', l.identifier, l.name) AS words,
       NULL AS about, CAST(NULL AS timestamptz) AS time
  FROM location l LEFT JOIN location parent ON parent.id = l.parent_id
UNION ALL
SELECT 'sensor', s.identifier, s.name, t.name, concat_ws(' ', s.identifier, s.name), NULL, NULL
  FROM sensor s JOIN sensor_type t ON t.id = s.sensor_type_id
UNION ALL
SELECT 'series', s.identifier || '/' || m.name, s.name, m.unit,
       concat_ws(' ', s.identifier || '/' || m.name, s.name), NULL, NULL
  FROM series x JOIN sensor s ON s.id = x.sensor_id JOIN measure m ON m.id = x.measure_id
UNION ALL
SELECT 'model', name, NULL, description, name, NULL, NULL FROM model
UNION ALL
SELECT 'service', name, NULL, summary, concat_ws(' ', name, summary), NULL, NULL FROM service
UNION ALL
SELECT 'view', v.id::text, v.name, u.email, v.name, v.path, NULL
  FROM saved_view v JOIN user_account u ON u.id = v.user_id
 WHERE v.shared OR v.user_id = :person
UNION ALL
SELECT 'note', n.id::text, left(n.text, 200), n.author, n.text,
       coalesce(x.name, s.identifier, l.identifier), n.start
  FROM note n LEFT JOIN sensor s ON s.id = n.sensor_id LEFT JOIN location l ON l.id = n.location_id
  LEFT JOIN LATERAL (
    SELECT o.identifier || '/' || m.name AS name
      FROM series x JOIN sensor o ON o.id = x.sensor_id JOIN measure m ON m.id = x.measure_id
     WHERE x.id = n.series_id) x ON true
"""
FOUND = text(f"""
SELECT kind, identifier, name, detail, about, time FROM (
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


def find(session: Session, wanted: SearchQuery, person: User) -> Sequence[Hit]:
    """Return what fits and somebody may see, the kind with the closest names first."""
    asked = {
        "q": wanted.q.strip(),
        "beginning": f"{escaped(wanted.q.strip())}%",
        "patterns": [f"%{escaped(word)}%" for word in wanted.words],
        "kinds": [*Kind],
        "limit": wanted.limit,
        "person": person.id,
    }
    return [
        Hit(kind=Kind(kind), identifier=i, name=n, detail=d, about=about, time=time)
        for kind, i, n, d, about, time in session.execute(FOUND, asked)
    ]
