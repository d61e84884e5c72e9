from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reid.evaluation import background_fit
from reid.evaluation.background import BackgroundCalibration
from reid.evaluation.background_fit import Asked, fit_background, probabilities, told
from reid.evaluation.open_set import Told, calibration_error, figures, gather, tell, trade_off
from reid.evaluation.sampled_galleries import Pool, Sizes, appearances, ask_pictures
from reid.types import PersonSample


def pool(noise: float, people: int = 120, seed: int = 0) -> Pool:
    """People as directions with noise, two appearances of three pictures each."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(people, 24)) + 0.5
    rows = np.repeat(centres, 6, axis=0) + noise * generator.normal(size=(6 * people, 24))
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    parts = {who + 1: [np.arange(6 * who, 6 * who + 3), np.arange(6 * who + 3, 6 * who + 6)] for who in range(people)}
    return Pool(vectors, parts)


def questions(noise: float, seed: int, people: int = 120, count: int = 40) -> list[Asked]:
    return list(ask_pictures(pool(noise, people, seed), Sizes(count, 5, 60, 5), np.random.default_rng(seed)))


@pytest.fixture(scope="module")
def fitted() -> BackgroundCalibration:
    return fit_background(questions(1.1, 0), rivals=True)


def test_probabilities_are_true_of_people_who_were_not_fitted_on(fitted: BackgroundCalibration) -> None:
    assert fitted.score > 0
    assert fitted.unusual >= 0
    fresh = tell(fitted, questions(1.1, 1, count=200))
    assert calibration_error(fresh.shown, fresh.shown_right) < 0.03
    assert calibration_error(fresh.first, fresh.first_right) < 0.08
    found = figures(fresh, fitted.found_at)
    assert 0.03 < found["false answers"] < 0.2  # type: ignore[operator]
    assert found["present people kept"] > 0.5  # type: ignore[operator]


def test_the_gradient_is_that_of_the_loss() -> None:
    asked = questions(1.0, 2, 20)[:12]
    for rivals in (True, False):
        draft = fit_background(asked, rivals=rivals)
        table = background_fit._table(asked, draft)
        at = np.array([3.0, 0.4, 0.3, -2.0])
        value, slope = background_fit._loss(at, table)
        for place in range(len(at)):
            step = np.zeros(len(at))
            step[place] = 1e-3
            up, down = background_fit._loss(at + step, table)[0], background_fit._loss(at - step, table)[0]
            assert slope[place] == pytest.approx((up - down) / 2e-3, rel=2e-3, abs=1e-4)
        assert value > 0


def test_more_strangers_make_the_same_score_less_sure_and_two_witnesses_make_it_surer(
    fitted: BackgroundCalibration,
) -> None:
    fitted = replace(fitted, size=0.0, twin_score=None, twin_bias=None)
    generator = np.random.default_rng(0)
    few, many = (np.append(generator.normal(0.2, 0.1, n), 0.8).astype(np.float32) for n in (50, 5000))
    first = [told([(fitted, scores)], np.zeros((len(scores), 2), np.float32))[1][0] for scores in (few, many)]
    assert first[0] > first[1]
    order, both = told([(fitted, many)] * 2, np.zeros((len(many), 2), np.float32))
    assert order[0] == len(many) - 1
    assert both[0] > first[1]


def test_probabilities_never_rise_down_the_list(fitted: BackgroundCalibration) -> None:
    for one in questions(1.1, 3)[:50]:
        order, values = probabilities(fitted, one)
        assert (np.diff(values) <= 0).all()
        assert (np.diff(one.cosines[order]) <= 1e-6).all()


def test_questions_for_present_people_only_are_not_enough() -> None:
    with pytest.raises(ValueError, match="for people who are not"):
        fit_background([one for one in questions(1.0, 0, 20) if one.present], rivals=True)


def test_galleries_never_hold_the_pictures_of_the_question() -> None:
    for one in questions(0.0, 4, 30):
        assert one.present == bool(one.right.any())
        # without noise every picture of a person is the same: the right ones are exactly those of cosine 1
        assert (one.cosines > 0.9999).tolist() == one.right.tolist()
    first, second = pool(1.0).half(True), pool(1.0).half(False)
    assert not set(first.people) & set(second.people)
    with pytest.raises(ValueError, match="too few"):
        list(ask_pictures(pool(1.0, 4), Sizes(1), np.random.default_rng(0)))


def test_appearances_are_cameras_or_halves() -> None:
    named = [PersonSample(Path(f"a/5_{n}.png"), 5, camera) for n, camera in ((1, 1), (2, 1), (3, 2))]
    lone = [PersonSample(Path("a/6_1.png"), 6, 1)]
    halves = [PersonSample(Path(f"a/7_{n}.png"), 7, -1) for n in (10, 9, 2, 1)]
    found = appearances([*named, *lone, *halves])
    assert [part.tolist() for part in found[5]] == [[0, 1], [2]]
    assert 6 not in found
    assert [part.tolist() for part in found[7]] == [[7, 6], [5, 4]]  # 1, 2 before 9, 10


def test_calibration_error_and_trade_off_by_hand() -> None:
    told_, right = np.array([0.05, 0.05, 0.95, 0.95]), np.array([False, False, True, False])
    assert calibration_error(told_, right) == pytest.approx((0.1 + 0.9) / 4)
    rows = [(np.array([p, 0.01]), np.array([True, False]), True) for p in (0.9, 0.8, 0.3, 0.1)]
    rows += [(np.array([p]), np.array([False]), False) for p in (0.2, 0.4, 0.1, 0.05, 0.85)]
    made: Told = gather(rows)
    assert made.right.tolist() == [0.9, 0.8, 0.3, 0.1, -1, -1, -1, -1, -1]
    (false, kept, least), *_ = trade_off(made, (0.2,))
    assert false <= 0.2
    assert kept == 0.5
    assert 0.4 < least <= 0.8
