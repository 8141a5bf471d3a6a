"""The link of an invitation, at the one moment at which it is known."""

from dash import html
from dash.development.base_component import Component
from flask import request

from dash_app.components.forms import shown_once
from dash_app.words import error_sentence
from dtbase.domain.people.invitations import IssuedInvitation, path_of


def given(issued: IssuedInvitation) -> list[Component]:
    """Return the link, below the address at which its giver has the dashboard, and what to do."""
    link = request.url_root.rstrip("/") + path_of(issued.token)
    return [
        shown_once(f"The link for {issued.email}", link, "The link of the invitation"),
        html.P(advice(issued), className="form-text mt-3"),
    ]


def advice(issued: IssuedInvitation) -> str:
    """Say how the link comes to whom it is for."""
    if issued.mailed:
        return f"It was mailed to {issued.email} too. It is good once."
    why = f"Not mailed: {issued.not_mailed_because}"
    return f"{error_sentence(why)} Give it to {issued.email} in a way you trust: it is good once."
