"""A twin as a document, and the command that brings one there and back."""

from pathlib import Path

import yaml
from typer.testing import CliRunner, Result

from dtbase.cli import app

DOCUMENT = """
dtbase: 1
measures:
- name: temperature
  unit: degC
- {name: rain, unit: mm, statistic: total}
- name: temperature
  unit: K
retention:
- {name: default, keep_days: 3650}
- {name: short, keep_days: 90, measures: [rain]}
- {name: kept}
sensor_types:
- name: probe
  measures: [{name: rain, unit: mm}, {name: temperature, unit: degC}]
location_schemas:
- name: room
  description: Which floor, and how large.
  fields:
  - {name: floor, datatype: integer}
  - {name: area, unit: m**2, required: false}
locations:
- {identifier: cellar, name: Čellar № 1, parent: house, location_schema: room,
   coordinates: {floor: -1, area: 12.5}}
- {identifier: house, name: House}
sensors:
- {identifier: one, type: probe, name: First, notes: "two\\nlines"}
- {identifier: two, type: probe}
installations:
- {sensor: one, since: 2026-01-01T00:00:00+02:00, location: house}
- {sensor: one, since: 2026-02-01T00:00:00Z, location: cellar}
- {sensor: one, since: 2026-03-01T00:00:00Z, location: null}
models:
- {name: arima, description: Harmonics and ARIMA errors.}
- {name: physics}
scenarios:
- {model: physics, name: default, parameters: {area: 12.5}}
- {model: physics, name: winter, description: "Cold\n", parameters: {heating: [true, null, "1"]}}
services:
- name: far
  request: {url: "https://models.example.org/run", headers: {X-Site: "7"}}
  parameters_schema: {type: object, properties: {hours: {type: integer}}}
  retries: 2
- name: other
  request: {url: "https://models.example.org/other", method: GET}
parameter_sets:
- {service: far, name: day, parameters: {hours: 24}}
schedules:
- {name: daily, service: far, parameter_set: day, cron: 30 6 * * *, timezone: Europe/London}
- {name: often, service: other, every: PT15M, start: 2026-01-01T00:00:00Z, enabled: false}
"""


def run(*arguments: object, stdin: str | None = None) -> Result:
    result = CliRunner().invoke(app, [str(each) for each in arguments], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def export(to: Path) -> str:
    run("export", to)
    return to.read_text()


def empty(tmp_path: Path) -> Path:
    document = {"dtbase": 1, **{kind: [] for kind in yaml.safe_load(DOCUMENT) if kind != "dtbase"}}
    file = tmp_path / "empty.yaml"
    file.write_text(yaml.safe_dump(document))
    return file
