"""Who owns a thing of the registry: the twin's document, a service, or a person."""

from enum import StrEnum


class Owner(StrEnum):
    """Who owns a thing: a document deletes only what it owns."""

    DOCUMENT = "document"
    SERVICE = "service"
    PERSON = "person"
