"""`python -m dtbase.cli` is the `dtbase` command."""

from dtbase.cli import main

main()
