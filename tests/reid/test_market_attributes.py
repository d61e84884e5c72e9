"""The 27 attributes of Market-1501, from a file that is written as theirs is."""

from __future__ import annotations

from pathlib import Path

import pytest
from market_files import attributes, write_attributes

from reid.data.market_attributes import QUESTIONS, SIZES, market_attributes


def answers(root: Path, identity: int, split: str = "train") -> dict[str, int]:
    return dict(zip(QUESTIONS, market_attributes(root, split)[identity].tolist(), strict=True))


def test_there_are_the_published_27() -> None:
    assert len(SIZES) == 12
    assert SIZES == (2,) * 9 + (4, 8, 9)
    assert sum(size if size > 4 else 1 for size in SIZES) == 27


def test_answers_are_counted_from_their_published_numbers(tmp_path: Path) -> None:
    row = attributes(3) | {"gender": 2, "hat": 1, "age": 4}
    row |= {name: 1 for name in row if name.startswith(("up", "down"))} | {"uppurple": 2, "downbrown": 2, "down": 2}
    write_attributes(tmp_path, {3: row, 17: attributes(17)})
    found = answers(tmp_path, 3)
    assert found["gender"] == QUESTIONS["gender"].index("female")
    assert found["hat"] == 0
    assert found["age"] == QUESTIONS["age"].index("old")
    assert found["up"] == QUESTIONS["up"].index("long sleeves")
    assert found["down"] == QUESTIONS["down"].index("short lower clothing")
    assert found["upper colour"] == QUESTIONS["upper colour"].index("purple")
    assert found["lower colour"] == QUESTIONS["lower colour"].index("brown")
    assert set(market_attributes(tmp_path)) == {3, 17}


def test_a_colour_that_is_not_on_the_list_or_is_two_colours_is_unknown(tmp_path: Path) -> None:
    none = attributes(1) | {name: 1 for name in attributes(1) if name.startswith("up") and name != "up"}
    two = attributes(2) | {"downblack": 2, "downblue": 2}
    write_attributes(tmp_path, {1: none, 2: two})
    assert answers(tmp_path, 1)["upper colour"] == -1
    assert answers(tmp_path, 1)["lower colour"] >= 0
    assert answers(tmp_path, 2)["lower colour"] == -1


def test_one_person_alone_and_another_split_are_read(tmp_path: Path) -> None:
    write_attributes(tmp_path, {5: attributes(5)}, split="test")
    assert answers(tmp_path, 5, "test")["age"] == 1
    with pytest.raises(ValueError, match="does not hold the attributes"):
        market_attributes(tmp_path, "train")


def test_files_that_are_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"market_attribute.mat"):
        market_attributes(tmp_path)
    (tmp_path / "market_attribute.mat").write_text("hello")
    with pytest.raises(ValueError, match="does not hold the attributes"):
        market_attributes(tmp_path)
    write_attributes(tmp_path, {5: attributes(5) | {"age": 7}, 6: attributes(6)})
    with pytest.raises(ValueError, match="age: expected numbers from 1 to 4"):
        market_attributes(tmp_path)
