import math

import numpy as np
import pytest
import torch

from reid.losses.caption_likelihood import caption_likelihood
from reid.losses.pair_classification import pair_classification, wrong_pairs
from reid.networks.captioner import CaptionNetwork


@pytest.mark.parametrize(("right", "wrong"), [(1, 0), (0, 1), (1, 1), (5, 15), (3, 0)])
def test_pair_classification_is_the_mean_cross_entropy_of_all_pairs(right, wrong):
    random = np.random.default_rng(right * 7 + wrong)
    yes, no = random.normal(0, 3, right), random.normal(0, 3, wrong)
    slow = sum(-math.log(1 / (1 + math.exp(-x))) for x in yes) + sum(-math.log(1 - 1 / (1 + math.exp(-x))) for x in no)
    loss = pair_classification(torch.tensor(yes), torch.tensor(no))
    assert loss.item() == pytest.approx(slow / (right + wrong), rel=1e-9)


def test_pair_classification_of_nothing_is_nothing_and_far_logits_stay_finite():
    assert pair_classification(torch.zeros(0), torch.zeros(0)).item() == 0
    logits = torch.tensor([-1000.0, 1000.0], requires_grad=True)
    loss = pair_classification(logits, logits)
    loss.backward()
    assert loss.item() == pytest.approx(500)
    assert torch.isfinite(logits.grad).all()
    with pytest.raises(ValueError, match=r"expected \(P,\)"):
        pair_classification(torch.zeros(1, 1), torch.zeros(1))


@pytest.mark.parametrize("count", [1, 3, 10])
def test_wrong_pairs_are_different_allowed_and_as_many_as_there_can_be(count):
    torch.manual_seed(count)
    weight = (torch.rand(7, 6) > 0.5).float() * torch.rand(7, 6)
    weight[2], weight[3] = 0, 1
    sentences, pictures = wrong_pairs(weight, count)
    drawn = list(zip(sentences.tolist(), pictures.tolist(), strict=True))
    assert len(set(drawn)) == len(drawn)
    assert all(weight[pair] > 0 for pair in drawn)
    for row in range(7):
        assert sum(sentence == row for sentence, _ in drawn) == min(count, int((weight[row] > 0).sum()))


def test_wrong_pairs_come_up_in_proportion_to_their_weight():
    torch.manual_seed(0)
    weight = torch.tensor([[1.0, 3.0, 0.0, 6.0]]).repeat(20000, 1)
    share = torch.bincount(wrong_pairs(weight, 1)[1], minlength=4) / 20000
    np.testing.assert_allclose(share, [0.1, 0.3, 0, 0.6], atol=0.015)


def slow_likelihood(logits, tokens):
    sentences = []
    for row, said in zip(logits.tolist(), tokens.tolist(), strict=True):
        words = [word for word in said if word > 0]
        terms = []
        for place, word in enumerate([*words, 0]):
            if word < len(row[place]):
                total = sum(math.exp(x) for x in row[place])
                terms.append(-math.log(math.exp(row[place][word]) / total))
        sentences.append(sum(terms) / len(terms))
    return sum(sentences) / len(sentences)


@pytest.mark.parametrize(("count", "length", "classes"), [(1, 1, 2), (4, 6, 9), (3, 5, 1), (2, 8, 30)])
def test_caption_likelihood_is_the_mean_over_words_then_over_sentences(count, length, classes):
    random = np.random.default_rng(count + length)
    logits = torch.tensor(random.normal(0, 2, (count, length + 1, classes)))
    tokens = torch.tensor(random.integers(1, 12, (count, length)))
    for row, words in enumerate(random.integers(0, length + 1, count)):
        tokens[row, words:] = 0
    assert caption_likelihood(logits, tokens).item() == pytest.approx(slow_likelihood(logits, tokens), rel=1e-6)


def test_caption_likelihood_of_no_sentence_and_of_other_shapes():
    assert caption_likelihood(torch.zeros(0, 3, 4), torch.zeros(0, 2, dtype=torch.int64)).item() == 0
    with pytest.raises(ValueError, match=r"expected \(M, L \+ 1, V\)"):
        caption_likelihood(torch.zeros(2, 3, 4), torch.zeros(2, 3, dtype=torch.int64))


def test_what_is_trained_is_what_scores():
    torch.manual_seed(0)
    network = CaptionNetwork(30, 8, {"width": 8, "backbone": {"name": "mobilenet_v2", "blocks": 3}}, 12, 6).eval()
    network.set_words(torch.randn(30, 8))
    regions = torch.randn(5, 4, 8)
    tokens = torch.randint(1, 31, (5, 7)) * (torch.arange(7) < torch.tensor([7, 3, 1, 5, 0])[:, None])
    expected = -network.log_likelihood(regions, tokens).mean()
    assert caption_likelihood(network.token_logits(regions, tokens), tokens).item() == pytest.approx(
        expected.item(), rel=1e-5
    )
