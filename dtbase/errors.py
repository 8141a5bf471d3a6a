"""Every way DTBase can refuse a request, free of any notion of HTTP."""

from collections.abc import Iterator
from typing import ClassVar, NotRequired

from typing_extensions import TypedDict


class Violation(TypedDict):
    """One broken rule: where it stands, what stood there, and the rule."""

    field: str
    rule: str
    series: NotRequired[str]
    row: NotRequired[int]
    value: NotRequired[str]


class DTBaseError(Exception):
    """Base class of every error DTBase raises on purpose."""

    code: ClassVar[str]

    def __init__(
        self,
        detail: str,
        *,
        field: str | None = None,
        violations: list[Violation] | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Say what is wrong; a field names the one culprit, violations name many.

        What passes by itself tells in how many seconds, where that is known.
        """
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after
        self.violations: list[Violation] = violations or []
        if field is not None and not self.violations:
            self.violations = [Violation(field=field, rule=detail)]

    @classmethod
    def kinds(cls) -> "Iterator[type[DTBaseError]]":
        """Yield the classes that have a code."""
        for below in cls.__subclasses__():
            if "code" in vars(below):
                yield below
            yield from below.kinds()

    @classmethod
    def of_code(cls, code: str) -> "type[DTBaseError]":
        """Return the class with that code; one that only a newer server knows is a refusal."""
        return next((error for error in cls.kinds() if error.code == code), Declined)


class Declined(DTBaseError):
    """What was asked is not done, and why not is said: whoever asks can ask otherwise.

    The others are no answer to what was asked: nobody answers, or who asks is not known.
    """


class NotFound(Declined):
    """The named thing does not exist."""

    code = "not-found"


class AlreadyExists(Declined):
    """A thing with that name already exists."""

    code = "already-exists"


class InUse(Declined):
    """The thing cannot be deleted while others refer to it."""

    code = "in-use"


class Conflict(Declined):
    """The request clashes with what is stored."""

    code = "conflict"


class Stale(Declined):
    """The thing has changed since it was read."""

    code = "stale"


class Invalid(Declined):
    """The request breaks a rule of the domain."""

    code = "invalid"


class TooLarge(Declined):
    """The request is larger than the configured limit."""

    code = "too-large"


class TooMany(Declined):
    """Too many tries; wait before the next one."""

    code = "too-many"


class NotAuthenticated(DTBaseError):
    """Nobody is logged in, or the token is stale."""

    code = "not-authenticated"


class NotAllowed(Declined):
    """The user is known but may not do this."""

    code = "not-allowed"


class Unavailable(DTBaseError):
    """Something DTBase depends on did not answer."""

    code = "unavailable"
