import pytest
import torch
from torch import nn

from reid.losses.attributes import masked_attribute_loss
from reid.losses.matching import matching_loss
from reid.networks.crossmodal import CrossModalNetwork, ImageNetwork
from reid.networks.text import TextNetwork

SMALL = {"dim": 24, "attributes": 8}


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def text(words=20):
    network = TextNetwork(words, word_dim=10, width=16, **SMALL)
    network.set_words(torch.randn(words, 10))
    return network.eval()


def test_vectors_have_norm_one_and_two_equal_halves():
    vectors = text()(torch.randint(1, 21, (5, 7)))
    assert vectors.shape == (5, 24)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(5))
    torch.testing.assert_close(vectors[:, -8:].norm(dim=1), torch.full((5,), 0.5**0.5))


def test_padding_says_nothing():
    network, tokens = text(), torch.randint(1, 21, (3, 6))
    padded = torch.cat([tokens, torch.zeros(3, 58, dtype=torch.int64)], dim=1)
    torch.testing.assert_close(network(tokens), network(padded), atol=1e-5, rtol=1e-5)


def test_the_order_of_words_matters():
    network = text()
    assert not torch.allclose(network(torch.tensor([[1, 2, 3, 4]])), network(torch.tensor([[3, 2, 1, 4]])), atol=1e-4)


def test_words_survive_eight_bits():
    vectors = nn.functional.normalize(torch.randn(50, 100), dim=1)
    network = TextNetwork(50, word_dim=100, width=16, **SMALL)
    network.set_words(vectors * 3)
    kept = network.codes[1:].float() * network.scales[1:, None]
    assert nn.functional.cosine_similarity(kept, vectors).min() > 0.9998
    assert not network.codes[0].any()
    assert network.codes.dtype == torch.int8


def test_image_vectors():
    network = ImageNetwork(bands=3, reduce=8, width=16, **SMALL).eval()
    with torch.no_grad():
        vectors, logits = network.heads(torch.randn(2, 3, 96, 48))
        torch.testing.assert_close(network(torch.zeros(1, 3, 96, 48)).norm(dim=1), torch.ones(1))
    assert vectors.shape == (2, 24)
    assert logits.shape == (2, 8)


def test_it_learns_eight_pictures_and_sentences_by_heart():
    """The loss falls to near nothing, each sentence finds its picture, and what it states is read out of it."""
    image, text = {"reduce": 8, "width": 32, "bands": 2}, {"word_dim": 10, "width": 16}
    network = CrossModalNetwork(words=8, **SMALL, image=image, text=text)
    network.text.set_words(torch.randn(8, 10))
    for part in network.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0
    network.image.backbone.stages = nn.Sequential(nn.Identity())  # the heads have to learn, not the backbone
    features = torch.randn(8, 320, 4, 2)
    tokens = torch.arange(1, 9)[:, None].repeat(1, 3)
    labels = torch.eye(8)
    said = torch.stack([labels, torch.zeros(8, 8)], dim=1)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-2)
    network.train()
    for _ in range(200):
        seen, logits = network.image.heads(features)
        read, claims = network.text.heads(tokens)
        matching = matching_loss(read @ seen.T * network.log_scale.exp(), labels.bool(), 1 - labels)
        loss = matching + masked_attribute_loss(logits, labels) + masked_attribute_loss(claims, said)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1
    network.eval()
    with torch.no_grad():
        scores = network(features, tokens)
        assert scores.argmax(dim=1).tolist() == list(range(8))
        assert network.text.heads(tokens)[1][:, 0].argmax(dim=1).tolist() == list(range(8))
