"""The quadruplet loss against slow versions."""

from __future__ import annotations

import math
from itertools import product

import pytest
import torch
from slow_losses import IDENTITIES, vectors

from reid.losses.quadruplet import quadruplet

IDENTITIES = (*IDENTITIES, [0, 0, 1, 2], [0, 0, 0, 1, 1, 2, 3])
Points = list[list[float]]


def squared(features: Points, i: int, j: int) -> float:
    return math.dist(features[i], features[j]) ** 2


def mean(terms: list[float]) -> float:
    return sum(terms) / len(terms) if terms else 0.0


def slow_all(features: Points, identity: list[int], margin: float, second: float) -> float:
    count = range(len(identity))
    one, two = [], []
    for i, j, k in product(count, repeat=3):
        if i != j and identity[i] == identity[j] and identity[k] != identity[i]:
            one.append(max(0.0, squared(features, i, j) - squared(features, i, k) + margin))
            for m in count:
                if identity[m] not in (identity[i], identity[k]):
                    two.append(max(0.0, squared(features, i, j) - squared(features, m, k) + second))
    return mean(one) + mean(two)


def slow_hard(features: Points, identity: list[int], margin: float, second: float) -> float:
    count = range(len(identity))
    one, two = [], []
    for i in count:
        own = [squared(features, i, j) for j in count if j != i and identity[j] == identity[i]]
        near = [squared(features, i, k) for k in count if identity[k] != identity[i]]
        apart = [
            squared(features, m, k)
            for m, k in product(count, repeat=2)
            if len({identity[i], identity[m], identity[k]}) == 3
        ]
        if own and near:
            one.append(max(0.0, max(own) - min(near) + margin))
        if own and apart:
            two.append(max(0.0, max(own) - min(apart) + second))
    return mean(one) + mean(two)


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize(("margin", "second"), [(1.0, 0.5), (0.0, 0.0), (5.0, 9.0)])
@pytest.mark.parametrize("ties", [False, True])
def test_equals_the_slow_version(identity: list[int], margin: float, second: float, ties: bool) -> None:
    for hard, slow in ((False, slow_all), (True, slow_hard)):
        features = vectors(len(identity), 3, ties=ties).requires_grad_()
        loss = quadruplet(features, torch.tensor(identity), margin, second, hard=hard)
        assert loss.item() == pytest.approx(slow(features.tolist(), identity, margin, second), abs=1e-4), hard
        loss.backward()
        assert features.grad is not None
        assert torch.isfinite(features.grad).all()


def test_the_second_term_is_about_three_people() -> None:
    features = vectors(4, 3)
    two_people = quadruplet(features, torch.tensor([0, 0, 1, 1]), 0.0, 100.0)
    three_people = quadruplet(features, torch.tensor([0, 0, 1, 2]), 0.0, 100.0)
    assert float(two_people) < 50 < float(three_people)
