"""How many cores one process takes."""

import os

VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def keep_to_one() -> None:
    """Let linear algebra use one thread unless told otherwise; call it before numpy is imported.

    Our matrices are small: more threads only wait for each other (three times the CPU, measured),
    and workers use the other cores.
    """
    for name in VARIABLES:
        os.environ.setdefault(name, "1")  # noqa: TID251 - numpy takes it from nowhere else
