"""Which scripts the first page brings, and the log-in before it fetches ahead."""

from tests.dashboards import dashboard


def test_the_first_page_brings_the_charts_part_and_nothing_that_no_page_needs() -> None:
    text = dashboard().test_client().get("/login").text
    assert "dcc/async-graph" in text
    assert not [name for name in ("polyfill", "dash_table", "ag_grid") if name in text]
