"""What is kept for a moment is never older than that, nor than a change of our own."""

from api.briefly import MOMENT, Briefly


class Clock:
    """A clock that goes when it is told to."""

    now = 100.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


def test_a_value_is_kept_for_a_moment_and_no_longer() -> None:
    clock = Clock()
    kept = Briefly[str](clock)
    assert kept.known() is None
    kept.keep("farm", kept.now())
    assert kept.known() == "farm"
    clock.now += MOMENT * 1.1
    assert kept.known() is None


def test_what_was_read_before_a_change_could_be_committed_is_not_kept() -> None:
    clock = Clock()
    kept = Briefly[str](clock)
    kept.keep("farm", kept.now())
    began = kept.now()
    kept.forget()
    assert kept.known() is None
    kept.keep("farm as it was", began)
    assert kept.known() is None
    clock.now += MOMENT
    kept.keep("garden", kept.now())
    assert kept.known() == "garden"
