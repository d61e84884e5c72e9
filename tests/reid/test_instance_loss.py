import math

import pytest
import torch

from reid.losses.instance import identity_loss, instance_loss

LOSSES = [instance_loss, identity_loss]


def slow(image, text, weight, classes, smoothing):
    total = 0.0
    for vectors in (image.tolist(), text.tolist()):
        for vector, wanted in zip(vectors, classes.tolist(), strict=True):
            logits = [sum(a * b for a, b in zip(vector, row, strict=True)) for row in weight.tolist()]
            norm = math.log(sum(math.exp(logit) for logit in logits))
            for number, logit in enumerate(logits):
                share = smoothing / len(logits) + (1 - smoothing) * (number == wanted)
                total -= share * (logit - norm) / len(vectors)
    return total


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("rows", "classes"), [(1, 1), (1, 3), (6, 1), (6, 4), (5, 9)])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_equals_the_loss_by_hand(loss, rows, classes, smoothing):
    generator = torch.Generator().manual_seed(rows)
    image, text = torch.randn(2, rows, 4, generator=generator, dtype=torch.float64)
    weight = torch.randn(classes, 4, generator=generator, dtype=torch.float64)
    labels = torch.randint(classes, (rows,), generator=generator)
    expected = slow(image, text, weight, labels, smoothing)
    assert loss(image, text, weight, labels, smoothing).item() == pytest.approx(expected, abs=1e-12)


def test_two_captions_of_one_person_are_one_class_at_identity_level_and_two_at_instance_level():
    """Two pictures of one person, each with its caption, whose vectors fall together: right at identity level, and at
    instance level the best that can be had is not to tell the two apart, which costs log 2 a picture and a caption."""
    people, instances = torch.tensor([0, 0, 1]), torch.tensor([0, 1, 2])
    vectors = torch.tensor([[20.0, 0.0], [20.0, 0.0], [0.0, 20.0]])
    of_people = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    of_instances = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert identity_loss(vectors, vectors, of_people, people).item() == pytest.approx(0, abs=1e-6)
    confused = 2 * (2 * math.log(2) + 0) / 3
    assert instance_loss(vectors, vectors, of_instances, instances).item() == pytest.approx(confused, abs=1e-6)
    # Told apart, the instance level is content too, and the identity level is as content as before.
    apart, three = torch.eye(3) * 20, torch.eye(3)
    assert instance_loss(apart, apart, three, instances).item() == pytest.approx(0, abs=1e-6)
    merged = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert identity_loss(apart, apart, merged, people).item() == pytest.approx(0, abs=1e-6)


def test_the_two_levels_pull_two_captions_of_one_person_differently():
    """From a common vector: one direction at identity level, two different ones at instance level."""
    text = torch.zeros(2, 2, requires_grad=True)
    weight = torch.eye(2)
    pull_of_people = torch.autograd.grad(identity_loss(text, text, weight, torch.tensor([0, 0])), text)[0]
    pull_of_instances = torch.autograd.grad(instance_loss(text, text, weight, torch.tensor([0, 1])), text)[0]
    torch.testing.assert_close(pull_of_people[0], pull_of_people[1])
    torch.testing.assert_close(pull_of_instances[0], -pull_of_instances[1])


@pytest.mark.parametrize("loss", LOSSES)
def test_the_one_classifier_learns_from_both_paths(loss):
    weight = torch.zeros(2, 2, requires_grad=True)
    picture, sentence = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    loss(picture, sentence, weight, torch.tensor([0])).backward()
    torch.testing.assert_close(weight.grad, torch.tensor([[-0.5, -0.5], [0.5, 0.5]]))


@pytest.mark.parametrize("loss", LOSSES)
def test_shapes_must_agree(loss):
    with pytest.raises(ValueError, match=r"\(2, 5\)"):
        loss(torch.zeros(2, 4), torch.zeros(2, 4), torch.zeros(3, 5), torch.zeros(2, dtype=torch.int64))
