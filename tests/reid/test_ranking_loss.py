import itertools

import pytest
import torch

from reid.losses.ranking import bidirectional_ranking


def slow_direction(scores, rows, columns, margin, weigh, allowed):
    pairs = []
    for i, j in itertools.product(range(len(rows)), range(len(columns))):
        if rows[i] != columns[j]:
            continue
        wrong = [k for k in range(len(columns)) if columns[k] != rows[i] and allowed[i][k]]
        gaps = [max(0.0, margin - scores[i][j] + scores[i][k]) for k in wrong]
        if gaps:
            pairs.append({"mean": sum(gaps) / len(gaps), "sum": sum(gaps), "max": max(gaps)}[weigh])
    return sum(pairs) / len(pairs) if pairs else 0.0


def slow(scores, identity_t, identity_p, margin, weigh, allowed=None):
    allowed = torch.ones_like(scores, dtype=torch.bool) if allowed is None else allowed
    rows, columns = identity_t.tolist(), identity_p.tolist()
    return slow_direction(scores.tolist(), rows, columns, margin, weigh, allowed.tolist()) + slow_direction(
        scores.T.tolist(), columns, rows, margin, weigh, allowed.T.tolist()
    )


@pytest.mark.parametrize("weigh", ["mean", "sum", "max"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (5, 3), (7, 7)])
@pytest.mark.parametrize("identities", [1, 2, 5])
@pytest.mark.parametrize("ties", [False, True])
def test_equals_the_loss_by_hand(shape, identities, weigh, ties):
    generator = torch.Generator().manual_seed(identities)
    scores = torch.rand(shape, generator=generator, dtype=torch.float64) * 2 - 1
    scores = (scores * 2).round() / 2 if ties else scores
    identity_t = torch.randint(identities, (shape[0],), generator=generator)
    identity_p = torch.randint(identities, (shape[1],), generator=generator)
    allowed = torch.rand(shape, generator=generator) < 0.6
    settings = {"hardest": True} if weigh == "max" else {"reduction": weigh}
    for margin, mask in itertools.product((0.0, 0.3), (None, allowed)):
        found = bidirectional_ranking(scores, identity_t, identity_p, margin, allowed=mask, **settings)
        assert found.item() == pytest.approx(slow(scores, identity_t, identity_p, margin, weigh, mask), abs=1e-12)


def test_no_negative_or_no_positive_costs_nothing_and_keeps_the_gradient():
    scores = torch.randn(3, 3, requires_grad=True)
    for identity_p in (torch.zeros(3), torch.ones(3)):
        loss = bidirectional_ranking(scores, torch.zeros(3), identity_p)
        assert loss.item() == 0
        loss.backward()


def test_only_the_hardest_is_pushed():
    scores = torch.tensor([[0.5, 0.4, 0.6]], requires_grad=True)
    bidirectional_ranking(scores, torch.tensor([0]), torch.tensor([0, 1, 2]), 0.2, hardest=True).backward()
    assert scores.grad.tolist() == [[-1, 0, 1]]


def test_what_may_be_no_negative_is_left_alone():
    scores = torch.zeros(1, 3, requires_grad=True)
    allowed = torch.tensor([[True, False, True]])
    bidirectional_ranking(scores, torch.tensor([0]), torch.tensor([0, 1, 2]), 0.2, allowed=allowed).backward()
    assert scores.grad.tolist() == [[-1, 0, 1]]


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match=r"expected scores \(2, 3\)"):
        bidirectional_ranking(torch.zeros(3, 2), torch.zeros(2), torch.zeros(3))
    with pytest.raises(ValueError, match="median"):
        bidirectional_ranking(torch.zeros(1, 1), torch.zeros(1), torch.zeros(1), reduction="median")
