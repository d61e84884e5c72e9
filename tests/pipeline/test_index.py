"""pipeline.index: every index against the exact one, the files they are saved in, and when those are stale."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from storage_samples import vector

from pipeline.index import files
from pipeline.index.exact import ExactIndex
from pipeline.index.faiss_index import FaissIndex
from pipeline.index.shelf import Shelf
from pipeline.index.types import Ids, Stamp
from pipeline.types import Floats, Space

INDEXES = [ExactIndex, FaissIndex]
TOLERANCE = 1e-5
SPACE = Space("appearance", "d1", 3)


def _grid(dim: int) -> st.SearchStrategy[Floats]:
    """Unit vectors from so few directions that many of them are equal, and many scores with them."""
    numbers = st.lists(st.integers(-1, 1), min_size=dim, max_size=dim).filter(any)
    return numbers.map(lambda row: np.array(row, np.float32) / np.float32(np.linalg.norm(row)))


@st.composite
def _worlds(draw: st.DrawFn) -> dict[str, Any]:
    dim = draw(st.integers(1, 4))
    ids = draw(st.lists(st.integers(0, 2**40), max_size=30, unique=True))
    unit = _grid(dim)
    return {
        "dim": dim,
        "ids": np.array(ids, np.int64),
        "vectors": np.array([draw(unit) for _ in ids], np.float32).reshape(-1, dim),
        "queries": np.array(draw(st.lists(unit, max_size=3)), np.float32).reshape(-1, dim),
        "k": draw(st.integers(0, 40)),
        "removed": np.array(draw(st.lists(st.sampled_from([*ids, 7]), max_size=10)), np.int64),
        "allowed": draw(st.none() | st.lists(st.sampled_from([*ids, 7]), max_size=20)),
        "split": draw(st.integers(0, 30)),
    }


def _by_hand(world: dict[str, Any], query: Floats) -> list[tuple[float, int]]:
    """All candidates of a query with their scores, best first: one pair after the other, no NumPy tricks."""
    gone = set(world["removed"].tolist())
    kept = None if world["allowed"] is None else set(world["allowed"])
    found = []
    for identifier, row in zip(world["ids"].tolist(), world["vectors"].tolist(), strict=True):
        if identifier not in gone and (kept is None or identifier in kept):
            found.append((sum(a * b for a, b in zip(query.tolist(), row, strict=True)), identifier))
    return sorted(found, key=lambda pair: (-pair[0], pair[1]))


@pytest.mark.parametrize("make", INDEXES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(world=_worlds())
def test_answers_are_those_of_the_slow_way(make: type[ExactIndex | FaissIndex], world: dict[str, Any]) -> None:
    index = make(world["dim"])
    at = world["split"]
    index.add(world["ids"][:at], world["vectors"][:at])
    index.add(world["ids"][at:], world["vectors"][at:])
    assert index.remove(world["removed"]) == len(set(world["removed"].tolist()) & set(world["ids"].tolist()))
    if world["split"] % 2:
        index = make.load(index.save())
    allowed = None if world["allowed"] is None else np.array(world["allowed"], np.int64)

    scores, ids = index.search(world["queries"], world["k"], allowed)

    expected = [_by_hand(world, query) for query in world["queries"]]
    candidates = len(_by_hand(world, np.zeros(world["dim"], np.float32)))
    assert scores.shape == ids.shape == (len(world["queries"]), min(world["k"], candidates))
    assert (scores.dtype, ids.dtype) == (np.float32, np.int64)
    for row_scores, row_ids, pairs in zip(scores, ids, expected, strict=True):
        best = [score for score, _ in pairs[: world["k"]]]
        np.testing.assert_allclose(row_scores, best, atol=TOLERANCE)
        of = {identifier: score for score, identifier in pairs}
        # which of equals are taken at the very end is open; all else is not
        assert len(set(row_ids.tolist())) == len(row_ids)
        np.testing.assert_allclose([of[i] for i in row_ids.tolist()], best, atol=TOLERANCE)


@pytest.mark.parametrize("make", INDEXES)
def test_equals_are_in_the_order_of_their_ids(make: type[ExactIndex | FaissIndex]) -> None:
    index = make(4)
    ids = np.array([9, 3, 700, 5, 1], np.int64)
    index.add(ids, np.tile(np.array([0.5, 0.5, 0.5, 0.5], np.float32), (5, 1)))
    assert index.search(np.eye(4, dtype=np.float32), 5)[1].tolist() == [[1, 3, 5, 9, 700]] * 4


def test_many_vectors_against_the_exact_index() -> None:
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(3000, 64)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    ids = rng.permutation(10_000)[:3000].astype(np.int64)
    exact, fast = ExactIndex(64), FaissIndex(64)
    for index in (exact, fast):
        index.add(ids, rows)
        index.remove(ids[::7])
    for allowed in (None, ids[:50], ids[1000:2500]):
        right, got = exact.search(rows[:25], 20, allowed), fast.search(rows[:25], 20, allowed)
        np.testing.assert_allclose(got[0], right[0], atol=TOLERANCE)
        assert np.array_equal(got[1], right[1])


@pytest.mark.parametrize("make", INDEXES)
def test_what_does_not_fit_is_refused(make: type[ExactIndex | FaissIndex]) -> None:
    index = make(3)
    index.add(np.array([1, 2]), np.eye(3, dtype=np.float32)[:2])
    one, row = np.array([5]), np.ones((1, 3), np.float32)
    for ids, rows, word in (
        (one, np.ones((1, 4), np.float32), r"\(N, 3\) expected, got \(1, 4\)"),
        (one, np.ones(3, np.float32), r"\(N, 3\) expected"),
        (one, np.array([[1, np.nan, 0]], np.float32), "not finite"),
        (np.array([5, 6]), row, r"shape \(1,\) expected"),
        (np.array([2]), row, "already"),
        (np.array([7, 7]), np.ones((2, 3), np.float32), "twice"),
    ):
        with pytest.raises(ValueError, match=word):
            index.add(ids, rows)
    with pytest.raises(ValueError, match="queries"):
        index.search(np.ones((1, 2), np.float32), 1)
    with pytest.raises(ValueError, match="negative"):
        index.search(row, -1)
    assert sorted(index.ids().tolist()) == [1, 2]
    assert len(index) == 2


@pytest.mark.parametrize("make", INDEXES)
def test_vectors_come_back_as_they_were(make: type[ExactIndex | FaissIndex]) -> None:
    index = make(3)
    rows = np.stack([vector(i, 3) for i in range(5)])
    index.add(np.arange(5), rows)
    index.remove(np.array([1]))
    index = make.load(index.save())
    assert np.array_equal(index.vectors(np.array([4, 0])), rows[[4, 0]])
    assert index.vectors(np.array([], np.int64)).shape == (0, 3)
    with pytest.raises(KeyError):
        index.vectors(np.array([1]))


def test_a_file_says_what_it_is_of(tmp_path: Path) -> None:
    stamp = Stamp(SPACE, 12, 34)
    files.write(tmp_path / "x.index", stamp, np.arange(9, dtype=np.uint8))
    assert files.read(tmp_path / "x.index")[0] == stamp
    assert files.read(tmp_path / "x.index")[1].tolist() == list(range(9))
    assert [p.name for p in tmp_path.iterdir()] == ["x.index"]
    assert (tmp_path / "x.index").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", ["cut", "flip", "garbage", "empty", "longer"])
def test_a_damaged_file_is_noticed(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "x.index"
    files.write(path, Stamp(SPACE, 1, 0), np.arange(200, dtype=np.uint8))
    whole = path.read_bytes()
    path.write_bytes({
        "cut": whole[:-1],
        "flip": whole[:-5] + b"\x00" + whole[-4:],
        "garbage": b"\x89PNG" * 40,
        "empty": b"",
        "longer": whole + b"\x00",
    }[damage])  # fmt: skip
    with pytest.raises(ValueError, match=r"x\.index"):
        files.read(path)


class _Catalogue:
    """A source of vectors that counts what it is asked for. Rows are (generation, id)."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int]] = []
        self.space = SPACE
        self.state = (0, 0)
        self.asked: list[int] = []

    def commit(self, generation: int, *ids: int) -> None:
        self.rows += [(generation, i) for i in ids]
        self.state = (generation, self.state[1])

    def remove(self, stamp: int, *ids: int) -> None:
        self.rows = [row for row in self.rows if row[1] not in ids]
        self.state = (self.state[0], stamp)

    def stamp(self, space: Space) -> Stamp:
        return Stamp(space, *self.state)

    def knows(self, generation: int) -> bool:
        return generation == 0 or any(g == generation for g, _ in self.rows)

    def vectors(self, kind: str, after: int = -1) -> tuple[Ids, Floats]:
        self.asked.append(after)
        ids = [i for g, i in self.rows if g > after]
        return np.array(ids, np.int64), np.array([vector(i, 3) for i in ids], np.float32).reshape(-1, 3)


def _shelf(folder: Path, *, writable: bool = True) -> Shelf:
    return Shelf(folder, ExactIndex, ExactIndex.load, writable=writable)


def _ids(shelf: Shelf, catalogue: _Catalogue) -> list[int]:
    return sorted(shelf.current(catalogue.space, catalogue).ids().tolist())


@pytest.fixture
def catalogue(tmp_path: Path) -> _Catalogue:
    """Three rows in two commits; the shelf has saved them."""
    made = _Catalogue()
    made.commit(10, 1, 2)
    made.commit(11, 3)
    shelf = _shelf(tmp_path)
    assert _ids(shelf, made) == [1, 2, 3]
    shelf.save(lambda: made.state[1])
    made.asked.clear()
    return made


def test_a_current_file_is_taken_as_it_is(tmp_path: Path, catalogue: _Catalogue) -> None:
    assert _ids(_shelf(tmp_path), catalogue) == [1, 2, 3]
    assert catalogue.asked == []


def test_only_newer_rows_are_added(tmp_path: Path, catalogue: _Catalogue) -> None:
    shelf = _shelf(tmp_path)
    catalogue.commit(12, 4)
    assert _ids(shelf, catalogue) == [1, 2, 3, 4]
    catalogue.commit(13, 5)
    assert _ids(shelf, catalogue) == [1, 2, 3, 4, 5]
    assert catalogue.asked == [11, 12]


def test_after_a_removal_it_is_built_anew(tmp_path: Path, catalogue: _Catalogue) -> None:
    catalogue.remove(99, 2)
    assert _ids(_shelf(tmp_path), catalogue) == [1, 3]
    assert catalogue.asked == [-1]


def test_for_another_space_it_is_built_anew(tmp_path: Path, catalogue: _Catalogue) -> None:
    catalogue.space = replace(SPACE, digest="d2")
    assert _ids(_shelf(tmp_path), catalogue) == [1, 2, 3]
    assert catalogue.asked == [-1]


def test_a_file_from_a_lost_future_is_built_anew(tmp_path: Path, catalogue: _Catalogue) -> None:
    """The catalogue was restored from a backup made after its first commit, and went on otherwise."""
    restored = _Catalogue()
    restored.commit(10, 1, 2)
    restored.commit(15, 8)
    assert _ids(_shelf(tmp_path), restored) == [1, 2, 8]
    assert restored.asked == [-1]


def test_a_damaged_file_is_built_anew(tmp_path: Path, catalogue: _Catalogue, caplog: pytest.LogCaptureFixture) -> None:
    shelf = _shelf(tmp_path)
    shelf.file("appearance").write_bytes(b"rubbish")
    with caplog.at_level(logging.WARNING):
        assert _ids(shelf, catalogue) == [1, 2, 3]
    assert "built again" in caplog.text


def test_a_removal_is_taken_out_of_memory(tmp_path: Path, catalogue: _Catalogue) -> None:
    shelf = _shelf(tmp_path)
    assert _ids(shelf, catalogue) == [1, 2, 3]
    before = catalogue.state[1]
    catalogue.remove(99, 2, 3)  # of the last commit nothing is left
    shelf.forget(np.array([2, 3]), (before, 99))
    shelf.discard()
    assert not shelf.file("appearance").exists()
    assert _ids(shelf, catalogue) == [1]
    shelf.save(lambda: 99)
    assert _ids(_shelf(tmp_path), catalogue) == [1]
    assert catalogue.asked == []


def test_an_index_that_has_not_heard_of_a_removal_is_not_saved(tmp_path: Path, catalogue: _Catalogue) -> None:
    shelf = _shelf(tmp_path)
    catalogue.commit(12, 4)
    assert _ids(shelf, catalogue) == [1, 2, 3, 4]
    saved = shelf.file("appearance").read_bytes()
    shelf.save(lambda: 99)
    assert shelf.file("appearance").read_bytes() == saved


def test_a_search_saves_only_what_is_worth_it(tmp_path: Path, catalogue: _Catalogue) -> None:
    shelf = _shelf(tmp_path)
    saved = shelf.file("appearance").read_bytes()
    catalogue.commit(12, 4)
    assert _ids(shelf, catalogue) == [1, 2, 3, 4]
    shelf.save(lambda: 0, at_leisure=True)
    assert shelf.file("appearance").read_bytes() == saved
    catalogue.commit(13, *range(5, 1100))
    assert len(_ids(shelf, catalogue)) == 1099
    shelf.save(lambda: 0, at_leisure=True)
    assert len(_ids(_shelf(tmp_path), catalogue)) == 1099
    assert catalogue.asked == [11, 12]


def test_a_read_only_shelf_writes_nothing(tmp_path: Path) -> None:
    made = _Catalogue()
    made.commit(10, 1)
    shelf = _shelf(tmp_path, writable=False)
    assert _ids(shelf, made) == [1]
    shelf.save(lambda: 0)
    assert list(tmp_path.iterdir()) == []
