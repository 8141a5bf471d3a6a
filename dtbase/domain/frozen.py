"""The base of every domain model."""

from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError

from dtbase.domain.refusals import refusal


class Frozen(BaseModel):
    """A value that never changes and refuses fields it does not know.

    Whoever makes one of wrong values gets our own Invalid, as from the API. What is read from
    outside, by `model_validate`, raises pydantic's error: it is for code that knows the place.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    unversioned: ClassVar[frozenset[str]] = frozenset()
    """Fields that change without anyone changing the thing; its version leaves them out."""

    if not TYPE_CHECKING:  # else the fields would not be the parameters for type checkers

        def __init__(self, /, **data: object) -> None:
            """Take the values of the fields, or raise Invalid."""
            try:
                self.__pydantic_validator__.validate_python(data, self_instance=self)
            except ValidationError as error:
                raise refusal(error, type(self)) from None

        __init__.__pydantic_base_init__ = True  # so that reading goes past it
