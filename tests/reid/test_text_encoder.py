import json

import numpy as np
import pytest
import torch

from reid import checkpoint
from reid.checkpoint import CheckpointError
from reid.networks.crossmodal import CrossModalNetwork
from reid.registry import open_encoder, open_text_encoder
from reid.types import TextEncoder

WORDS = ["the", "a", "woman", "in", "red", "coat", "blue", "trousers"]
ARGS = {
    "dim": 24,
    "attributes": 8,
    "words": len(WORDS),
    "image": {"reduce": 8, "width": 16, "bands": 2},
    "text": {"word_dim": 10, "width": 16},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(1)
    network = CrossModalNetwork(**ARGS)
    network.text.set_words(torch.randn(len(WORDS), 10))
    path = tmp_path_factory.mktemp("language")
    card = {
        "kind": "language",
        "network": {"name": "crossmodal", "args": ARGS},
        "preprocess": {"height": 64, "width": 32, "mean": [0.5] * 3, "std": [0.5] * 3, "flip": True},
        "tokens": 16,
        "calibration": [4.0, -1.0],
    }
    tensors = {k: v for k, v in network.state_dict().items() if k.startswith(("image.", "text."))}
    checkpoint.write(path, tensors, card, {"words.txt": "\n".join(WORDS) + "\n"})
    return path


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_it_is_a_text_encoder_of_the_image_encoders_space(folder):
    encoder = open_text_encoder(folder, runtime="torch")
    pictures = open_encoder(folder, runtime="torch")
    assert isinstance(encoder, TextEncoder)
    assert (
        (encoder.dim, encoder.space)
        == (pictures.dim, pictures.space)
        == (24, checkpoint.space_digest(checkpoint.read_card(folder)))
    )
    assert encoder.calibration == pictures.calibration == (4.0, -1.0)


def test_vectors_have_norm_one_and_do_not_depend_on_the_batch(folder):
    encoder = open_text_encoder(folder, runtime="torch")
    texts = ["a woman in red", "blue trousers", "Red COAT, qwertzu!"] * 15
    vectors = encoder.encode(texts)
    assert vectors.shape == (45, 24)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(vectors[44:], encoder.encode(["red coat"]), atol=1e-5)
    assert encoder.encode([]).shape == (0, 24)


def test_openvino_says_the_same(folder):
    texts = ["a woman in red", "blue trousers and a red coat"]
    np.testing.assert_allclose(
        open_text_encoder(folder, runtime="openvino").encode(texts),
        open_text_encoder(folder, runtime="torch").encode(texts),
        atol=1e-4,
    )


def test_unknown_words_are_named_in_order_each_once(folder):
    encoder = open_text_encoder(folder, runtime="torch")
    assert encoder.unknown_words("a qwertzu in red, zzz QWERTZU красный") == ("qwertzu", "zzz", "красный")
    assert encoder.unknown_words("the woman") == ()


@pytest.mark.parametrize("text", ["qwertzu asdf", "the in a", "", "12 34"])
def test_a_text_that_says_nothing_is_refused(folder, text):
    encoder = open_text_encoder(folder, runtime="torch")
    with pytest.raises(ValueError, match="no word to search by"):
        encoder.encode(["a red coat", text])


def test_a_long_text_is_read_from_its_start(folder):
    encoder = open_text_encoder(folder, runtime="torch")
    start = " ".join(["red"] * 16)
    np.testing.assert_array_equal(encoder.encode([start + " blue blue"]), encoder.encode([start]))


def test_words_that_do_not_fit_the_card_are_refused(folder, tmp_path):
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    card = json.loads((folder / "card.json").read_text())
    (damaged / "weights.safetensors").write_bytes((folder / "weights.safetensors").read_bytes())
    (damaged / "words.txt").write_text("red\n")
    card["files"]["words.txt"] = checkpoint.sha256(damaged / "words.txt")
    (damaged / "card.json").write_text(json.dumps(card))
    with pytest.raises(CheckpointError, match="holds 1 words, the card says 8"):
        open_text_encoder(damaged, runtime="torch")


def test_as_typed_nothing_is_read_into_a_sentence(folder):
    read, typed = (open_text_encoder(folder, runtime="torch", typed=typed) for typed in (False, True))
    assert read.read("woman in blue trousers without a coat").denials
    assert not typed.read("woman in blue trousers without a coat").denials
    assert typed.read("woman in blue trousers without a coat").text == "woman in blue trousers without a coat"
    assert typed.unknown_words("woman in a scarlet coat") == ("scarlet",)
    np.testing.assert_allclose(typed.encode(["woman in a scarlet coat"]), typed.vectors(["woman in a coat"]), atol=1e-5)
