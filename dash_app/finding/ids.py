"""Ids of the parts of Find when."""

from typing import Final

PAGE: Final = "finding"

HERE: Final = "finding-here"
REQUEST: Final = "finding-request"
FORM: Final = "finding-form"
BODY: Final = "finding-body"
SERIES: Final = "finding-series"
KIND: Final = "finding-kind"
VALUE: Final = "finding-value"
ALSO: Final = "finding-also"
LENGTH: Final = "finding-length"
FIRST: Final = "finding-first"
LAST: Final = "finding-last"
DAYS: Final = "finding-days"
SEARCH: Final = "finding-search"
FAULT: Final = "finding-fault"
CSV: Final = "finding-csv"
DOWNLOAD: Final = "finding-download"
GRAPH: Final = "finding-graph"
OVERLAY: Final = "finding-overlay"
