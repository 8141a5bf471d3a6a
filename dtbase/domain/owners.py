"""Who tends a thing of the registry."""

from enum import StrEnum


class Owner(StrEnum):
    """Whose a thing is: what is not the document's, no document deletes."""

    DOCUMENT = "document"
    SERVICE = "service"
    PERSON = "person"
