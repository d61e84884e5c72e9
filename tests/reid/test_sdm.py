import math

import pytest
import torch

from reid.losses.cmpm import EPSILON
from reid.losses.sdm import sdm


def slow_direction(cosines, rows, columns, scale):
    losses = []
    for row, own in zip(cosines, rows, strict=True):
        if own not in columns:
            continue
        highest = max(row) * scale  # the softmax overflows otherwise
        parts = [math.exp(value * scale - highest) for value in row]
        loss = 0.0
        for part, other in zip(parts, columns, strict=True):
            p, q = part / sum(parts), (other == own) / columns.count(own)
            loss += p * math.log(p / (q + EPSILON)) if p > 0 else 0.0
        losses.append(loss)
    return sum(losses) / len(losses) if losses else 0.0


@pytest.mark.parametrize(("pictures", "sentences"), [(1, 1), (1, 5), (6, 3), (7, 7)])
@pytest.mark.parametrize("identities", [1, 2, 4])
@pytest.mark.parametrize("scale", [1.0, 50.0])
@pytest.mark.parametrize("ties", [False, True])
def test_equals_the_loss_by_hand(pictures, sentences, identities, scale, ties):
    generator = torch.Generator().manual_seed(pictures + identities)
    image = torch.randn(pictures, 4, generator=generator, dtype=torch.float64)
    text = torch.randn(sentences, 4, generator=generator, dtype=torch.float64)
    if ties:
        image, text = image.sign(), text.sign()
    identity = torch.randint(identities, (pictures,), generator=generator)
    said = torch.randint(identities, (sentences,), generator=generator)
    cosines = [
        [sum(a * b for a, b in zip(x, z, strict=True)) / math.hypot(*x) / math.hypot(*z) for z in text.tolist()]
        for x in image.tolist()
    ]
    turned = [list(column) for column in zip(*cosines, strict=True)]
    expected = slow_direction(cosines, identity.tolist(), said.tolist(), scale) + slow_direction(
        turned, said.tolist(), identity.tolist(), scale
    )
    assert sdm(image, text, identity, scale, said).item() == pytest.approx(expected, abs=1e-9)


def test_the_public_errors_would_show():
    """Two pictures of person 0 and one of person 1, and perfect vectors: 0, which neither of the wrong q gives."""
    vectors = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    said = torch.tensor([0, 1, 1])
    sentences = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]], dtype=torch.float64)
    right = sdm(vectors, sentences, torch.tensor([0, 0, 1]), 50.0, said)
    assert right.item() == pytest.approx(0, abs=1e-6)
    labels = (torch.tensor([0, 0, 1])[:, None] == said).double()
    p = (vectors @ sentences.T * 50).softmax(dim=1)
    for q in (labels / labels.sum(dim=1), labels / labels.norm(dim=1, keepdim=True)):
        wrong = (p * (p.log() - (q + EPSILON).log())).sum(dim=1).mean()
        assert abs(wrong.item()) > 0.05


def test_only_directions_count():
    generator = torch.Generator().manual_seed(0)
    image, text = torch.randn(2, 4, 5, generator=generator)
    identity = torch.tensor([0, 0, 1, 2])
    torch.testing.assert_close(sdm(image, text, identity), sdm(image * 7, text * 0.1, identity))


def test_without_partners_nothing_is_lost_and_the_gradient_is_kept():
    image, text = torch.randn(2, 3, requires_grad=True), torch.randn(2, 3)
    loss = sdm(image, text, torch.tensor([0, 1]), identity_text=torch.tensor([2, 3]))
    assert loss.item() == 0
    loss.backward()


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"\(3, D\)"):
        sdm(torch.zeros(2, 4), torch.zeros(3, 4), torch.zeros(3))
