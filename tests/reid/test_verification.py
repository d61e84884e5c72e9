"""Verification: which pairs are drawn, and the loss against a slow version."""

from __future__ import annotations

import math

import pytest
import torch
from slow_losses import IDENTITIES

from reid.losses.verification import draw_pairs, squared_difference, verification


@pytest.mark.parametrize("identity", IDENTITIES)
def test_pairs_are_balanced_different_and_rightly_labelled(identity: list[int]) -> None:
    rows, labels = draw_pairs(torch.tensor(identity), torch.Generator().manual_seed(1))
    every = [(i, j) for j in range(len(identity)) for i in range(j)]
    same = sum(identity[i] == identity[j] for i, j in every)
    pairs = [tuple(row) for row in rows.tolist()]
    assert len(set(pairs)) == len(pairs)
    assert set(pairs) <= set(every)
    assert labels.tolist() == [int(identity[i] == identity[j]) for i, j in pairs]
    least = min(same, len(every) - same)
    assert len(pairs) == (2 * least if least else len(every))
    if least:
        assert int(labels.sum()) == least


def test_every_pair_of_strangers_is_drawn_now_and_then() -> None:
    identity = torch.tensor([0, 0, 1, 2])
    generator = torch.Generator().manual_seed(0)
    drawn = {tuple(row) for _ in range(60) for row in draw_pairs(identity, generator)[0].tolist()}
    assert len(drawn) == 6


def test_the_square_layer() -> None:
    first, second = torch.tensor([[1.0, -2.0]]), torch.tensor([[4.0, 0.5]])
    assert squared_difference(first, second).tolist() == [[9.0, 6.25]]


@pytest.mark.parametrize("count", [0, 1, 7])
def test_equals_the_slow_version(count: int) -> None:
    generator = torch.Generator().manual_seed(count)
    logits = torch.randn(count, 2, generator=generator, requires_grad=True)
    labels = torch.randint(2, (count,), generator=generator)
    rows = zip(logits.tolist(), labels.tolist(), strict=True)
    terms = [-math.log(math.exp(row[label]) / (math.exp(row[0]) + math.exp(row[1]))) for row, label in rows]
    loss = verification(logits, labels)
    assert loss.item() == pytest.approx(sum(terms) / count if count else 0.0, abs=1e-5)
    loss.backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()
