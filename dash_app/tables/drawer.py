"""The drawer at the right: one thing, to see, to change, or to add."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from dash import Dash, Input, Output, State, ctx, html, no_update, set_props
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app import ids as shared
from dash_app.addressed import without
from dash_app.aria import aria
from dash_app.components.states import message
from dash_app.icons import icon
from dash_app.own.api_keys import issued
from dash_app.own.inviting import given
from dash_app.shell import say
from dash_app.tables import form, ids
from dash_app.tables.conflict import conflict
from dash_app.tables.noun import Document, Noun
from dash_app.tables.rows import noun_of, row_of
from dash_app.tables.view import View
from dtbase.domain.people.invitations import IssuedInvitation
from dtbase.domain.people.keys import IssuedKey
from dtbase.errors import Declined, DTBaseError, NotFound, Stale

FIELDS, ERRORS = ids.every("field"), ids.every("error")


def register(app: Dash) -> None:
    """Open what the address names, and save it."""
    _register_draw(app)
    _register_save(app)


def may_write(noun: Noun) -> bool:
    return account.me().role.includes(noun.writes)


def may_delete(noun: Noun) -> bool:
    return noun.deletes is not None and account.me().role.includes(noun.deletes)


def _register_draw(app: Dash) -> None:
    @app.callback(
        Output(ids.DRAWER, "children"),
        Output(ids.THING, "data"),
        Input(ids.OPENED, "data"),
        Input(ids.THEIRS, "n_clicks", allow_optional=True),
        State(ids.NOUN, "data"),
        State(shared.URL, "search"),
        prevent_initial_call=True,
    )
    def draw(opened: Any, _theirs: Any, name: str, search: str) -> Any:
        noun = noun_of(name)
        if opened and opened.get("new"):
            known = View.parse(noun, search).filters
            return (adding(noun, known), None) if may_write(noun) and noun.new else ([], None)
        if not opened or not opened.get("open"):
            return [], None
        try:
            thing = noun.store(account.api()).get(opened["open"])
        except NotFound:
            return missing(noun, opened["open"]), None
        return editing(noun, thing), thing.model_dump(mode="json")


def _register_save(app: Dash) -> None:
    @app.callback(
        Output(ERRORS, "children"),
        Output(ids.NEWER, "data"),
        Output(shared.URL, "search", allow_duplicate=True),
        Output(ids.RESULT, "data", allow_duplicate=True),
        Input(ids.SAVE, "n_clicks", allow_optional=True),
        Input(ids.MINE, "n_clicks", allow_optional=True),
        State(FIELDS, "value"),
        State(FIELDS, "id"),
        State(ERRORS, "id"),
        State(ids.THING, "data"),
        State(ids.NEWER, "data"),
        State(ids.NOUN, "data"),
        State(shared.URL, "search"),
        running=[(Output(ids.SAVE, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def save(saved: Any, over: Any, values: Any, fields: Any, errors: Any, *states: Any) -> Any:
        before, newer, name, search = states
        if not (saved or over):
            raise PreventUpdate
        noun = noun_of(name)
        typed = dict(zip((each["key"] for each in fields), values, strict=True))
        told = [each["key"] for each in errors]
        base = newer if ctx.triggered_id == ids.MINE else before
        try:
            thing, words = stored(noun, before, base, typed)
        except Stale:
            newer = show_conflict(noun, before, typed)
            return [""] * len(told), newer, no_update, no_update
        except Declined as error:
            return refuse(error, told), no_update, no_update, no_update
        say(words)
        if isinstance(thing, IssuedKey | IssuedInvitation):
            tell_once(noun, thing)
            return [""] * len(told), None, no_update, {"refresh": True}
        return [""] * len(told), None, closed(search), shown(noun, before, thing)


def show_conflict(noun: Noun, before: Document, typed: Document) -> Document:
    """Show beside what was typed what somebody else has saved meanwhile, and return that."""
    present = noun.store(account.api()).get(key_in(noun, before))
    set_props(ids.CONFLICT, {"children": conflict(noun, before, present, typed)})
    document: Document = present.model_dump(mode="json")
    return document


def refuse(error: DTBaseError, told: list[str]) -> list[str]:
    """Return what is wrong with each field, and show what is wrong with none in particular."""
    found = form.complaints(error, told)
    set_props(ids.CONFLICT, {"children": refused(found[""])})
    return [found[key] for key in told]


def tell_once(noun: Noun, added: IssuedKey | IssuedInvitation) -> None:
    """Show in the drawer what nobody can be told again."""
    done_button = html.Div(cancel_button("Done"), className="mt-3")
    told: list[Component] = [*secret_of(added), done_button]
    set_props(ids.DRAWER, {"children": frame(noun.called(added.model_dump()), "", told, [])})


def shown(noun: Noun, before: Document | None, thing: Any) -> Document:
    """Return what the grid shows: the row as it is now at once, and then where it belongs."""
    done: Document = {"refresh": True, "at": datetime.now(UTC).timestamp()}
    if before is None or not isinstance(thing, noun.kind):
        return done
    row = row_of(noun, thing, ZoneInfo(account.site().timezone))
    return {**done, "rows": [{"key": key_in(noun, before), "row": row}]}


def stored(
    noun: Noun, before: Document | None, base: Document | None, typed: Document
) -> tuple[Any, str]:
    """Add or change a thing, and say so; the change is to the version that `base` is."""
    store, fields = noun.store(account.api()), form.fields_of(noun, new=before is None)
    values = form.given(fields, typed)
    if before is None or base is None:
        assert noun.new is not None
        sent = {name: value for name, value in values.items() if value not in (None, "")}
        added = store.add(noun.new(**sent))
        return added, f"{noun.one.capitalize()} {noun.called(added.model_dump())} is there"
    assert noun.change is not None
    difference = form.changed(fields, values, before)
    for field in fields:
        if field.merge is not None and field.name in difference:
            difference[field.name] = field.merge(difference[field.name], base.get(field.name))
    if not difference:
        return None, "Nothing was changed"
    changed = store.update(noun.thing_of(base), noun.change(**difference))
    return changed, f"{noun.called(before)} is saved"


def secret_of(added: IssuedKey | IssuedInvitation) -> list[Component]:
    return [issued(added)] if isinstance(added, IssuedKey) else given(added)


def key_in(noun: Noun, document: Document) -> str:
    return str(document[noun.key])


def closed(search: str | None) -> str:
    """Return the address without what is open."""
    return without(search, "open=", "new")


def adding(noun: Noun, known: Mapping[str, str]) -> list[Component]:
    """Return the form for a new thing, which begins with what the table is filtered by."""
    fields = form.fields_of(noun, new=True)
    return frame(
        f"New {noun.one}",
        "",
        form.parts(fields, known, account.api()),
        [save_button(f"Add {noun.one}"), cancel_button()],
    )


def editing(noun: Noun, thing: Any) -> list[Component]:
    document = thing.model_dump(mode="json")
    writes = noun.change is not None and may_write(noun)
    fields = form.fields_of(noun, new=False)
    content = form.parts(fields, document, account.api(), locked=not writes)
    if noun.about is not None:
        content = [*noun.about(thing, ZoneInfo(account.site().timezone)), *content]
    foot: list[Component] = [save_button("Save"), cancel_button()] if writes else []
    if writes:
        foot.append(html.Span(className="dt-meta dt-faint tb-count", role="status"))
    if may_delete(noun):
        foot.append(html.Button("Delete…", id=ids.DELETE, className="btn btn-danger ms-auto"))
    title = document.get("name") or noun.called(document)
    under = f"{noun.one.capitalize()} {noun.key_of(thing)}" if title != noun.key_of(thing) else ""
    if noun.page:
        content.insert(0, html.A("Open its page", href=noun.page + quote(noun.key_of(thing))))
    return frame(title, under, content, foot)


def missing(noun: Noun, key: str) -> list[Component]:
    told = message(noun.icon, f"No {noun.one} is called so", f"Nothing has the key “{key}”.")
    return frame(f"No {noun.one}", "", [told], [])


def frame(
    title: str, under: str, content: list[Component], foot: list[Component]
) -> list[Component]:
    """Return the drawer's head, its form and its buttons."""
    close = html.Button(
        icon("close"),
        type="button",
        className="btn btn-link btn-icon ms-auto tb-close",
        **aria(label="Close"),
    )
    head = [html.Div([html.H2(title), html.Span(under, className="dt-meta")]), close]
    body = [html.Div(id=ids.CONFLICT), *content]
    shown: list[Component] = [html.Div(foot, className="dt-drawer-foot")] if foot else []
    return [
        html.Div(head, className="offcanvas-header"),
        html.Div(body, id=ids.FORM, className="offcanvas-body tb-form"),
        *shown,
    ]


def save_button(words: str) -> html.Button:
    return html.Button(words, id=ids.SAVE, className="btn btn-primary")


def cancel_button(words: str = "Cancel") -> html.Button:
    return html.Button(words, type="button", className="btn btn-light tb-close")


def refused(words: str) -> list[Component]:
    """Return what is wrong with no field in particular."""
    return [html.P(words, className="tb-refused", role="alert")] if words else []
