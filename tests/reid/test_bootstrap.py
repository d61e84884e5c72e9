from __future__ import annotations

import numpy as np
import pytest

from reid.evaluation.bootstrap import interval_of_mean


def slow(values, identities, resamples, seed):
    """Draw people one by one, gather their queries, average."""
    rng = np.random.default_rng(seed)
    people = sorted(set(identities))
    means = []
    for _ in range(resamples):
        gathered = []
        for _ in people:
            person = people[rng.integers(len(people))]
            gathered += [v for v, i in zip(values, identities, strict=True) if i == person]
        means.append(np.mean(gathered))
    return np.quantile(means, 0.025), np.quantile(means, 0.975)


def test_agrees_with_drawing_people_one_by_one():
    rng = np.random.default_rng(0)
    identities = rng.integers(0, 25, 80)
    values = rng.random(80) * 0.2 + (identities % 3) / 3
    low, high = interval_of_mean(values, identities, resamples=4000)
    slow_low, slow_high = slow(values, identities.tolist(), 1500, 1)
    # the two draw different people: agreement within the noise of drawing
    assert low == pytest.approx(slow_low, abs=0.02)
    assert high == pytest.approx(slow_high, abs=0.02)
    assert low < values.mean() < high


def test_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    covered = 0
    for trial in range(200):
        people = rng.normal(0.5, 0.2, 60)
        identities = np.repeat(np.arange(60), 4)
        low, high = interval_of_mean(people[identities], identities, resamples=400, seed=trial)
        covered += low <= 0.5 <= high
    assert 0.88 <= covered / 200 <= 0.99


def test_people_who_agree_with_themselves_give_a_wider_interval_than_single_queries():
    people = np.repeat([0.0, 1.0] * 10, 10)
    identities = np.repeat(np.arange(20), 10)
    low, high = interval_of_mean(people, identities)
    naive_low, naive_high = interval_of_mean(people, np.arange(200))
    assert high - low > 2 * (naive_high - naive_low)


def test_one_person_has_no_spread():
    low, high = interval_of_mean(np.array([0.0, 1.0, 1.0]), np.array([4, 4, 4]))
    assert low == high == pytest.approx(2 / 3)


def test_several_measures_share_the_draw_and_keep_their_shape():
    values = np.stack([np.arange(10.0), -np.arange(10.0)], axis=1)
    low, high = interval_of_mean(values, np.arange(10))
    assert low.shape == high.shape == (2,)
    assert low[0] == pytest.approx(-high[1])
    single = interval_of_mean(values[:, 0], np.arange(10))
    assert single[0].shape == ()
    assert (float(single[0]), float(single[1])) == (low[0], high[0])


def test_is_repeatable_and_follows_seed_and_level():
    values, identities = np.random.default_rng(2).random(50), np.arange(50)
    assert interval_of_mean(values, identities) == interval_of_mean(values, identities)
    assert interval_of_mean(values, identities) != interval_of_mean(values, identities, seed=1)
    narrow, wide = (interval_of_mean(values, identities, level=level) for level in (0.5, 0.99))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


@pytest.mark.parametrize(("values", "identities"), [([], []), ([1.0, 2.0], [1])])
def test_nothing_and_unequal_lengths_are_refused(values, identities):
    with pytest.raises(ValueError, match="as many identities as values"):
        interval_of_mean(np.asarray(values), np.asarray(identities, np.int64))


def test_a_constant_has_no_spread_however_uneven_people_are():
    low, high = interval_of_mean(np.ones(30), np.array([0] * 20 + [1] * 9 + [2]))
    assert (low, high) == (1, 1)
