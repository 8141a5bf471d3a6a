"""Yes or no in a body: true or false, and not what pydantic takes for either, such as 0 or "on"."""

from typing import Annotated

from pydantic import Strict

Flag = Annotated[bool, Strict()]
