from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from reid.evaluation.precision_recall import CurveCounter, interpolated
from reid.evaluation.ranking import labels, rank_blocks, ranks_of_right


def slow_per_query(right, wrong):
    """Interpolated precision at recall 0, 0.01, ... by walking down the list; of equal scores the wrong come first."""
    places = sorted([(-s, 0) for s in wrong] + [(-s, 1) for s in right])
    points, found = [], 0
    for n, (_, is_right) in enumerate(places, 1):
        found += is_right
        points.append((Fraction(found, len(right)), found / n if is_right else 0.0))
    return [max(p for recall, p in points if recall >= Fraction(level, 100)) for level in range(101)]


def slow_all_pairs(rows):
    """Average precision and interpolated precision of all pairs, by trying every score as a threshold."""
    right = [s for r, _ in rows for s in r]
    wrong = [s for _, w in rows for s in w]
    points = []
    for threshold in sorted({*right, *wrong}, reverse=True):
        found = sum(s >= threshold for s in right)
        called = found + sum(s >= threshold for s in wrong)
        points.append((Fraction(found, len(right)), found / called))
    area, before = 0.0, Fraction(0)
    for recall, precision in points:
        area += float(recall - before) * precision
        before = recall
    curve = [max(p for recall, p in points if recall >= Fraction(level, 100)) for level in range(101)]
    return area, curve


def curves(rows, bins=10):
    counter = CurveCounter()
    for right, wrong in rows:
        counter.add(np.asarray(right, np.float32), np.asarray(wrong, np.float32))
    return counter.curves(bins)


@pytest.mark.parametrize("queries", [1, 2, 6])
@pytest.mark.parametrize("right", [1, 2, 7])
@pytest.mark.parametrize("wrong", [0, 1, 30])
@pytest.mark.parametrize("kind", ["ties", "real", "negative", "large"])
def test_agrees_with_the_slow_one(queries, right, wrong, kind):
    rng = np.random.default_rng(queries * 100 + right * 10 + wrong)
    draw = {
        "ties": lambda n: rng.integers(-3, 4, n).astype(float),
        "real": lambda n: np.round(rng.normal(size=n) * 50) / 64,  # told apart by the counter, and often zero
        "negative": lambda n: -rng.integers(1, 1000, n) / 1000.0,
        "large": lambda n: rng.integers(-400, 400, n) * 250.0,
    }[kind]
    rows = [(draw(right), draw(wrong)) for _ in range(queries)]
    found = curves(rows)
    area, curve = slow_all_pairs(rows)
    assert found.all_pairs_area == pytest.approx(area, abs=1e-12)
    assert found.all_pairs == pytest.approx(curve, abs=1e-12)
    mean = np.mean([slow_per_query(r, w) for r, w in rows], axis=0)
    assert found.per_query == pytest.approx(mean, abs=1e-12)
    assert found.per_query_area == pytest.approx(mean.mean(), abs=1e-12)
    assert found.recall == pytest.approx([level / 100 for level in range(101)])


def test_any_real_scores_come_out_nearly_the_same():
    rng = np.random.default_rng(0)
    rows = [(rng.normal(1, 1, 20), rng.normal(0, 1, 200)) for _ in range(5)]
    area, curve = slow_all_pairs(rows)
    found = curves(rows)
    assert found.all_pairs_area == pytest.approx(area, abs=1e-3)
    assert found.all_pairs == pytest.approx(curve, abs=0.03)


def test_many_scores_pass_through_the_buffer():
    rng = np.random.default_rng(1)
    rows = [([2.0], rng.integers(-5, 5, 400_000).astype(float)) for _ in range(4)]
    found = curves(rows)
    above = sum((wrong >= 2).sum() for _, wrong in rows)
    assert found.all_pairs_area == pytest.approx(4 / (4 + above))
    assert sum(found.wrong) == pytest.approx(1)


def test_histogram_shares_are_those_of_numpy():
    rng = np.random.default_rng(2)
    right, wrong = rng.integers(0, 11, 50) / 8, rng.integers(-8, 6, 300) / 8
    found = curves([(right, wrong)], bins=7)
    assert found.edges[0] == pytest.approx(wrong.min(), rel=1e-3)
    assert found.edges[-1] == pytest.approx(right.max(), rel=1e-3)
    for shares, values in ((found.right, right), (found.wrong, wrong)):
        inside = np.clip(values, found.edges[0], found.edges[-1])  # the ends are the middles of cells
        np.testing.assert_allclose(shares, np.histogram(inside, found.edges)[0] / len(values), atol=1e-12)


def test_a_list_worked_out_by_hand():
    # ranks 1, 3 and 6: precision 1, 2/3, 1/2
    found = interpolated(np.array([1, 3, 6]))
    assert found[0] == found[33] == 1
    assert found[34] == found[66] == pytest.approx(2 / 3)
    assert found[67] == found[100] == pytest.approx(1 / 2)
    # a later better precision counts for lower recall too
    assert interpolated(np.array([2, 3])).tolist() == pytest.approx([2 / 3] * 101)


@pytest.mark.parametrize("right", [1, 3, 7, 29, 50, 100, 300])
def test_recall_levels_are_exact_where_floats_would_slip(right):
    ranks = np.arange(1, right + 1) * 2
    ranks[0] = 1
    precision = np.arange(1, right + 1) / ranks
    for level, value in enumerate(interpolated(ranks)):
        needed = max(1, math.ceil(Fraction(level, 100) * right))
        assert value == pytest.approx(precision[needed - 1 :].max())


def test_a_constant_score_has_the_precision_of_chance():
    found = curves([([0.5] * 2, [0.5] * 6)])
    assert found.all_pairs == pytest.approx([0.25] * 101)
    assert found.all_pairs_area == pytest.approx(0.25)


def test_no_query_no_curve():
    with pytest.raises(ValueError, match="no curve"):
        CurveCounter().curves()


def test_r_precision_and_the_observer_of_a_ranking():
    # best first: right, wrong, right, junk, right
    gallery = labels([(7, 2), (8, 1), (7, 3), (-1, 2), (7, 2), (7, 1)])
    scores = np.array([[6, 5, 4, 3, 2, 9], [1, 2, 3, 4, 5, 6]], np.float32)
    seen = []
    ranking = rank_blocks(
        [(0, scores)], labels([(7, 1), (9, 1)]), gallery, observe=lambda right, wrong: seen.append((right, wrong))
    )
    assert ranking.r_precision == pytest.approx([2 / 3])
    ((right, wrong),) = seen  # the second query has nobody to find
    assert right.tolist() == [6, 4, 2]
    assert wrong.tolist() == [5]
    assert ranks_of_right(right, wrong).tolist() == [1, 3, 4]
