"""Searches whose encoders know how to read a gallery's background."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from colours import ColourEncoder, ColourWords
from rich.console import Console
from walks import fill, person

from pipeline.background import Judge, Part
from pipeline.cli import render
from pipeline.gallery import Gallery
from pipeline.search import Searcher
from pipeline.types import APPEARANCE, Query, Space, Window
from reid.evaluation.background import BESIDE, BackgroundCalibration

WORDS = BackgroundCalibration(
    score=9.0, unusual=0.3, size=0.0, bias=-4.0, usual_median=0.3, usual_spread=0.2, expected=1.0, found_at=0.3
)
PICTURES = replace(WORDS, score=12.0, bias=-7.0, twin_score=20.0, twin_bias=-15.0, found_at=0.5)


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    with Gallery.open(tmp_path_factory.mktemp("background") / "gallery", create=True) as opened:
        fill(opened)
        yield opened


def searcher(gallery: Gallery) -> Searcher:
    images, words = ColourEncoder("pictures", (1.0, 0.0)), ColourWords("words", (1.0, 0.0))
    images.background_calibration = PICTURES  # type: ignore[attr-defined]
    words.background_calibration = WORDS  # type: ignore[attr-defined]
    return Searcher(gallery, images, words)


def cosines(gallery: Gallery, text: str) -> np.ndarray:
    answer = searcher(gallery).search(Query(text, top=100))
    return np.array([hit.score for hit in answer.hits])


def test_words_are_judged_by_the_whole_gallery(gallery: Gallery) -> None:
    scores = cosines(gallery, "red coat")
    assert len(scores) == gallery.count() == 5
    background = WORDS.background(scores)
    hits = searcher(gallery).search(Query("red coat", top=2)).hits
    for hit in hits:
        logit = WORDS.evidence(np.array([hit.score]), background)[0] + math.log(1 / 5)
        assert hit.probability == pytest.approx(1 / (1 + math.exp(-logit)), rel=1e-4)


def test_a_filter_keeps_the_background_and_makes_the_strangers_fewer(gallery: Gallery) -> None:
    everywhere = {h.tracklet.id: h for h in searcher(gallery).search(Query("red coat", top=9)).hits}
    for hit in searcher(gallery).search(Query("red coat", cameras=("door",), top=9)).hits:
        before = everywhere[hit.tracklet.id].probability
        assert hit.probability is not None
        assert before is not None
        odds, all_odds = (p / (1 - p) for p in (hit.probability, before))
        assert odds / all_odds == pytest.approx(5 / gallery.count(cameras=("door",)), rel=1e-4)
    assert gallery.count(window=Window(start_s=100.0)) == 0


def test_the_prior_counts_once_for_words_and_picture(gallery: Gallery) -> None:
    ask = searcher(gallery)
    probe = person("red", "black", 3)
    space = Space(APPEARANCE, "pictures", ColourEncoder.dim)
    vector = ColourEncoder().encode([probe])[0]
    both = ask.search(Query("red coat", (probe,), top=1)).hits[0]
    likeness = ask.likeness([probe], [both.tracklet.id]).astype(np.float64)
    judge = Judge(gallery, [Part(space, vector, PICTURES)], (), Window())
    of_words = WORDS.evidence(2 * both.score - likeness, WORDS.background(cosines(gallery, "red coat")))
    told = float((judge.log_odds([likeness]) + BESIDE * of_words)[0])
    # rivals only lower it: the certainty is at most that of the two witnesses with one prior
    assert both.probability is not None
    assert told - 1 < math.log(both.probability / (1 - both.probability)) <= told + 1e-4


def test_a_question_does_not_depend_on_how_many_hits_are_shown(gallery: Gallery) -> None:
    probe = person("red", "black", 7)
    few = searcher(gallery).search(Query(images=(probe,), top=1)).hits
    many = searcher(gallery).search(Query(images=(probe,), top=5)).hits
    assert few[0].probability == pytest.approx(many[0].probability)
    assert [hit.probability for hit in many] == sorted((hit.probability for hit in many), reverse=True)


def test_who_is_there_is_found_and_who_is_not_is_not(gallery: Gallery) -> None:
    there = searcher(gallery).search(Query(images=(person("red", "black", 7),), top=3))
    assert there.found
    assert there.min_probability == 0.5
    assert not there.hits[0].below
    away = searcher(gallery).search(Query(images=(person("pink", "orange", 7),), top=3))
    assert not away.found
    assert len(away.hits) == 3
    assert all(hit.below and hit.as_dict()["below"] for hit in away.hits)
    assert searcher(gallery).search(Query("red coat", top=3)).min_probability == 0.3
    wanted = Query("red coat", (person("red", "black", 7),), top=3)
    assert searcher(gallery).search(wanted).min_probability == 0.5  # of the stricter part
    assert not searcher(gallery).search(replace(wanted, min_probability=1.0)).found
    assert searcher(gallery).search(replace(wanted, min_probability=0.0)).found


def test_a_large_gallery_is_sampled_always_alike(gallery: Gallery) -> None:
    space = Space(APPEARANCE, "pictures", ColourEncoder.dim)
    vector = ColourEncoder().encode([person("red", "black")])[0]
    whole, part = (gallery.background(space, vector, most) for most in (5, 3))
    assert len(whole) == 5
    assert len(part) == 3
    assert set(part.tolist()) <= set(whole.tolist())
    assert part.tolist() == gallery.background(space, vector, 3).tolist()


def test_the_terminal_draws_a_line(gallery: Gallery, tmp_path: Path) -> None:
    answer = searcher(gallery).search(Query(images=(person("red", "black", 7),), top=5))
    assert json.dumps([hit.as_dict() for hit in answer.hits])
    with (tmp_path / "out").open("w+", encoding="utf-8") as file:
        render.answer(answer.hits, answer.min_probability, Console(file=file, width=120))
        away = tuple(replace(hit, below=True) for hit in answer.hits)
        render.answer(away, 0.5, Console(file=file, width=120))
        file.seek(0)
        text = file.read()
    assert "below the line: guesses of less than 50 %" in text
    assert "nobody in this footage matches: no hit is 50 % probable; the best guesses:" in text


def test_an_encoder_without_a_calibration_cannot_be_asked_for_a_probability(gallery: Gallery) -> None:
    plain = Searcher(gallery, ColourEncoder("pictures"), ColourWords("words"))
    answer = plain.search(Query("red coat", min_probability=0.9))
    assert answer.found
    assert "not calibrated" in answer.notices[0]
