"""What docs/forecasting.md shows works as it stands, and names what there is."""

import re

import pytest

from dtbase.local.places import CHECKOUT
from jobs.forecasting.outcome import Options, Status
from jobs.forecasting.registry import FORECASTERS

PAGE = (CHECKOUT / "docs" / "forecasting.md").read_text()


def test_the_example_runs_and_has_skill(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(example, "docs/forecasting.md", "exec"), {})  # noqa: S102 - our own page
    status, skill = capsys.readouterr().out.split()
    assert status == "ok"
    assert float(skill) > 0


@pytest.mark.parametrize("name", [*FORECASTERS, *Status, *Options.model_fields])
def test_every_model_status_and_common_option_is_named(name: str) -> None:
    assert f"`{name}`" in PAGE
