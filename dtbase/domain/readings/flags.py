"""What is thought of a reading, in the words of QARTOD."""

from enum import StrEnum


class QualityFlag(StrEnum):
    """The primary flags of QARTOD, there 1, 2, 3, 4 and 9.

    What fails or is missing is set aside; the others are among the readings.
    """

    GOOD = "good"
    NOT_EVALUATED = "not_evaluated"
    SUSPECT = "suspect"
    FAIL = "fail"
    MISSING = "missing"
