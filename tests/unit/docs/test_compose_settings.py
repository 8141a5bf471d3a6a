"""What docs/deploying.md says can be set for Compose, held against docker-compose.yml."""

import re

from dtbase.local.places import CHECKOUT

NAME = r"DTBASE_[A-Z_]+"
MADE_BY_BUILDS = {"DTBASE_VERSION", "DTBASE_COMMIT"}
"""Told by whoever builds an image, not by whoever runs one."""


def test_all_that_can_be_set_is_read_and_all_that_is_read_is_told() -> None:
    page = (CHECKOUT / "docs" / "deploying.md").read_text()
    table = page.partition("### What can be set")[2].partition("\n### ")[0]
    told = set(re.findall(rf"`({NAME})`", table))
    memory = re.search(r"`DTBASE_DATABASE_MEMORY`, (.*?) \|", table)
    assert memory is not None
    told |= {f"DTBASE_{part}_MEMORY" for part in re.findall(r"…_([A-Z]+)_…", memory[1])}
    file = (CHECKOUT / "docker-compose.yml").read_text()
    assert set(re.findall(rf"\$\{{({NAME})", file)) - MADE_BY_BUILDS == told
