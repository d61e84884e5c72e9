from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reid.evaluation.ranking import Labels, labels, rank_scores, rank_vectors, ranks_of_right, right_and_junk


def slow(scores, query, gallery, drop_same_camera=True):
    """First rank, AP, trapezoid AP and inverse penalty of each query, by walking down each list one place at a time."""
    rows = {}
    for q, (identity, camera) in enumerate(query):
        places = []
        for g, (other, other_camera) in enumerate(gallery):
            if other == -1:
                continue
            same_view = camera == other_camera and camera >= 0
            if drop_same_camera and other == identity and same_view:
                continue
            # at equal scores the wrong pictures stand first
            places.append((-scores[q][g], other == identity))
        places.sort(key=lambda place: (place[0], place[1]))
        total = sum(right for _, right in places)
        if total == 0:
            continue
        found, first, last, area, trapezoid, precision_before, recall_before = 0, 0, 0, 0.0, 0.0, 1.0, 0.0
        for n, (_, right) in enumerate(places, 1):
            found += right
            precision, recall = found / n, found / total
            trapezoid += (recall - recall_before) * (precision + precision_before) / 2  # Market-1501's compute_AP.m
            precision_before, recall_before = precision, recall
            if right:
                area += precision / total
                first, last = first or n, n
        rows[q] = (first, area, trapezoid, total / last)
    return rows


def assert_agrees(scores, query, gallery, drop_same_camera=True):
    ranking = rank_scores(
        np.asarray(scores, np.float32).reshape(len(query), len(gallery)),
        labels(query),
        labels(gallery),
        drop_same_camera=drop_same_camera,
    )
    expected = slow(np.asarray(scores).reshape(len(query), len(gallery)), query, gallery, drop_same_camera)
    assert ranking.queries.tolist() == list(expected)
    assert ranking.ignored == len(query) - len(expected)
    found = zip(
        ranking.first,
        ranking.average_precision,
        ranking.trapezoid_precision,
        ranking.inverse_penalty,
        strict=True,
    )
    for ours, theirs in zip(found, expected.values(), strict=True):
        assert ours == pytest.approx(theirs, abs=1e-12)
    for n in range(1, len(gallery) + 1):
        if expected:
            share = sum(row[0] <= n for row in expected.values()) / len(expected)
            assert ranking.found_within(n).mean() == pytest.approx(share)
            assert ranking.cmc(n)[-1] == pytest.approx(share)


def drawn(rng, lowest, highest, count):
    """Pairs of a random identity and one of three cameras."""
    return [(int(rng.integers(lowest, highest + 1)), int(rng.integers(1, 4))) for _ in range(count)]


people = st.tuples(st.integers(-1, 4), st.integers(-1, 3))


@settings(max_examples=300, deadline=None)
@given(st.data(), st.booleans())
def test_agrees_with_the_slow_walk_with_ties_junk_distractors_and_queries_without_a_match(data, drop_same_camera):
    query = data.draw(st.lists(st.tuples(st.integers(1, 4), st.integers(-1, 3)), min_size=1, max_size=5))
    gallery = data.draw(st.lists(people, min_size=1, max_size=12))
    values = st.integers(-3, 3)  # few values, so that ties are common
    scores = data.draw(st.lists(values, min_size=len(query) * len(gallery), max_size=len(query) * len(gallery)))
    assert_agrees(scores, query, gallery, drop_same_camera)


@pytest.mark.parametrize("queries", [1, 2, 7])
@pytest.mark.parametrize("pictures", [1, 2, 50])
@pytest.mark.parametrize("identities", [1, 2, 20])
def test_agrees_with_the_slow_walk_over_shapes(queries, pictures, identities):
    rng = np.random.default_rng(queries * 1000 + pictures * 10 + identities)
    query, gallery = drawn(rng, 1, identities, queries), drawn(rng, -1, identities, pictures)
    assert_agrees(rng.normal(size=(queries, pictures)), query, gallery)


def test_a_list_worked_out_by_hand():
    # best first: same camera (junk), wrong, right, junk box, right, distractor
    gallery = labels([(7, 1), (8, 1), (7, 2), (-1, 2), (7, 3), (0, 4)])
    ranking = rank_scores(np.array([[6, 5, 4, 3, 2, 1]], np.float32), labels([(7, 1)]), gallery)
    assert ranking.first.tolist() == [2]
    assert ranking.average_precision == pytest.approx([(1 / 2 + 2 / 3) / 2])
    assert ranking.trapezoid_precision == pytest.approx([((0 + 1 / 2) / 2 + (1 / 2 + 2 / 3) / 2) / 2])
    assert ranking.inverse_penalty == pytest.approx([2 / 3])
    assert ranking.cmc(3).tolist() == [0, 1, 1]


def test_the_same_camera_counts_where_the_protocol_says_so():
    query, gallery = labels([(7, 1)]), labels([(7, 1), (8, 2)])
    scores = np.array([[1, 0]], np.float32)
    assert rank_scores(scores, query, gallery).ignored == 1
    assert rank_scores(scores, query, gallery, drop_same_camera=False).first.tolist() == [1]


def test_an_unknown_camera_is_not_the_same_camera():
    right, junk = right_and_junk(labels([(7, -1)]), 0, labels([(7, -1), (7, 2), (-1, -1)]))
    assert right.tolist() == [True, True, False]
    assert junk.tolist() == [False, False, True]


def test_a_query_of_identity_minus_one_matches_no_junk():
    ranking = rank_scores(np.ones((1, 2), np.float32), labels([(-1, 1)]), labels([(-1, 2), (3, 2)]))
    assert ranking.ignored == 1


def test_queries_without_a_match_are_ignored_and_none_at_all_is_an_error():
    query, gallery = labels([(1, 1), (2, 1)]), labels([(1, 2), (3, 2)])
    ranking = rank_scores(np.eye(2, dtype=np.float32), query, gallery)
    assert ranking.queries.tolist() == [0]
    assert ranking.ignored == 1
    assert ranking.cmc(1).tolist() == [1.0]
    nobody = rank_scores(np.ones((1, 2), np.float32), labels([(9, 1)]), gallery)
    assert len(nobody) == 0
    with pytest.raises(ValueError, match="nothing to measure"):
        nobody.cmc(5)


def test_a_constant_score_earns_the_worst_places():
    gallery = labels([(1, 2), (1, 3), (2, 2), (3, 2)])
    ranking = rank_scores(np.zeros((1, 4), np.float32), labels([(1, 1)]), gallery)
    assert ranking.first.tolist() == [3]
    assert ranking.inverse_penalty == pytest.approx([2 / 4])


def test_the_order_of_the_gallery_does_not_matter():
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 4, (6, 40)).astype(np.float32)
    query = labels([(int(i), 1) for i in rng.integers(1, 5, 6)])
    gallery = labels(drawn(rng, -1, 4, 40))
    shuffled = rng.permutation(40)
    there = Labels(gallery.identities[shuffled], gallery.cameras[shuffled])
    before, after = rank_scores(scores, query, gallery), rank_scores(scores[:, shuffled], query, there)
    np.testing.assert_array_equal(before.average_precision, after.average_precision)
    np.testing.assert_array_equal(before.first, after.first)


@pytest.mark.parametrize("chunk", [1, 3, 8, 100])
def test_vectors_in_chunks_give_what_the_whole_matrix_gives(chunk):
    rng = np.random.default_rng(2)
    # whole numbers, so that every way of summing gives the very same score
    queries = rng.integers(-3, 4, (8, 5)).astype(np.float32)
    vectors = rng.integers(-3, 4, (30, 5)).astype(np.float32)
    query = labels([(int(i), 1) for i in rng.integers(1, 4, 8)])
    gallery = labels([(int(i), 2) for i in rng.integers(-1, 4, 30)])
    whole = rank_scores(queries @ vectors.T, query, gallery)
    chunked = rank_vectors(queries, vectors, query, gallery, chunk=chunk)
    np.testing.assert_array_equal(chunked.queries, whole.queries)
    np.testing.assert_array_equal(chunked.first, whole.first)
    np.testing.assert_array_equal(chunked.average_precision, whole.average_precision)


def test_the_finite_sum_is_never_below_the_trapezoid():
    rng = np.random.default_rng(3)
    query = labels([(1, 1)] * 50)
    gallery = labels([(int(i), 2) for i in rng.integers(0, 3, 30)])
    ranking = rank_scores(rng.normal(size=(50, 30)).astype(np.float32), query, gallery)
    assert (ranking.trapezoid_precision <= ranking.average_precision + 1e-12).all()
    assert (ranking.trapezoid_precision < ranking.average_precision).any()


def test_ranks_of_right_with_nothing_wrong():
    assert ranks_of_right(np.array([0.1, 0.9], np.float32), np.array([], np.float32)).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (np.zeros((2, 3), np.float32), "expected scores of shape"),
        (np.array([[np.nan, 1.0]], np.float32), "NaN"),
    ],
)
def test_scores_that_cannot_be_ranked_are_refused(scores, message):
    with pytest.raises(ValueError, match=message):
        rank_scores(scores, labels([(1, 1)]), labels([(1, 2), (2, 2)]))


@pytest.mark.parametrize(
    ("queries", "vectors", "message"),
    [
        (np.zeros((2, 4)), np.zeros((2, 4)), "expected 1 query"),
        (np.zeros((1, 4)), np.zeros((3, 4)), "2 gallery vectors"),
        (np.zeros((1, 4)), np.zeros((2, 5)), "one length, got 4 and 5"),
    ],
)
def test_vectors_that_do_not_fit_are_refused(queries, vectors, message):
    with pytest.raises(ValueError, match=message):
        rank_vectors(queries, vectors, labels([(1, 1)]), labels([(1, 2), (2, 2)]))


def test_labels_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="one shape"):
        Labels(np.zeros(2, np.int64), np.zeros(3, np.int64))
