"""Margin sample mining against a slow version."""

from __future__ import annotations

import math

import pytest
import torch
from slow_losses import IDENTITIES, vectors

from reid.losses.margin_sample_mining import margin_sample_mining


def slow(features: list[list[float]], identity: list[int], margin: float) -> float:
    pairs = [(i, j) for i in range(len(identity)) for j in range(i)]
    own = [math.dist(features[i], features[j]) for i, j in pairs if identity[i] == identity[j]]
    other = [math.dist(features[i], features[j]) for i, j in pairs if identity[i] != identity[j]]
    return max(0.0, margin + max(own) - min(other)) if own and other else 0.0


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("margin", [0.3, 0.0, 2.0])
@pytest.mark.parametrize("ties", [False, True])
def test_equals_the_slow_version(identity: list[int], margin: float, ties: bool) -> None:
    features = vectors(len(identity), 3, ties=ties).requires_grad_()
    loss = margin_sample_mining(features, torch.tensor(identity), margin)
    assert loss.item() == pytest.approx(slow(features.tolist(), identity, margin), abs=1e-5)
    loss.backward()
    assert features.grad is not None
    assert torch.isfinite(features.grad).all()


def test_it_is_zero_once_every_stranger_is_farther_than_the_farthest_friend() -> None:
    features = torch.tensor([[0.0, 0.0], [1.0, 0.0], [9.0, 0.0]])
    assert float(margin_sample_mining(features, torch.tensor([0, 0, 1]), 0.3)) == 0
