"""One budget of memory: who does not fit waits for a turn, or is told to come again."""

import asyncio
from pathlib import Path

import pytest

from api.memory import Budget, share_of, usual_total
from dtbase.errors import Unavailable
from tests.threads import play

MB = 1024 * 1024


def test_who_does_not_fit_waits_until_another_ends_and_nobody_overtakes() -> None:
    async def scene() -> list[str]:
        budget = Budget(10)
        ended: list[str] = []

        async def use(name: str, amount: int) -> None:
            async with share_of(budget, amount):
                await asyncio.sleep(0)
                ended.append(name)

        async with share_of(budget, 6):
            large = asyncio.create_task(use("large", 9))
            await asyncio.sleep(0)
            small = asyncio.create_task(use("small", 1))
            await asyncio.sleep(0)
            assert ended == []
        await asyncio.gather(large, small)
        assert budget.free == 10
        return ended

    assert play(scene()) == ["large", "small"]


def test_who_waits_too_long_is_told_when_to_come_again_and_leaves_nothing_behind() -> None:
    async def scene() -> None:
        budget = Budget(10, wait=0)
        async with share_of(budget, 10):
            with pytest.raises(Unavailable) as refused:
                async with share_of(budget, 1):
                    pass
            assert refused.value.retry_after is not None
        async with share_of(budget, 10):
            pass
        assert budget.free == 10

    play(scene())


def test_who_goes_while_waiting_holds_up_nobody() -> None:
    async def scene() -> None:
        budget = Budget(10)
        async with share_of(budget, 5):
            waiting = asyncio.create_task(budget.take(10))
            behind = asyncio.create_task(budget.take(5))
            await asyncio.sleep(0)
            waiting.cancel()
            await behind
        assert budget.free == 5

    play(scene())


def test_what_is_larger_than_all_there_is_waits_for_all_of_it() -> None:
    async def scene() -> None:
        budget = Budget(10)
        async with share_of(budget, 1_000):
            assert budget.free == 0
        assert budget.free == 10

    play(scene())


@pytest.mark.parametrize(
    ("limit", "total"),
    [
        ("max", 512),
        (str(8 * 1024 * MB), 512),
        (str(768 * MB), 280),
        (str(400 * MB), 64),
        ("9223372036854771712", 512),
    ],
)
def test_a_container_that_has_little_memory_gives_bodies_less(
    tmp_path: Path, limit: str, total: int
) -> None:
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    assert usual_total([tmp_path / "memory.max", tmp_path / "no-such"]) == total * MB
