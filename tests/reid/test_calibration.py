import numpy as np
import pytest

from reid.evaluation.calibration import fit_calibration


def chance(a, b, scores):
    return 1 / (1 + np.exp(-(a * scores + b)))


def test_it_finds_the_sigmoid_that_made_the_data():
    random = np.random.default_rng(0)
    # Two normal distributions of one spread: the log of their ratio is a line, and known.
    right, wrong = random.normal(0.5, 0.2, 40_000), random.normal(0.1, 0.2, 10_000)
    a, b = fit_calibration(right, wrong)
    assert a == pytest.approx(0.4 / 0.04, rel=0.05)
    assert b == pytest.approx(-(0.25 - 0.01) / (2 * 0.04), rel=0.05)
    assert chance(a, b, 0.3) == pytest.approx(0.5, abs=0.02)


def test_it_is_the_least_of_the_balanced_log_loss():
    random = np.random.default_rng(1)
    right, wrong = random.normal(0.4, 0.2, 50), random.normal(0.2, 0.3, 300)

    def loss(a, b):
        return -(np.log(chance(a, b, right)).mean() + np.log(1 - chance(a, b, wrong)).mean())

    a, b = fit_calibration(right, wrong)
    assert all(loss(a, b) <= loss(a + da, b + db) for da in (-0.1, 0, 0.1) for db in (-0.1, 0, 0.1))


def test_separable_scores_stay_finite():
    a, b = fit_calibration(np.array([0.9, 0.8]), np.array([0.1, 0.2]))
    assert np.isfinite([a, b]).all()
    assert chance(a, b, 0.9) > 0.95 > 0.05 > chance(a, b, 0.1)


def test_both_groups_are_needed():
    with pytest.raises(ValueError, match="right and of wrong"):
        fit_calibration(np.array([1.0]), np.array([]))
