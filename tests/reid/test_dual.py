import json

import numpy as np
import pytest
import torch
from torch import nn

from reid import checkpoint
from reid.networks.backbones import StagedBackbone
from reid.networks.dual import TEXT_ENCODERS, DualNetwork
from reid.registry import build_network, open_encoder, open_text_encoder
from reid.training.schema import check_args
from reid.training.text_criteria import TEXT_CRITERIA

WORDS = ["the", "a", "woman", "in", "red", "coat", "blue", "trousers"]
IMAGE = {"backbone": {"name": "mobilenet_v2", "blocks": 4}, "bands": 2, "reduce": 8}
READERS = {
    "fisher": {"word_dim": 10, "components": 2, "reduced": 4},
    "textcnn": {"word_dim": 10, "maps": 6},
    "convrnn": {"word_dim": 10, "width": 8, "hidden": 6},
    "rnn": {"word_dim": 10, "hidden": 6},
    "residual_cnn": {"word_dim": 10, "width": 8, "layers": 1},
}


def args_of(reader="textcnn", **further):
    text = {"name": reader, **READERS[reader]}
    return {"dim": 12, "words": len(WORDS), "image": IMAGE, "text": text, "width": 16, **further}


def build(reader="textcnn", **further):
    torch.manual_seed(0)
    network = build_network("dual", args_of(reader, **further))
    network.text.set_words(torch.randn(len(WORDS), 10))
    network.text.fit(torch.randint(0, len(WORDS) + 1, (20, 5)))
    return network


def data(rows=4):
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(rows, 3, 64, 32, generator=generator)
    return images, torch.randint(1, len(WORDS) + 1, (rows, 5), generator=generator)


def test_every_reader_has_a_test_here():
    assert READERS.keys() == TEXT_ENCODERS.keys()


@pytest.mark.parametrize("reader", READERS)
def test_both_paths_end_in_one_space_with_norm_one(reader):
    network, (images, tokens) = build(reader).eval(), data()
    assert isinstance(network.image.backbone, StagedBackbone)
    for path, features, given in (
        (network.image, network.image_features, images),
        (network.text, network.text_features, tokens),
    ):
        vectors = path(given)
        assert vectors.shape == (4, network.dim)
        torch.testing.assert_close(vectors.norm(dim=1), torch.ones(4))
        free = features(given)
        assert (free.norm(dim=1) - 1).abs().max() > 1e-2
        torch.testing.assert_close(nn.functional.normalize(free, dim=1), vectors)
    torch.testing.assert_close(network(images, tokens[:3]), network.text(tokens[:3]) @ network.image(images).T)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("shared", [False, True])
def test_gradients_reach_every_parameter(reader, shared):
    network, (images, tokens) = build(reader, shared=shared).train(), data()
    (network.image_features(images).square().mean() + network.text_features(tokens).square().mean()).backward()
    without = [name for name, p in network.named_parameters() if p.grad is None]
    assert not without


def test_the_shared_layer_is_the_very_same():
    network = build(shared=True)
    assert network.image.last.weight is network.text.last.weight
    assert network.image.last.bias is network.text.last.bias
    apart = build(shared=False)
    assert apart.image.last.weight is not apart.text.last.weight
    saved = sum(p.numel() for p in apart.parameters()) - sum(p.numel() for p in network.parameters())
    assert saved == 16 * 12 + 12
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    images = data()[0]
    before = network.text.last.weight.detach().clone()
    network.image_features(images).square().sum().backward()  # only pictures
    optimizer.step()
    assert not torch.equal(network.text.last.weight, before)
    torch.testing.assert_close(network.image.last.weight, network.text.last.weight, rtol=0, atol=0)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("reader", ["textcnn", "fisher"])
def test_a_checkpoint_opens_as_picture_and_text_encoder(reader, shared, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    network = build(reader, shared=shared).eval()
    card = {
        "kind": "language",
        "network": {"name": "dual", "args": args_of(reader, shared=shared)},
        "preprocess": {"height": 64, "width": 32, "mean": [0.5] * 3, "std": [0.5] * 3, "flip": False},
        "tokens": 16,
    }
    state = {key: value for key, value in network.state_dict().items() if key.startswith(("image.", "text."))}
    assert {"image.last.weight", "text.last.weight"} <= state.keys()
    checkpoint.write(tmp_path / "dual", state, card, {"words.txt": "\n".join(WORDS) + "\n"})
    texts = ["a woman in red", "blue trousers and a red coat"]
    crops = list(np.random.default_rng(0).integers(0, 256, (3, 80, 40, 3), np.uint8))
    found = {}
    for runtime in ("torch", "openvino"):
        pictures = open_encoder(tmp_path / "dual", runtime=runtime)
        sentences = open_text_encoder(tmp_path / "dual", runtime=runtime)
        assert pictures.dim == sentences.dim == 12
        assert pictures.space == sentences.space
        found[runtime] = pictures.encode(crops), sentences.encode(texts)
    for one, other in zip(found["torch"], found["openvino"], strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3)
    tokens = torch.zeros(1, 16, dtype=torch.int64)
    tokens[0, :4] = torch.tensor([2, 3, 4, 5])
    np.testing.assert_allclose(found["torch"][1][:1], network.text(tokens).detach().numpy(), atol=5e-3)
    reloaded = build_network("dual", json.loads(json.dumps(card["network"]["args"])))
    reloaded.load_state_dict(checkpoint.load_weights(tmp_path / "dual"))
    assert torch.equal(reloaded.image.last.weight, reloaded.text.last.weight) == shared


def test_a_fisher_vector_wants_fitting_and_the_others_do_not_mind():
    torch.manual_seed(0)
    network = DualNetwork(**args_of("fisher")).train()
    network.text.set_words(torch.randn(len(WORDS), 10))
    _, tokens = data()
    with pytest.raises(RuntimeError, match="call fit"):
        network.text_features(tokens)
    network.text.fit(tokens)
    assert network.text_features(tokens).shape == (4, 12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"text": {"name": "textcn"}}, "textcn"),
        ({"text": {"name": "textcnn", "dim": 5}}, r"text\.dim"),
        ({"image": {"backbone": {"name": "mobilnet"}}}, "mobilnet"),
        ({"image": {"last": 5}}, r"image\.last"),
    ],
)
def test_wrong_arguments_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        DualNetwork(**{**args_of(), **change})


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"imgae": {}}, r"imgae.*'image'"),
        ({"image": {"bandss": 2}}, r"network\.args\.image.*'bands'"),
        ({"image": {"backbone": {"name": "osnet", "widht": 0.5}}}, "'width'"),
        ({"text": {"name": "convrn"}}, "'convrnn'"),
        ({"text": {"name": "convrnn", "hiden": 5}}, "'hidden'"),
        ({"text": {"name": "convrnn", "cell": "lstn"}}, "lstm"),
        ({"text": {"name": "fisher", "mixture": 3}}, "mixture"),
    ],
)
def test_a_slip_in_a_configuration_is_told_before_anything_is_built(args, message):
    with pytest.raises(ValueError, match=message):
        check_args(args, DualNetwork, "network.args")


def test_what_the_configurations_say_is_fine():
    check_args(args_of("fisher", shared=True), DualNetwork, "network.args")
    for name, settings in {"ranking": {"margin": 0.1, "reduction": "sum"}, "infonce": {"temperature": 0.1}}.items():
        check_args(settings, TEXT_CRITERIA[name], "losses", given=("dim", "identities", "instances"))
    with pytest.raises(ValueError, match="'margin'"):
        check_args({"margni": 1}, TEXT_CRITERIA["ranking"], "losses", given=("dim", "identities", "instances"))


class Batch:
    """Sixteen pictures of fourteen people; what criteria read of a caption batch."""

    people = torch.tensor([0, 0, 1, 1, *range(2, 14)])
    instances = torch.arange(16)
    positive = people[:, None] == people[None]
    negative = (~positive).float()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reader", "criterion", "shared"),
    [
        *((reader, "infonce", False) for reader in READERS),
        *(("textcnn", name, True) for name in TEXT_CRITERIA if name != "infonce"),
    ],
)
def test_it_learns_sixteen_pairs_by_heart(reader, criterion, shared):
    """Every sentence finds a picture of its person, and the loss falls to near nothing. CMPC is trained
    beside CMPM, as published; SDM with a temperature that suits a random start."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    roomy = {"fisher": {"components": 4, "reduced": 8}, "textcnn": {"maps": 16}, "residual_cnn": {"width": 24}}
    reading = {"name": reader, **READERS[reader], "dropout": 0.0, **roomy.get(reader, {"hidden": 24, "tune": "map"})}
    network = DualNetwork(32, 40, {"backbone": IMAGE["backbone"]}, reading, width=64, dropout=0.0, shared=shared)
    network.text.set_words(torch.randn(40, 10))
    network.image.backbone.stages = nn.Sequential(nn.Identity())  # the heads have to learn, not the backbone
    seen = torch.randn(16, network.image.backbone.channels, 4, 2)
    tokens = torch.randint(1, 41, (16, 6))
    network.text.fit(tokens)
    loss_of = TEXT_CRITERIA[criterion](32, 14, 16, **({"temperature": 0.1} if criterion == "sdm" else {}))
    beside = TEXT_CRITERIA["cmpm"](32, 14, 16)
    optimizer = torch.optim.Adam([*network.parameters(), *loss_of.parameters()], lr=5e-3)
    network.train()
    for _ in range(300):
        image, text = network.image_features(seen), network.text_features(tokens)
        loss = loss_of(image, text, Batch())
        optimizer.zero_grad()
        (loss + (beside(image, text, Batch()) if criterion == "cmpc" else 0)).backward()
        optimizer.step()
    assert loss.item() < 0.2
    network.eval()
    with torch.no_grad():
        best = network(seen, tokens).argmax(dim=1)
    assert (Batch.people[best] == Batch.people).float().mean() > 0.9
