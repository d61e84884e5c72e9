"""Identity classification, of persons and of strips, against slow versions."""

from __future__ import annotations

import math

import pytest
import torch

from reid.losses.identification import identification, strip_identification


def slow(logits: list[float], label: int, smoothing: float) -> float:
    total = sum(math.exp(x) for x in logits)
    logs = [x - math.log(total) for x in logits]
    targets = [smoothing / len(logits) + (1 - smoothing) * (k == label) for k in range(len(logits))]
    return -sum(t * log for t, log in zip(targets, logs, strict=True))


@pytest.mark.parametrize(("batch", "classes"), [(1, 1), (1, 5), (6, 3), (0, 4)])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_equals_the_slow_version(batch: int, classes: int, smoothing: float) -> None:
    generator = torch.Generator().manual_seed(batch)
    logits = torch.randn(batch, classes, generator=generator, requires_grad=True)
    labels = torch.randint(classes, (batch,), generator=generator)
    rows = zip(logits.tolist(), labels.tolist(), strict=True)
    terms = [slow(row, label, smoothing) for row, label in rows]
    loss = identification(logits, labels, smoothing)
    assert loss.item() == pytest.approx(sum(terms) / batch if batch else 0.0, abs=1e-5)
    loss.backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize(("batch", "strips", "classes"), [(1, 1, 2), (4, 3, 5), (2, 6, 3)])
@pytest.mark.parametrize("seen", ["all", "none", "some"])
def test_strips_are_added_up_and_occluded_ones_left_out(batch: int, strips: int, classes: int, seen: str) -> None:
    generator = torch.Generator().manual_seed(strips)
    logits = torch.randn(batch, strips, classes, generator=generator)
    labels = torch.randint(classes, (batch,), generator=generator)
    visible = {
        "all": torch.ones(batch, strips),
        "none": torch.zeros(batch, strips),
        "some": (torch.rand(batch, strips, generator=generator) > 0.5).float(),
    }[seen]
    expected = 0.0
    for s in range(strips):
        terms = [slow(logits[b, s].tolist(), int(labels[b]), 0.1) for b in range(batch) if visible[b, s]]
        expected += sum(terms) / len(terms) if terms else 0.0
    assert strip_identification(logits, labels, visible, 0.1).item() == pytest.approx(expected, abs=1e-5)
