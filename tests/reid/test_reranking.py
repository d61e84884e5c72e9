from __future__ import annotations

import numpy as np
import pytest

from reid.evaluation.ranking import labels, rank_blocks
from reid.evaluation.reranking import Reranking, reranked


def slow(queries, vectors, k1, k2, original):
    """The paper step by step on dense lists and matrices: sets of Python, no matrix product, no sparse anything."""
    every = [[float(x) for x in row] for row in (*queries, *vectors)]
    count = len(every)
    distance = [[sum((a - b) ** 2 for a, b in zip(p, q, strict=True)) for q in every] for p in every]
    largest = [max(max(row), np.finfo(np.float32).tiny) for row in distance]
    normal = [[value / largest[i] for value in row] for i, row in enumerate(distance)]
    order = [sorted(range(count), key=lambda j, i=i: (j != i, distance[i][j], j)) for i in range(count)]

    def mutual(i, k):
        return {j for j in order[i][: k + 1] if i in order[j][: k + 1]}

    encoding = np.zeros((count, count))
    for i in range(count):
        core = mutual(i, k1)
        members = set(core)
        for candidate in core:
            theirs = mutual(candidate, int(np.around(k1 / 2)))
            if len(theirs & core) > 2 / 3 * len(theirs):
                members |= theirs
        for j in members:
            encoding[i, j] = np.exp(-normal[i][j])
        encoding[i] /= encoding[i].sum()
    if k2 > 1:
        encoding = np.array([np.mean([encoding[j] for j in order[i][:k2]], axis=0) for i in range(count)])

    result = np.zeros((len(queries), len(vectors)))
    for i in range(len(queries)):
        for g in range(len(vectors)):
            low = high = 0.0
            for j in range(count):
                low += min(encoding[i, j], encoding[len(queries) + g, j])
                high += max(encoding[i, j], encoding[len(queries) + g, j])
            result[i, g] = (1 - original) * (1 - low / high) + original * normal[i][len(queries) + g]
    return result


def scores(queries, vectors, settings, chunk=256):
    blocks = list(reranked(queries, vectors, settings, chunk=chunk))
    assert [start for start, _ in blocks] == list(range(0, len(queries), chunk))
    return np.concatenate([block for _, block in blocks])


@pytest.mark.parametrize(("count", "pictures"), [(1, 1), (1, 2), (2, 1), (3, 7), (5, 30)])
@pytest.mark.parametrize(("k1", "k2"), [(1, 1), (2, 6), (5, 1), (5, 3), (20, 6)])
@pytest.mark.parametrize("original", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("kind", ["ties", "unit", "clusters"])
def test_agrees_with_the_slow_one(count, pictures, k1, k2, original, kind):
    rng = np.random.default_rng(count * 100 + pictures + k1)
    if kind == "ties":  # few whole numbers, computed without error: many equal distances and equal pictures
        queries, vectors = rng.integers(0, 3, (count, 2)), rng.integers(0, 3, (pictures, 2))
    else:
        centres = rng.normal(size=(4, 8))
        spread = 1.0 if kind == "unit" else 0.3
        queries = centres[rng.integers(0, 4, count)] + spread * rng.normal(size=(count, 8))
        vectors = centres[rng.integers(0, 4, pictures)] + spread * rng.normal(size=(pictures, 8))
    queries, vectors = queries.astype(np.float32), vectors.astype(np.float32)
    expected = -slow(queries, vectors, k1, k2, original)
    settings = Reranking(k1, k2, original)
    np.testing.assert_allclose(scores(queries, vectors, settings), expected, rtol=1e-4, atol=2e-5)
    np.testing.assert_allclose(scores(queries, vectors, settings, chunk=2), expected, rtol=1e-4, atol=2e-5)


def test_all_pictures_the_same_are_all_equally_near():
    same = np.ones((6, 4), np.float32)
    found = scores(same[:2], same[2:], Reranking(k1=2, k2=2))
    np.testing.assert_allclose(found, -slow(same[:2], same[2:], 2, 2, 0.3), atol=1e-6)


def test_a_neighbour_who_does_not_return_the_favour_falls_behind():
    # on a line: the query at 0, a crowd from 1.0 on whose nearest are each other, and one lonely picture at -1.02
    vectors = np.array([[1.0], [1.05], [1.1], [1.15], [-1.02]], np.float32)
    query = np.array([[0.0]], np.float32)
    assert np.argsort(-scores(query, vectors, Reranking(2, 1, 1.0))[0]).tolist()[0] == 0
    assert np.argsort(-scores(query, vectors, Reranking(2, 1, 0.0))[0]).tolist()[0] == 4


def test_the_original_distance_alone_ranks_as_without():
    rng = np.random.default_rng(5)
    queries, vectors = (rng.normal(size=(n, 6)).astype(np.float32) for n in (4, 25))
    plain = -((queries[:, None] - vectors[None]) ** 2).sum(axis=2)
    np.testing.assert_array_equal(
        np.argsort(-scores(queries, vectors, Reranking(original=1.0)), axis=1), np.argsort(-plain, axis=1)
    )


def test_its_blocks_can_be_ranked():
    rng = np.random.default_rng(6)
    centres = rng.normal(size=(5, 16))
    who = np.arange(50) % 5
    vectors = (centres[who] + 0.9 * rng.normal(size=(50, 16))).astype(np.float32)
    queries = (centres + 0.9 * rng.normal(size=(5, 16))).astype(np.float32)
    query, gallery = labels((i, 1) for i in range(5)), labels((int(i), 2) for i in who)
    ranking = rank_blocks(reranked(queries, vectors, Reranking(k1=9)), query, gallery)
    plain = rank_blocks([(0, queries @ vectors.T)], query, gallery)
    assert ranking.average_precision.mean() > plain.average_precision.mean()


@pytest.mark.parametrize("settings", [{"k1": 0}, {"k2": 0}, {"original": 1.1}, {"original": -0.1}])
def test_impossible_settings_are_refused(settings):
    with pytest.raises(ValueError, match="k1 >= 1"):
        Reranking(**settings)


def test_broken_vectors_are_refused():
    with pytest.raises(ValueError, match="expected vectors"):
        next(reranked(np.ones((1, 3), np.float32), np.ones((2, 4), np.float32)))
    with pytest.raises(ValueError, match="NaN"):
        next(reranked(np.full((1, 3), np.nan, np.float32), np.ones((2, 3), np.float32)))
