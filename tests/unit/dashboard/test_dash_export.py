"""What people open in a spreadsheet holds no formula."""

import pytest

from dash_app.explore.export import as_text
from dtbase.domain.registry.series import Value


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_that_a_spreadsheet_would_compute_is_marked_as_text(text: str) -> None:
    assert as_text(text) == f"'{text}"


@pytest.mark.parametrize("value", [-1.5, 3, True, None, "open", "", "a=b"])
def test_all_else_stays_as_it_is(value: Value | None) -> None:
    assert as_text(value) == value
