import math

import pytest
import torch

from reid.losses.attributes import masked_attribute_loss
from reid.losses.matching import matching_loss


def slow_direction(scores, positive, negative):
    rows, columns = len(scores), len(scores[0])
    totals = []
    for i in range(rows):
        right = [j for j in range(columns) if positive[i][j]]
        wrong = [j for j in range(columns) if not positive[i][j] and negative[i][j] > 0]
        if not right or not wrong:
            continue
        against = sum(negative[i][j] * math.exp(scores[i][j]) for j in wrong)
        terms = [-math.log(math.exp(scores[i][j]) / (math.exp(scores[i][j]) + against)) for j in right]
        totals.append(sum(terms) / len(terms))
    return sum(totals) / len(totals) if totals else 0.0


def slow(scores, positive, negative):
    turned = [[list(column) for column in zip(*m.tolist(), strict=True)] for m in (scores, positive, negative)]
    return (slow_direction(scores.tolist(), positive.tolist(), negative.tolist()) + slow_direction(*turned)) / 2


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (5, 3), (7, 7)])
@pytest.mark.parametrize("seed", range(4))
def test_equals_the_loss_by_hand(shape, seed):
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(shape, generator=generator, dtype=torch.float64) * 4
    positive = torch.rand(shape, generator=generator) < 0.3
    negative = torch.rand(shape, generator=generator, dtype=torch.float64)
    negative[torch.rand(shape, generator=generator) < 0.3] = 0
    assert matching_loss(scores, positive, negative).item() == pytest.approx(slow(scores, positive, negative), abs=1e-9)


def test_no_positive_or_no_negative_costs_nothing_and_keeps_the_gradient():
    scores = torch.randn(3, 3, requires_grad=True)
    for positive, negative in ((torch.zeros(3, 3), torch.ones(3, 3)), (torch.ones(3, 3), torch.zeros(3, 3))):
        loss = matching_loss(scores, positive.bool(), negative)
        assert loss.item() == 0
        loss.backward()


def test_a_picture_that_contradicts_nothing_is_not_pushed_away():
    scores = torch.zeros(1, 3, requires_grad=True)
    matching_loss(scores, torch.tensor([[True, False, False]]), torch.tensor([[0.0, 1.0, 0.0]])).backward()
    gradient = scores.grad[0].tolist()
    assert gradient[0] < 0
    assert gradient[1] > 0
    assert gradient[2] == 0


def test_a_near_miss_is_pushed_less_than_a_contradiction():
    scores = torch.zeros(1, 3, requires_grad=True)
    matching_loss(scores, torch.tensor([[True, False, False]]), torch.tensor([[0.0, 1.0, 0.3]])).backward()
    assert scores.grad[0, 1] > 2 * scores.grad[0, 2] > 0


def test_large_scores_stay_finite():
    scores = torch.tensor([[500.0, -500.0], [-500.0, 500.0]])
    assert matching_loss(scores, torch.eye(2).bool(), torch.ones(2, 2)).item() == pytest.approx(0, abs=1e-6)
    assert matching_loss(-scores, torch.eye(2).bool(), torch.ones(2, 2)).item() == pytest.approx(1000)


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"\(2, 3\)"):
        matching_loss(torch.zeros(2, 3), torch.zeros(3, 2).bool(), torch.zeros(2, 3))


def test_attribute_loss_passes_over_what_is_unknown():
    logits = torch.tensor([[2.0, -1.0, 5.0]])
    labels = torch.tensor([[1.0, 0.0, -1.0]])
    expected = (math.log(1 + math.exp(-2)) + math.log(1 + math.exp(-1))) / 2
    assert masked_attribute_loss(logits, labels).item() == pytest.approx(expected)
    assert masked_attribute_loss(logits, torch.full((1, 3), -1.0)).item() == 0
    weighted = masked_attribute_loss(logits, labels, torch.tensor([3.0, 3.0, 3.0])).item()
    assert weighted == pytest.approx((3 * math.log(1 + math.exp(-2)) + math.log(1 + math.exp(-1))) / 2)
