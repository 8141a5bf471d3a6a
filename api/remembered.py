"""Who asked and which series were named lately: the next statement sees whether it is still so."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from api.callers import Admission, Principal, identify, read
from api.key_uses import Uses
from dtbase.settings import get_settings
from dtbase.storage.people import bearers
from dtbase.storage.people.bearers import Proof
from dtbase.storage.registry.series import Resolved
from dtbase.storage.still_so import Recalled

MOST_CALLERS = 5_000
MOST_SERIES = 20_000
"""So many are remembered, which is some ten megabytes; then all is forgotten."""

Name = tuple[str, str]
"""A sensor and a measure."""


class OfSession(NamedTuple):
    """What an access token says that is still good."""

    user_id: int
    family: UUID


class Remembered:
    """What a process remembers; nobody believes it before a statement has."""

    def __init__(self) -> None:
        """Remember nothing."""
        self._callers: dict[Proof | OfSession, Principal] = {}
        self._series: dict[Name, Resolved] = {}

    def caller(self, admission: Admission) -> Principal | None:
        """Return who brought a token before."""
        proof = proof_of(admission.token) if admission.identify is identify else None
        return None if proof is None else self._callers.get(proof)

    def series(self, names: Iterable[Name]) -> Mapping[Name, Resolved] | None:
        """Return some series by their names, if all are remembered."""
        found = {name: self._series.get(name) for name in names}
        known = {name: one for name, one in found.items() if one is not None}
        return known if len(known) == len(found) else None

    def keep_callers(self, known: Mapping[str, Principal]) -> None:
        """Remember who brought tokens."""
        if len(self._callers) > MOST_CALLERS:
            self._callers.clear()
        for token, asking in known.items():
            if asking.digest and (proof := proof_of(token)) is not None:
                self._callers[proof] = asking

    def note_use(self, admission: Admission, asking: Principal, uses: Uses) -> None:
        """Note that a key was used, to the minute."""
        key, moment = asking.key, datetime.now(UTC)
        if key is not None and not bearers.used_lately(key, moment):
            uses.note(key.id)
            used = key.model_copy(update={"last_used_at": moment})
            self.keep_callers({admission.token: asking.model_copy(update={"key": used})})

    def keep_series(self, found: Iterable[Resolved]) -> None:
        """Remember series."""
        if len(self._series) > MOST_SERIES:
            self._series.clear()
        self._series |= {(one.sensor, one.measure): one for one in found if one.digest}

    def forget(self, tokens: Iterable[str], series: Iterable[Resolved]) -> None:
        """Forget those of whom something is no longer so."""
        for token in tokens:
            if (proof := proof_of(token)) is not None:
                self._callers.pop(proof, None)
        for one in series:
            self._series.pop((one.sensor, one.measure), None)


def proof_of(token: str) -> Proof | OfSession | None:
    """Read a token, whose bearer is remembered by what it says and not by itself."""
    if bearers.is_key(token):
        return bearers.proof_of(token)
    claim = read(token, get_settings().secret_key)
    return None if claim is None else OfSession(claim.user_id, claim.family)


def recalled(callers: Iterable[Principal], series: Iterable[Resolved]) -> Recalled:
    """Return what a statement has to see of those who ask, and of series."""
    sessions, keys = set(), set()
    for asking in callers:
        if asking.key is not None:
            keys.add((asking.key.id, asking.digest))
        else:
            assert asking.family is not None  # everybody comes by one of them
            sessions.add((asking.user.id, asking.family, asking.digest))
    return Recalled(sessions, keys, {(one.id, one.digest) for one in series})
