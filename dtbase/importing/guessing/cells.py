"""What the kinds of files that are known by name have in common."""

import csv
from collections.abc import Mapping, Sequence
from typing import Any

Found = tuple[str, Mapping[str, Any], bool]
"""What a file is, its profile, and whether whoever imports must say the zone."""


def cells(line: str, delimiter: str = ",") -> Sequence[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return line.split(delimiter)
