"""The pictures of docs/architecture.md show the folders and the arrows that there are."""

import re
import tomllib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs/architecture.md").read_text()
NODE = re.compile(r'^ *(\w+)\["([\w./]+)<br>', re.MULTILINE)
CHAIN = re.compile(r"^ *\w+(?: --> \w+)+$", re.MULTILINE)
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]


class Picture(NamedTuple):
    """A diagram: where each of its nodes lies, and its arrows."""

    paths: dict[str, str]
    arrows: set[tuple[str, str]]


def pictures() -> dict[str, Picture]:
    """Read every diagram, by the heading that it stands under."""
    found = {}
    for part in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]:
        heading, _, rest = part.partition("\n")
        (drawn,) = re.findall(r"```mermaid\n(.*?)```", rest, re.DOTALL)
        chains = [chain.split(" --> ") for chain in (c.strip() for c in CHAIN.findall(drawn))]
        arrows = {arrow for chain in chains for arrow in pairwise(chain)}
        found[heading] = Picture(dict(NODE.findall(drawn)), arrows)
    return found


PICTURES = pictures()
WAYS = [heading for heading in PICTURES if heading.startswith("The way")]


def layers_in(container: str) -> Sequence[str]:
    """Return the layers that import-linter holds within a package, the highest first."""
    (layers,) = (
        contract["layers"]
        for contract in CONTRACTS["contracts"]
        if contract["type"] == "layers" and contract.get("containers", [""]) == [container]
    )
    assert isinstance(layers, list)
    return layers


def rooms_in(folder: str) -> set[str]:
    return {path.parent.name for path in (ROOT / folder).glob("*/__init__.py")}


@pytest.mark.parametrize("heading", PICTURES)
def test_every_place_that_a_picture_names_is_there(heading: str) -> None:
    missing = [path for path in PICTURES[heading].paths.values() if not (ROOT / path).exists()]
    assert not missing
    drawn = {node for arrow in PICTURES[heading].arrows for node in arrow}
    assert drawn == set(PICTURES[heading].paths)


def test_every_room_of_storage_is_drawn_in_the_order_of_its_contract() -> None:
    picture = PICTURES["Rooms of storage"]
    layers = layers_in("dtbase.storage")
    assert picture.paths == {room: f"dtbase/storage/{room}/" for room in layers}
    assert set(layers) == rooms_in("dtbase/storage")
    assert picture.arrows == set(pairwise(layers))


def test_every_part_of_the_core_and_every_application_is_told() -> None:
    drawn = {Path(path).stem for path in PICTURES["Rooms"].paths.values()}
    assert set(CONTRACTS["root_packages"]) - {"dtbase"} <= drawn
    told = rooms_in("dtbase") | {"queue", "settings", "errors"}
    assert {part for part in told - drawn if f"`dtbase/{part}/`" not in TEXT} == set()


def test_the_arrows_between_rooms_go_down_the_contracts_layers() -> None:
    levels = [layer.split(" | ") for layer in ["api | jobs | dash_app", *layers_in("dtbase")]]
    height = {part: -place for place, level in enumerate(levels) for part in level}
    arrows = PICTURES["Rooms"].arrows
    assert arrows
    assert not [(one, other) for one, other in arrows if height[one] <= height[other]]


@pytest.mark.parametrize("heading", WAYS)
def test_a_way_passes_each_room_once_and_leaves_none_out(heading: str) -> None:
    picture = PICTURES[heading]
    rooms = [Path(path).parent.as_posix() for path in picture.paths.values()]
    assert len(set(rooms)) == len(rooms)
    assert picture.arrows == set(pairwise(picture.paths))


def test_there_are_three_ways() -> None:
    assert len(WAYS) == 3
