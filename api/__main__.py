"""`python -m api`: serve the API."""

import logging
from typing import Annotated

import typer
import uvicorn

from api.serving import config_of

FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def main(
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port.")] = 8000,
) -> None:
    """Serve the API by one process; its settings come from the environment."""
    logging.basicConfig(format=FORM, level=logging.WARNING)
    uvicorn.Server(config_of("api.app:create_app", factory=True, host=host, port=port)).run()


if __name__ == "__main__":
    typer.run(main)
