"""The registry as one document: reading it, and making the twin match one."""

from dtbase.client.transport import Transport, read
from dtbase.domain.blueprints.documents import Blueprint
from dtbase.domain.blueprints.plans import Plan


class BlueprintDocument:
    """The whole registry as one document."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self) -> Blueprint:
        return self._transport.get("/v1/blueprint", Blueprint)

    def apply(
        self,
        wanted: Blueprint,
        *,
        dry_run: bool = False,
        cascade: bool = False,
        keep: bool = False,
        agreed: Plan | None = None,
    ) -> Plan:
        """Make the twin match a document, all or nothing, and return the plan of it.

        `cascade` deletes readings and runs that stand in the way of a deletion; `keep` deletes
        nothing. Raise Stale if the plan is no longer the one that was agreed to.
        """
        flags = {"dry_run": dry_run, "cascade": cascade, "keep": keep}
        params = {name: "true" for name, given in flags.items() if given}
        if agreed is not None:
            params["agreed"] = agreed.digest
        document = wanted.model_dump(mode="json", exclude_unset=True)
        response = self._transport.send("POST", "/v1/blueprint", json=document, params=params)
        return read(Plan, response.content)
