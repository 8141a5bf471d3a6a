"""Which of Dash's scripts come with the first page."""

from typing import Any

from dash import _dash_renderer, dash_table, dcc

from dash_app.tables import grid

Resource = dict[str, Any]

CHART = "dcc/async-graph.js"
OF_OLD_BROWSERS = "deps/polyfill@"
"""What browsers know by themselves; its `regeneratorRuntime`, which Dash still names, comes with
dash-bootstrap-components too."""


def choose() -> None:
    """Bring the chart's part with all others, and leave out what no page needs, or only few."""
    grid.load_late()
    for each in resources(dcc):
        if each.get("relative_package_path") == CHART:
            each.pop("async", None)  # else it is asked for once a chart is met, and holds that up
    for each in resources(dash_table):
        each.pop("async", None)
        each["dynamic"] = True
    for each in _dash_renderer._js_dist_dependencies:  # noqa: SLF001 - Dash reads them from there
        paths = each["relative_package_path"]["prod"]
        paths[:] = [path for path in paths if not path.startswith(OF_OLD_BROWSERS)]


def resources(package: Any) -> list[Resource]:
    """Return the scripts of a package, as Dash reads them."""
    found: list[Resource] = package._js_dist  # noqa: SLF001
    return found
