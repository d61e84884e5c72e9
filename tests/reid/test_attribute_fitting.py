"""The regressions of attributes, their calibration and their figures, against slow versions and known truths."""

import numpy as np
import pytest

from reid.attributes.fitting import _likelihood, fit_calibration, fit_logistic, loss_of, softmax
from reid.attributes.measuring import measure_answer, measure_best
from reid.attributes.people import Tracklets, never_seen, tracklets
from reid.attributes.regression import fitted
from reid.data.attributes import ATTRIBUTES, INDEX
from reid.data.described import Described, held_out
from reid.types import PersonSample


def world(count, seed=0, answers=3, dim=6, noise=1.0):
    """Vectors whose answers are drawn from a known multinomial model."""
    random = np.random.default_rng(seed)
    matrix = np.random.default_rng(99).normal(size=(answers, dim)) * 2 / noise
    vectors = random.normal(size=(count, dim)).astype(np.float32)
    likely = softmax(vectors @ matrix.T)
    answer = np.array([random.choice(answers, p=p) for p in likely])
    return vectors, answer, likely


def test_the_gradient_is_that_of_the_likelihood_of_sets():
    random = np.random.default_rng(1)
    logits, share = random.normal(size=(5, 4)), np.full(5, 0.2)
    possible = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 1], [0, 0, 0, 1], [1, 0, 0, 1]], bool)
    value, gradient = _likelihood(logits, possible, share)
    by_hand = -np.mean(
        [np.log(softmax(row[None])[0][open_].sum()) for row, open_ in zip(logits, possible, strict=True)]
    )
    assert value == pytest.approx(by_hand)
    for place in np.ndindex(logits.shape):
        moved = logits.copy()
        moved[place] += 1e-6
        assert gradient[place] == pytest.approx((_likelihood(moved, possible, share)[0] - value) / 1e-6, abs=1e-5)


def test_a_fit_finds_the_probabilities_that_answers_were_drawn_from():
    vectors, answer, likely = world(6000)
    matrix, offset, end = fit_logistic(vectors, np.eye(3, dtype=bool)[answer], np.ones(6000), 1e-6)
    assert np.abs(softmax(vectors @ matrix.T + offset) - likely).mean() < 0.02
    strong, _, _ = fit_logistic(vectors, np.eye(3, dtype=bool)[answer], np.ones(6000), 1.0)
    assert np.abs(strong).sum() < np.abs(matrix).sum() / 3
    again, _, _ = fit_logistic(vectors, np.eye(3, dtype=bool)[answer], np.ones(6000), 1e-6, end)
    assert np.allclose(again, matrix, atol=0.05)


def test_half_told_labels_teach_as_well():
    """Rows that only exclude one of three answers, and rows that say nothing."""
    vectors, answer, likely = world(8000)
    possible = np.eye(3, dtype=bool)[answer]
    random = np.random.default_rng(3)
    possible[np.arange(8000), (answer + random.integers(1, 3, 8000)) % 3] = True
    possible[:500] = True
    matrix, offset, _ = fit_logistic(vectors, possible, np.ones(8000), 1e-6)
    assert np.abs(softmax(vectors @ matrix.T + offset) - likely).mean() < 0.03
    with pytest.raises(ValueError, match="no label"):
        fit_logistic(vectors, np.ones((8000, 3), bool), np.ones(8000), 0.1)


def test_calibration_undoes_too_much_certainty():
    _, answer, likely = world(6000, seed=5)
    logits, possible = 3 * np.log(likely), np.eye(3, dtype=bool)[answer]
    slope, offsets = fit_calibration(logits, possible, np.ones(6000))
    assert slope == pytest.approx(1 / 3, abs=0.03)
    assert np.abs(offsets - offsets.mean()).max() < 0.2
    assert loss_of(slope * logits + offsets, possible, np.ones(6000)) < loss_of(logits, possible, np.ones(6000))
    assert fit_calibration(logits, np.ones((6000, 3), bool), np.ones(6000))[0] == 1


def test_nobody_is_measured_by_a_calibration_that_knew_them():
    random = np.random.default_rng(7)
    fit = Tracklets(random.normal(size=(400, 5)).astype(np.float32), np.arange(400), np.zeros((400, 1), np.int8))
    held = Tracklets(random.normal(size=(60, 5)).astype(np.float32), np.arange(60), np.zeros((60, 1), np.int8))
    labels = random.integers(0, 2, 400)
    told = random.integers(0, 2, 60)
    first = fitted(fit, np.eye(2, dtype=bool)[labels], held, np.eye(2, dtype=bool)[told], seed=0)
    half = np.isin(held.people, np.random.default_rng((0, 32)).permutation(np.arange(60))[:30])
    told[half] = 1 - told[half]  # another truth of the one half moves the other half only, at the same ridge
    second = fitted(fit, np.eye(2, dtype=bool)[labels], held, np.eye(2, dtype=bool)[told], seed=0)
    if first.ridge == second.ridge:
        assert np.allclose(first.held[half], second.held[half])
    assert not np.allclose(first.held[~half], second.held[~half])


def slow_precision(sure, yes):
    order = np.argsort(-sure)
    hits = [yes[order[: n + 1]].mean() for n in range(len(order)) if yes[order[n]]]
    return float(np.mean(hits))


def test_average_precision_prevalence_and_interval():
    random = np.random.default_rng(8)
    yes = random.random(300) < 0.3
    sure = np.clip(0.3 + 0.3 * yes + random.normal(size=300) * 0.2, 0.001, 0.999)
    told = yes.astype(np.int8)
    figures = measure_answer(np.append(sure, 0.99), np.append(told, -1).astype(np.int8), np.arange(301), 0)
    assert figures.precision.value == pytest.approx(slow_precision(sure, yes))
    assert figures.prevalence == pytest.approx(yes.mean())
    assert figures.precision.low < figures.precision.value < figures.precision.high
    chance = measure_answer(random.random(300), told, np.arange(300), 0)
    assert chance.gain.low < 0.03
    assert measure_answer(sure, np.zeros(300, np.int8), np.arange(300), 0) is None


def test_calibration_error_by_hand_and_every_person_counts_once():
    sure = np.array([0.85, 0.85, 0.85, 0.15])
    told = np.array([1, 1, 1, 1], np.int8)
    told[3] = 0
    figures = measure_answer(sure, told, np.array([1, 1, 1, 2]), 0)
    assert figures.prevalence == pytest.approx(0.5)
    assert figures.ece.value == pytest.approx(0.15)


def test_the_best_answer_is_right_if_it_is_possible():
    shares = np.array([[0.7, 0.2, 0.1], [0.4, 0.35, 0.25], [0.1, 0.1, 0.8]])
    possible = np.array([[1, 0, 0], [0, 1, 1], [1, 1, 1]], bool)
    figures = measure_best(shares, possible, np.arange(3), 0)
    assert figures.people == 2
    assert figures.accuracy.value == 0.5
    assert figures.ece.value == pytest.approx((0.3 + 0.4) / 2)


def people_of(identities, cameras):
    labels = np.full((len(identities), len(ATTRIBUTES)), -1, np.int8)
    labels[:, INDEX["female"]] = np.array(identities) % 2
    samples = tuple(
        PersonSample(f"{i}", who, camera) for i, (who, camera) in enumerate(zip(identities, cameras, strict=True))
    )
    return Described(samples, np.array(identities), labels)


def test_tracklets_are_means_of_one_person_before_one_camera():
    people = people_of([1] * 7 + [2], [1] * 6 + [2] + [1])
    vectors = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)
    made = tracklets(people, vectors, 0)
    assert sorted(made.people.tolist()) == [1, 1, 1, 2]  # six pictures are a tracklet of five and one of one
    assert np.allclose(np.linalg.norm(made.vectors, axis=1), 1, atol=1e-5)
    alone = vectors[6] / np.linalg.norm(vectors[6])
    assert any(np.allclose(row, alone, atol=1e-5) for row in made.vectors)
    assert made.shares() @ (made.people == 1) == pytest.approx(1)
    assert (made.labels[made.people == 2, INDEX["female"]] == 0).all()


def test_whom_the_encoder_never_saw_is_read_from_its_card():
    identities = np.arange(100)
    card = {
        "config": {"held_out": 0.2, "loop": {"seed": 3}},
        "exclusions": {"held out": "20 people, for the calibration"},
    }
    mask, who = never_seen(card, identities, 0)
    assert (mask == held_out(identities, 0.2, 3)).all()
    assert "held out" in who
    card["exclusions"]["held out"] = "33 people, of other data"
    mask, who = never_seen(card, identities, 0)
    assert mask.sum() == 10
    assert "does not tell" in who
