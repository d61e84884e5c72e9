import math

import pytest
import torch

from reid.losses.cmpm import EPSILON, cmpm, divergence


def slow_direction(vectors, onto, rows, columns):
    losses = []
    for vector, own in zip(vectors, rows, strict=True):
        if own not in columns:
            continue
        lengths = [math.sqrt(sum(a * a for a in other)) for other in onto]
        logits = [
            sum(a * b for a, b in zip(vector, other, strict=True)) / length
            for other, length in zip(onto, lengths, strict=True)
        ]
        total = sum(math.exp(logit) for logit in logits)
        loss = 0.0
        for logit, other in zip(logits, columns, strict=True):
            p = math.exp(logit) / total
            q = (other == own) / columns.count(own)
            loss += p * math.log(p / (q + EPSILON))
        losses.append(loss)
    return sum(losses) / len(losses) if losses else 0.0


def slow(image, text, identity, identity_text):
    image, text, rows, columns = image.tolist(), text.tolist(), identity.tolist(), identity_text.tolist()
    return slow_direction(image, text, rows, columns) + slow_direction(text, image, columns, rows)


@pytest.mark.parametrize(("pictures", "sentences"), [(1, 1), (1, 5), (6, 3), (7, 7)])
@pytest.mark.parametrize("identities", [1, 2, 4])
@pytest.mark.parametrize("ties", [False, True])
def test_equals_the_loss_by_hand(pictures, sentences, identities, ties):
    generator = torch.Generator().manual_seed(pictures + identities)
    image = torch.randn(pictures, 4, generator=generator, dtype=torch.float64) * 2
    text = torch.randn(sentences, 4, generator=generator, dtype=torch.float64) * 2
    if ties:
        image, text = image.sign(), text.sign()
    identity = torch.randint(identities, (pictures,), generator=generator)
    identity_text = torch.randint(identities, (sentences,), generator=generator)
    expected = slow(image, text, identity, identity_text)
    assert cmpm(image, text, identity, identity_text).item() == pytest.approx(expected, abs=1e-9)
    if pictures == sentences:
        assert cmpm(image, text, identity).item() == pytest.approx(slow(image, text, identity, identity), abs=1e-9)


def test_rows_of_labels_are_divided_by_their_own_sum():
    """Row 0 has two right partners and row 1 one. What public code does, ``labels / labels.sum(dim=1)`` without
    keepdim, divides columns instead, so that row 0 is no distribution; the right one has divergence 0 from itself."""
    positive = torch.tensor([[True, True, False], [False, False, True], [False, False, True]])
    truth = torch.tensor([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]], dtype=torch.float64)
    logits = truth.clamp(min=1e-30).log()
    assert divergence(logits, positive).item() == pytest.approx(0, abs=1e-6)
    without_keepdim = positive.double() / positive.sum(dim=1)
    assert without_keepdim.sum(dim=1).tolist() == [1.5, 1.0, 1.0]  # the error this test is about
    assert not torch.allclose(without_keepdim, truth)
    wrong = (truth * (truth.clamp(min=1e-30).log() - (without_keepdim + EPSILON).log())).sum(dim=1).mean()
    assert abs(wrong.item()) > 0.1


def test_labels_are_divided_by_their_sum_and_not_by_their_norm():
    """With two right partners, q by the L2 norm would be 0.71 each and the loss of a perfect row -log(sqrt 2)."""
    positive = torch.tensor([[True, True, False]])
    logits = torch.tensor([[0.0, 0.0, -80.0]], dtype=torch.float64)
    assert divergence(logits, positive).item() == pytest.approx(0, abs=1e-6)
    by_norm = positive.double() / positive.double().norm(dim=1, keepdim=True)
    p = logits.softmax(dim=1)
    wrong = (p * (p.log() - (by_norm + EPSILON).log())).sum().item()
    assert wrong == pytest.approx(-math.log(2) / 2, abs=1e-6)


def test_the_length_of_the_partner_does_not_matter_and_the_own_length_does():
    generator = torch.Generator().manual_seed(0)
    image, text = torch.randn(2, 4, 3, generator=generator)
    identity = torch.arange(4)
    onto = image @ torch.nn.functional.normalize(text, dim=1).T
    longer = image @ torch.nn.functional.normalize(text * 5, dim=1).T
    torch.testing.assert_close(onto, longer)
    assert cmpm(image * 5, text, identity).item() != pytest.approx(cmpm(image, text, identity).item(), abs=1e-3)


def test_without_partners_nothing_is_lost_and_the_gradient_is_kept():
    image, text = torch.randn(2, 3, requires_grad=True), torch.randn(2, 3)
    loss = cmpm(image, text, torch.tensor([0, 1]), torch.tensor([2, 3]))
    assert loss.item() == 0
    loss.backward()


def test_large_features_stay_finite():
    image = torch.eye(3) * 1e4
    image.requires_grad_(True)
    for identity in (torch.arange(3), torch.tensor([1, 2, 0])):
        loss = cmpm(image, image.detach(), torch.arange(3), identity)
        assert math.isfinite(loss.item())
        loss.backward()
        assert torch.isfinite(image.grad).all()


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"\(3, D\)"):
        cmpm(torch.zeros(2, 4), torch.zeros(3, 4), torch.zeros(3))
