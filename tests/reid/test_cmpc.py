import math

import pytest
import torch
from torch.nn import functional

from reid.losses.cmpc import cmpc


def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def slow_direction(vectors, partners, weight, identity):
    total = 0.0
    for vector, partner, own in zip(vectors, partners, identity, strict=True):
        length = math.sqrt(dot(partner, partner))
        direction = [x / length for x in partner]
        projected = [dot(vector, direction) * x for x in direction]
        logits = [dot(projected, row) / math.sqrt(dot(row, row)) for row in weight]
        total += math.log(sum(math.exp(logit) for logit in logits)) - logits[own]
    return total / len(identity)


@pytest.mark.parametrize(("rows", "identities"), [(1, 1), (1, 3), (6, 1), (6, 4), (5, 9)])
@pytest.mark.parametrize("ties", [False, True])
def test_equals_the_loss_by_hand(rows, identities, ties):
    generator = torch.Generator().manual_seed(rows)
    image, text = torch.randn(2, rows, 4, generator=generator, dtype=torch.float64) * 2
    weight = torch.randn(identities, 4, generator=generator, dtype=torch.float64)
    if ties:
        image, text, weight = image.sign(), text.sign(), weight.sign()
    identity = torch.randint(identities, (rows,), generator=generator)
    lists = image.tolist(), text.tolist(), weight.tolist(), identity.tolist()
    expected = slow_direction(*lists) + slow_direction(lists[1], lists[0], *lists[2:])
    assert cmpc(image, text, weight, identity).item() == pytest.approx(expected, abs=1e-9)


def test_what_the_pair_does_not_share_is_not_classified():
    """Pictures and sentences at right angles: nothing is left of either, and every person is as likely as another."""
    image, text = torch.tensor([[5.0, 0.0]]), torch.tensor([[0.0, 5.0]])
    assert cmpc(image, text, torch.eye(2), torch.tensor([0])).item() == pytest.approx(2 * math.log(2))
    assert cmpc(image, image, torch.eye(2), torch.tensor([0])).item() < 0.02


def test_the_length_of_the_weights_does_not_matter():
    generator = torch.Generator().manual_seed(0)
    image, text, weight = torch.randn(3, 4, 5, generator=generator)
    identity = torch.arange(4)
    lengths = torch.tensor([[0.1], [1.0], [3.0], [50.0]])
    torch.testing.assert_close(cmpc(image, text, weight, identity), cmpc(image, text, weight * lengths, identity))


def test_alone_it_cannot_tell_a_direction_from_its_opposite():
    """Only a vector's own partner changes its sign here; the projections, and so this half of the loss, stay."""
    generator = torch.Generator().manual_seed(0)
    image, text = torch.randn(2, 4, 5, generator=generator)
    projected = (image * text).sum(dim=1, keepdim=True) * text
    torch.testing.assert_close(projected, (image * -text).sum(dim=1, keepdim=True) * -text)
    weight = torch.randn(3, 5, generator=generator)
    identity = torch.tensor([0, 1, 2, 1])
    towards = cmpc(image, image, weight, identity)
    halves = [functional.cross_entropy(s * image @ functional.normalize(weight, dim=1).T, identity) for s in (1, -1)]
    assert towards.item() == pytest.approx(2 * halves[0].item(), rel=1e-5)
    assert cmpc(image, -image, weight, identity).item() == pytest.approx(sum(halves).item(), rel=1e-5)


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"\(2, 5\)"):
        cmpc(torch.zeros(2, 4), torch.zeros(2, 4), torch.zeros(3, 5), torch.zeros(2, dtype=torch.int64))
