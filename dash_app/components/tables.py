"""Tables of facts: on a phone their rows become blocks, each cell beside its column's head."""

from collections.abc import Sequence

from dash import html

from dash_app.aria import aria

ACT = "Act"
"""What a column of buttons is called where nobody sees it."""


def table(
    heads: Sequence[str], rows: Sequence[html.Tr], kind: str = "", label: str = ""
) -> html.Div:
    """Return a table, which may be wider than its card where it is no phone's."""
    numbers = {
        place
        for place, cell in enumerate(rows[0].children if rows else ())
        if "dt-r" in str(getattr(cell, "className", "")).split()
    }
    head = html.Tr(
        [
            html.Th(
                word or html.Span(ACT, className="visually-hidden"),
                scope="col",
                className="dt-r" if place in numbers else None,
            )
            for place, word in enumerate(heads)
        ]
    )
    for row in rows:
        name_cells(heads, row)
    body = html.Table(
        [html.Thead(head), html.Tbody([*rows])], className=f"dt-table dt-blocks {kind}".strip()
    )
    return html.Div(
        body,
        className="dt-scroll",
        tabIndex=0,
        role="region",
        **aria(label=label or ", ".join(filter(None, heads))),
    )


def name_cells(heads: Sequence[str], row: html.Tr) -> None:
    """Let each cell know its column's head, which a phone shows beside it."""
    for word, cell in zip(heads, row.children, strict=True):
        if word and isinstance(cell, html.Td):
            setattr(cell, "data-head", word)
