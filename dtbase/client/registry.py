"""The things of the registry: list, get, add, change and delete, the same for every noun."""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar
from urllib.parse import quote

from pydantic import SecretStr

from dtbase.client.options import listing, stretch
from dtbase.client.transport import Found, Parameters, Transport, read, read_list
from dtbase.domain.changes import Change
from dtbase.domain.frozen import Frozen
from dtbase.domain.paging import Listed
from dtbase.domain.versions import version_of

N = TypeVar("N", bound=Frozen)
T = TypeVar("T", bound=Frozen)
C = TypeVar("C", bound=Change)


class Registry(Generic[N, T, C]):
    """Things of one kind."""

    def __init__(self, transport: Transport, path: str, kind: type[T], key: str) -> None:
        """Reach them at a path; their key is what their own path ends in."""
        self._transport = transport
        self._path = path
        self._kind = kind
        self._key = key

    def get(self, name: str) -> T:
        """Return one thing, or raise NotFound."""
        return self._transport.get(self._at(name), self._kind)

    def page(self, *, skip: int = 0, limit: int = 100, **filters: str | None) -> Listed[T]:
        """Return a stretch of the list, and how many fit in all; filters are those of `list`."""
        return self._transport.page_of(self._path, self._kind, stretch(skip, limit, filters))

    def add(self, new: N) -> T:
        """Add a thing."""
        return self._transport.post(self._path, self._kind, plain(new))

    def add_many(self, new: Sequence[N]) -> Sequence[T]:
        """Add up to a thousand things, all or none; what is refused names its row."""
        body = [plain(each) for each in new]
        response = self._transport.send("POST", f"{self._path}/bulk", json=body)
        return read_list(self._kind, response.content)

    def update(self, thing: T | str, change: C, *, cascade: bool = False) -> T:
        """Change what the change gives.

        Raise Stale if the thing is no longer as it was when you got it; a name instead of the
        thing changes it whatever it has become.
        """
        response = self._transport.send(
            "PATCH",
            self._at(thing),
            json=plain(change),
            headers=if_match(thing),
            params=self._params(thing, cascade),
        )
        return read(self._kind, response.content)

    def delete(self, thing: T | str, *, cascade: bool = False) -> None:
        """Delete a thing, or raise InUse naming what is in the way; with cascade that goes, too.

        Raise Stale if the thing is no longer as it was when you got it; a name instead of the thing
        deletes it whatever it has become.
        """
        self._transport.send(
            "DELETE",
            self._at(thing),
            headers=if_match(thing),
            params=self._params(thing, cascade),
        )

    def _list(self, **filters: object) -> Found[T]:
        return self._transport.list_of(self._path, self._kind, listing(**filters))

    def _at(self, thing: T | str) -> str:
        name = thing if isinstance(thing, str) else str(getattr(thing, self._key))
        return f"{self._path}/{quote(name, safe='')}"

    def _params(self, _thing: T | str, cascade: bool) -> Parameters:
        return {"cascade": "true"} if cascade else {}


def if_match(thing: Frozen | str) -> Mapping[str, str]:
    """Return the header that makes a change depend on the version of what one has."""
    return {} if isinstance(thing, str) else {"If-Match": f'"{version_of(thing)}"'}


def plain(thing: Frozen) -> dict[str, object]:
    """Return what is sent: the given fields, secrets as they are."""
    document = thing.model_dump(mode="json", exclude_unset=True)
    for name in document:
        value = getattr(thing, name)
        if isinstance(value, SecretStr):
            document[name] = value.get_secret_value()
        elif isinstance(value, dict) and any(isinstance(v, SecretStr) for v in value.values()):
            document[name] = {key: secret.get_secret_value() for key, secret in value.items()}
    return document
