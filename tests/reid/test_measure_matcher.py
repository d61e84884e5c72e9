from __future__ import annotations

import cv2
import numpy as np
import pytest

from reid.evaluation.captions import CaptionTrial
from reid.evaluation.matchers import Shortlist, measure_matcher
from reid.evaluation.ranking import rank_scores
from reid.types import Matcher, PersonSample


class PatchMatcher:
    """Scores by the first pixel's number and the caption's first word: any table that a test wants."""

    space = "table"

    def __init__(self, table) -> None:
        self.table = np.asarray(table, np.float32)
        self.pairs: list[tuple[int, int]] = []
        self.pictures: list[int] = []

    def unknown_words(self, text):
        return ()

    def scores(self, texts, images):
        rows = [int(text.split()[0]) for text in texts if text.split()[0].isdigit()]
        if len(rows) != len(texts):
            raise ValueError("no known word at all")
        columns = [int(image[0, 0, 0]) for image in images]
        self.pairs += [(row, column) for row in rows for column in columns]
        self.pictures += columns
        return self.table[np.ix_(rows, columns)]

    def explain(self, text, image):
        return None


def made(tmp_path, owners, pictures_of, broken=()) -> CaptionTrial:
    """Captions `0 ...`, `1 ...` of the people `owners`; picture g is painted with g and shows `pictures_of[g]`."""
    gallery = []
    for g, person in enumerate(pictures_of):
        path = tmp_path / f"{g:03d}.png"
        cv2.imwrite(str(path), np.full((4, 2, 3), g, np.uint8))
        gallery.append(PersonSample(path, person, -1, "mine"))
    texts = tuple(f"{'word' if c in broken else c} of {person}" for c, person in enumerate(owners))
    return CaptionTrial("mine", texts, tuple(owners), tuple(gallery))


def test_the_fake_is_a_matcher():
    assert isinstance(PatchMatcher([[0.0]]), Matcher)


def by_hand(trial, table):
    """What the whole table gives; captions that cannot be read tie with everything."""
    rows = [
        table[int(c.split()[0])] if c.split()[0].isdigit() else np.zeros(len(trial.gallery)) for c in trial.captions
    ]
    query, gallery = trial.labels
    return rank_scores(np.asarray(rows, np.float32), query, gallery, drop_same_camera=False)


@pytest.mark.parametrize("batch", [1, 3, 64])
@pytest.mark.parametrize("broken", [(), (1,)])
@pytest.mark.parametrize("ties", [True, False])
def test_all_pairs_are_judged_and_ranked(tmp_path, batch, broken, ties):
    rng = np.random.default_rng(batch)
    trial = made(tmp_path, [0, 1, 2, 1], [0, 1, 2, 1, 2], broken)
    table = rng.integers(0, 3, (4, 5)) if ties else rng.normal(size=(4, 5))
    steps: list[int] = []
    figures = measure_matcher(PatchMatcher(table), trial, batch=batch, on_step=steps.append)
    expected = by_hand(trial, table)
    assert sum(steps) == 5
    assert figures.variant == ""
    assert figures.measures["mAP"].value == pytest.approx(expected.average_precision.mean())
    assert figures.measures["rank-1"].value == pytest.approx(expected.found_within(1).mean())
    unread = len(broken)
    assert figures.queries == 4
    assert (figures.curves is None) == bool(unread)
    assert any(f"{unread} captions without a known word" in n for n in figures.notices) == bool(unread)


@pytest.mark.parametrize("best", [1, 2, 4, 9])
@pytest.mark.parametrize("ties", [True, False])
def test_a_short_list_is_judged_once_more_and_the_rest_stays(tmp_path, best, ties):
    rng = np.random.default_rng(best)
    trial = made(tmp_path, [0, 1, 2, 0], [0, 1, 2, 0, 1, 2])
    first = rng.integers(0, 3, (4, 6)).astype(np.float32) if ties else rng.normal(size=(4, 6)).astype(np.float32)
    table = rng.integers(0, 3, (4, 6)) if ties else rng.normal(size=(4, 6))
    matcher = PatchMatcher(table)
    steps: list[int] = []
    figures = measure_matcher(matcher, trial, Shortlist(first, best), on_step=steps.append)

    expected = np.zeros((4, 6))
    for c in range(4):
        listed = sorted(range(6), key=lambda g, c=c: (-first[c][g], g))[:best]
        for g in range(6):
            expected[c, g] = 1000 + table[c][g] if g in listed else first[c][g]
    query, gallery = trial.labels
    ranking = rank_scores(expected.astype(np.float32), query, gallery, drop_same_camera=False)
    assert figures.measures["mAP"].value == pytest.approx(ranking.average_precision.mean())
    assert figures.measures["mINP"].value == pytest.approx(ranking.inverse_penalty.mean())
    assert figures.variant == f"best {best} judged"
    assert figures.curves is None
    assert sum(steps) == 6
    # beyond finding out which captions can be read, no pair but those of the lists, and each once
    judged = matcher.pairs[4:]
    assert len(judged) == len(set(judged)) == 4 * min(best, 6)
    assert matcher.pictures[1:] == sorted(set(matcher.pictures[1:]))


def test_a_short_list_of_everything_is_the_whole_table(tmp_path):
    rng = np.random.default_rng(3)
    trial = made(tmp_path, [0, 1, 2, 1], [0, 1, 2, 1])
    table = rng.normal(size=(4, 4)).astype(np.float32)
    whole = measure_matcher(PatchMatcher(table), trial)
    listed = measure_matcher(PatchMatcher(table), trial, Shortlist(rng.normal(size=(4, 4)).astype(np.float32), 4))
    assert listed.measures == whole.measures
    assert listed.cmc == whole.cmc


def test_what_does_not_fit_is_refused(tmp_path):
    trial = made(tmp_path, [0, 1], [0, 1])
    with pytest.raises(ValueError, match=r"expected scores \(2, 2\), got \(3, 2\)"):
        measure_matcher(PatchMatcher(np.zeros((2, 2))), trial, Shortlist(np.zeros((3, 2), np.float32), 1))
    with pytest.raises(ValueError, match="at least 1"):
        Shortlist(np.zeros((2, 2), np.float32), 0)
    with pytest.raises(ValueError, match="at least 1"):
        Shortlist(np.zeros(2, np.float32), 1)


def test_nobody_can_be_read(tmp_path):
    trial = made(tmp_path, [0, 1], [0, 1], broken=(0, 1))
    figures = measure_matcher(PatchMatcher(np.zeros((2, 2))), trial)
    assert figures.measures["rank-1"].value == 0
    assert figures.curves is None
