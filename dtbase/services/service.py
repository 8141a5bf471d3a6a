"""The class that every Python service is a subclass of."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import ClassVar, Generic, TypeVar, get_args

from pydantic import BaseModel

from dtbase.domain.frozen import Frozen
from dtbase.domain.services.services import QueueName
from dtbase.services.context import Context
from dtbase.services.yields import Yielded


class Parameters(Frozen):
    """The base of a service's parameters: a pydantic model that refuses unknown names."""


class NoParameters(Parameters):
    """The parameters of a service that takes none."""


P = TypeVar("P", bound=BaseModel)


class Service(ABC, Generic[P]):
    """Something that runs on a worker: its docstring's first line says what it does.

    Example:
        class Doubled(Service[NoParameters]):
            \"\"\"Twice the temperature of EWR.\"\"\"

            def run(self, parameters: NoParameters, context: Context) -> Iterator[Yielded]:
                frame = context.frame(["EWR/temperature"])
                yield frame.rename(columns={"EWR/temperature": "twice/temperature"}) * 2
    """

    queue: ClassVar[QueueName] = QueueName.INGEST
    """Ingest for what is short; forecast for what may take minutes; maintenance for upkeep."""
    timeout: ClassVar[timedelta] = timedelta(minutes=10)
    retries: ClassVar[int] = 0
    """How often a failed run is tried again; refusals such as Invalid are final."""
    backoff: ClassVar[timedelta] = timedelta(seconds=30)
    """How long to wait before the first retry, and twice as long before each further one."""
    concurrency: ClassVar[int | None] = None
    """How many runs may be under way at the same time; None for any number."""
    parameters_model: ClassVar[type[BaseModel]] = NoParameters

    def __init_subclass__(cls) -> None:
        """Take the parameters' model from Service[…]."""
        super().__init_subclass__()
        for origin in cls.__dict__.get("__orig_bases__", ()):
            for argument in get_args(origin):
                if isinstance(argument, type) and issubclass(argument, BaseModel):
                    cls.parameters_model = argument

    @abstractmethod
    def run(
        self, parameters: P, context: Context
    ) -> "Iterable[Yielded | Sequence[Yielded]] | Yielded | None":
        """Do the work: yield or return what is to be stored, or nothing."""
