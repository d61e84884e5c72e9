from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.evaluation import TruthFrame, match_boxes, score_detections, score_tracks


def boxes(*columns):
    """Boxes 10 wide and 20 high whose left edges are given."""
    return np.array([[x, 0, x + 10, 20] for x in columns], np.float32).reshape(-1, 4)


def frame(truth, found, required=None):
    """A frame of {person: left edge} and {track: left edge}."""
    return TruthFrame(
        boxes(*truth.values()),
        boxes(*found.values()),
        np.array(list(truth), np.int64),
        np.array(list(found), np.int64),
        None if required is None else np.array([person in required for person in truth], bool),
    )


def slow_iou(a, b):
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height
    return width * height / union


def slow_greedy(truth, found, min_iou):
    """Take the best remaining pair again and again."""
    pairs, left = {}, [(i, j) for i in range(len(truth)) for j in range(len(found))]
    while left:
        i, j = max(left, key=lambda pair: slow_iou(truth[pair[0]], found[pair[1]]))
        if slow_iou(truth[i], found[j]) < min_iou:
            break
        pairs[i] = j
        left = [(a, b) for a, b in left if a != i and b != j]
    return [pairs.get(i, -1) for i in range(len(truth))]


edges = st.lists(st.floats(0, 40, allow_nan=False, width=32), max_size=5, unique=True)


@settings(max_examples=200, deadline=None)
@given(edges, edges, st.sampled_from([0.3, 0.5, 0.75]))
def test_matching_takes_the_best_pairs_first(truth, found, min_iou):
    ours = match_boxes(boxes(*truth), boxes(*found), min_iou=min_iou).tolist()
    theirs = slow_greedy(boxes(*truth).tolist(), boxes(*found).tolist(), min_iou)
    overlaps = sorted(round(slow_iou(a, b), 5) for a in boxes(*truth).tolist() for b in boxes(*found).tolist())
    on_the_edge = any(abs(value - min_iou) < 1e-4 for value in overlaps)
    tied = any(value > 0 and value - before < 1e-4 for before, value in itertools.pairwise(overlaps))
    if not tied and not on_the_edge:
        assert ours == theirs
    taken = [column for column in ours if column >= 0]
    assert len(taken) == len(set(taken))


def test_recall_and_precision_over_frames():
    score = score_detections(
        [
            TruthFrame(boxes(0, 100), boxes(1, 300)),  # one found, one missed, one false
            TruthFrame(boxes(0), boxes(0, 2)),  # the second box on one person is false
            TruthFrame(boxes(), boxes(50)),
            TruthFrame(boxes(70), boxes()),
        ]
    )
    assert (score.truth, score.matched, score.false_positives) == (4, 2, 3)
    assert score.recall == 0.5
    assert score.precision == 0.4


def test_truth_that_need_not_be_found_counts_neither_way():
    hidden = np.array([True, False])
    found = score_detections([TruthFrame(boxes(0, 100), boxes(0, 100), required=hidden)])
    missed = score_detections([TruthFrame(boxes(0, 100), boxes(0), required=hidden)])
    assert found == missed
    assert (found.truth, found.matched, found.false_positives) == (1, 1, 0)


def test_required_truth_comes_before_truth_that_need_not_be_found():
    # the hidden person overlaps the box better, but the other one had to be found
    score = score_detections([TruthFrame(boxes(0, 2), boxes(2), required=np.array([True, False]))])
    assert (score.truth, score.matched, score.false_positives) == (1, 1, 0)


def test_overlap_below_the_limit_is_no_match():
    # 10 wide, shifted by 4: 6 / 14 = 0.43
    frames = [TruthFrame(boxes(0), boxes(4))]
    assert score_detections(frames).recall == 0
    assert score_detections(frames, min_iou=0.4).recall == 1


def test_nothing_at_all_is_perfect():
    score = score_tracks([])
    assert (score.detection.recall, score.detection.precision, score.mota, score.idf1) == (1, 1, 1, 1)
    empty = score_tracks([frame({}, {})])
    assert (empty.switches, empty.fragments, empty.people, empty.tracks, empty.idf1) == (0, 0, 0, 0, 1)


def test_perfect_tracks():
    score = score_tracks([frame({1: x, 2: 100 - x}, {11: x, 12: 100 - x}) for x in (0, 5, 10)])
    assert (score.switches, score.fragments, score.people, score.tracks) == (0, 0, 2, 2)
    assert (score.mota, score.idf1) == (1, 1)


def test_a_swap_is_two_switches():
    score = score_tracks([frame({1: 0, 2: 100}, {11: 0, 12: 100}), frame({1: 0, 2: 100}, {12: 0, 11: 100})])
    assert (score.switches, score.fragments) == (2, 0)
    assert score.mota == 1 - 2 / 4
    assert score.idf1 == 0.5  # whichever way they are paired, half of the boxes are right


def test_a_gap_is_a_fragment_and_a_new_track_after_it_a_switch_too():
    same = score_tracks([frame({1: 0}, {11: 0}), frame({1: 0}, {}), frame({1: 0}, {11: 0})])
    assert (same.switches, same.fragments) == (0, 1)
    other = score_tracks([frame({1: 0}, {11: 0}), frame({1: 0}, {}), frame({1: 0}, {12: 0})])
    assert (other.switches, other.fragments) == (1, 1)
    assert other.mota == pytest.approx(1 - (1 + 1) / 3)
    assert other.idf1 == pytest.approx(2 * 1 / (3 + 2))


def test_a_late_start_and_an_early_end_are_no_fragments():
    score = score_tracks([frame({1: 0}, {}), frame({1: 0}, {11: 0}), frame({1: 0}, {})])
    assert (score.switches, score.fragments) == (0, 0)
    assert score.detection.recall == pytest.approx(1 / 3)


def test_a_gap_while_hidden_is_no_fragment_but_coming_back_as_another_is_a_switch():
    frames = [frame({1: 0}, {11: 0}), frame({1: 0}, {}, required=()), frame({1: 0}, {12: 0})]
    score = score_tracks(frames)
    assert (score.switches, score.fragments) == (1, 0)
    assert score.detection.recall == 1


def test_a_pair_of_before_is_kept_though_a_neighbour_fits_better():
    frames = [frame({1: 0}, {11: 0}), frame({1: 0}, {11: 3, 12: 1})]
    score = score_tracks(frames)
    assert score.switches == 0
    assert score.detection.false_positives == 1


def test_a_pair_of_before_is_given_up_when_it_is_too_far_off():
    assert score_tracks([frame({1: 0}, {11: 0}), frame({1: 0}, {11: 30, 12: 1})]).switches == 1


def test_a_track_on_a_hidden_person_costs_nothing():
    score = score_tracks([frame({1: 0, 2: 100}, {11: 0, 12: 100}, required=(1,))])
    assert (score.mota, score.idf1) == (1, 1)
    assert score.people == 1


def test_a_box_that_is_spent_on_a_hidden_person_is_not_credited_to_another():
    frames = [frame({1: 0, 2: 2}, {11: 0, 12: 3}, required=(1,)), frame({1: 0}, {12: 3})]
    score = score_tracks(frames)
    assert score.switches == 1
    assert score.idf1 == 2 * 1 / (2 + 2)


def slow_idf1(frames):
    """Try every one-to-one pairing of people and tracks."""
    people = sorted({int(p) for f in frames for p in f.truth_ids})
    tracks = sorted({int(t) for f in frames for t in f.found_ids})
    total = sum(len(f.truth) + len(f.found) for f in frames)
    best = 0
    padded = [*tracks, *[None] * len(people)]
    for choice in set(itertools.permutations(padded, len(people))):
        shared = 0
        for f in frames:
            for p, track in zip(people, choice, strict=True):
                for i, j in itertools.product(range(len(f.truth)), range(len(f.found))):
                    pair = f.truth_ids[i] == p and f.found_ids[j] == track
                    shared += pair and slow_iou(f.truth[i].tolist(), f.found[j].tolist()) >= 0.5
        best = max(best, shared)
    return 2 * best / total if total else 1.0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.permutations([1, 2, 3]), st.permutations([7, 8, 9]), st.integers(0, 3)), max_size=5))
def test_idf1_agrees_with_trying_every_pairing(history):
    frames = []
    for people, tracks, found in history:
        there = {person: 50.0 * place for place, person in enumerate(people)}
        frames.append(frame(there, {track: 50.0 * place + 1 for place, track in enumerate(tracks[:found])}))
    assert score_tracks(frames).idf1 == pytest.approx(slow_idf1(frames))


def test_frames_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match=r"TruthFrame.found: expected shape"):
        TruthFrame(boxes(0), np.zeros((2, 5), np.float32))
    with pytest.raises(ValueError, match="twice in one frame"):
        TruthFrame(boxes(0, 5), boxes(), np.array([1, 1]), np.array([], np.int64))
    with pytest.raises(ValueError, match="needs truth_ids"):
        score_tracks([TruthFrame(boxes(0), boxes(0))])
    with pytest.raises(ValueError, match="required"):
        TruthFrame(boxes(0), boxes(0), required=np.array([True, False]))
