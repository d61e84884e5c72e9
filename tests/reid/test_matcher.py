"""Matchers opened from checkpoint folders, on both runtimes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from reid import checkpoint
from reid.checkpoint import CheckpointError
from reid.encoder_matcher import EncoderMatcher
from reid.networks.crossmodal import CrossModalNetwork
from reid.networks.pairwise import PairwiseNetwork
from reid.preparation import Preparation
from reid.registry import build_network, open_encoder, open_matcher, open_text_encoder
from reid.types import Captioner, Matcher, Reader

WORDS = ["the", "a", "woman", "in", "red", "coat", "t-shirt", "trousers", "xylophone", "quilt"]
NETWORKS = {
    "gna_rnn": {"hidden": 12, "units": 8, "slots": 3},
    "spatial_attention": {},
    "coattention": {"hidden": 6},
    "word_gates": {"hidden": 6, "slots": 3, "part": 5},
    "captioner": {"vocabulary": 8, "hidden": 12, "slots": 3},
}
LOOKS = ("spatial_attention", "coattention", "captioner")
SIZE = {"height": 64, "width": 32, "mean": [0.5] * 3, "std": [0.5] * 3, "flip": True}


def write(folder: Path, name: str, **changed: object) -> Path:
    torch.manual_seed(1)
    args = {"words": len(WORDS), "word_dim": 10, "image": {"width": 16}, **NETWORKS[name]}
    network = build_network(name, args)
    assert isinstance(network, PairwiseNetwork)
    network.set_words(torch.randn(len(WORDS), 10))
    for module in network.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.momentum = None  # take the statistics of the one batch below: fresh ones let every picture fade
    with torch.no_grad():
        network.train().image(torch.randn(16, 3, 64, 32))
    card = {
        "kind": "matcher",
        "network": {"name": name, "args": args},
        "preprocess": SIZE,
        "tokens": 8,
        "calibration": [2.0, -1.0],
        **changed,
    }
    checkpoint.write(folder, network.state_dict(), card, {"words.txt": "\n".join(WORDS) + "\n"})
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: write(tmp_path_factory.mktemp(name), name) for name in NETWORKS}


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="module")
def crops() -> list[np.ndarray]:
    generator = np.random.default_rng(0)
    sizes = ((64, 32), (201, 77), (1, 1), (30, 90), (128, 64))
    return [generator.integers(0, 255, (h, w, 3), dtype=np.uint8) for h, w in sizes]


TEXTS = ["a woman in a red coat", "Red T-shirt, qwertzu!", "the trousers"]


@pytest.mark.parametrize("name", NETWORKS)
def test_scores_of_all_pairs_whatever_the_batch(folders: dict[str, Path], crops: list[np.ndarray], name: str) -> None:
    matcher = open_matcher(folders[name], runtime="torch")
    assert isinstance(matcher, Matcher)
    assert matcher.space == checkpoint.space_digest(checkpoint.read_card(folders[name]))
    scores = matcher.scores(TEXTS, crops)
    assert scores.shape == (3, 5)
    assert scores.dtype == np.float32
    assert scores.std(axis=1).min() > 1e-5
    alone = [[matcher.scores([text], [crop])[0, 0] for crop in crops] for text in TEXTS]
    assert np.allclose(scores, alone, atol=1e-4)
    assert np.allclose(matcher.scores(TEXTS, crops * 40)[:, -5:], scores, atol=1e-4)
    assert matcher.scores([], crops).shape == (0, 5)
    assert matcher.scores(TEXTS, []).shape == (3, 0)
    assert matcher.calibration == (2.0, -1.0)  # type: ignore[attr-defined]


def test_both_runtimes_agree(folders: dict[str, Path], crops: list[np.ndarray]) -> None:
    """OpenVINO runs the visual part, which is the same in all; opened a second time, from its cache."""
    folder = folders["coattention"]
    scores = [open_matcher(folder, runtime=r).scores(TEXTS, crops) for r in ("torch", "openvino", "openvino")]
    assert np.allclose(scores[0], scores[1], atol=5e-3)
    assert np.array_equal(scores[1], scores[2])


@pytest.mark.parametrize("name", NETWORKS)
def test_a_mirror_image_scores_the_same(folders: dict[str, Path], crops: list[np.ndarray], name: str) -> None:
    matcher = open_matcher(folders[name], runtime="torch")
    mirrored = [np.ascontiguousarray(crop[:, ::-1]) for crop in crops]
    assert np.allclose(matcher.scores(TEXTS, crops), matcher.scores(TEXTS, mirrored), atol=1e-3)


def test_without_flip_the_scores_are_the_networks(tmp_path: Path, crops: list[np.ndarray]) -> None:
    folder = write(tmp_path, "coattention", preprocess={**SIZE, "flip": False})
    network = build_network("coattention", checkpoint.read_card(folder)["network"]["args"])
    assert isinstance(network, PairwiseNetwork)
    network.load_state_dict(checkpoint.load_weights(folder))
    pixels = torch.from_numpy(np.stack([Preparation(SIZE)(crop) for crop in crops]))
    with torch.no_grad():
        expected = network.eval()(pixels, torch.tensor([[2, 3, 4, 2, 5, 6, 0, 0]]).expand(5, -1))
    scores = open_matcher(folder, runtime="torch").scores(TEXTS[:1], crops)
    assert np.allclose(scores[0], expected, atol=1e-4)
    mirrored = [np.ascontiguousarray(crop[:, ::-1]) for crop in crops]
    assert not np.allclose(open_matcher(folder, runtime="torch").scores(TEXTS[:1], mirrored), scores, atol=1e-3)


@pytest.mark.parametrize("name", NETWORKS)
def test_explanations(folders: dict[str, Path], crops: list[np.ndarray], name: str) -> None:
    matcher = open_matcher(folders[name], runtime="torch")
    explained = matcher.explain("Red T-shirt, qwertzu trousers", crops[1])
    assert explained is not None
    assert explained.words == ("red", "t-shirt", "trousers")
    assert explained.weights.shape == (3,)
    assert explained.weights.min() >= 0
    assert explained.weights.sum() == pytest.approx(1, abs=1e-5)
    assert (explained.regions is not None) == (name in LOOKS)
    if explained.regions is not None:
        assert explained.regions.shape == (3, 4, 2)
        assert explained.regions.min() >= 0
        assert np.allclose(explained.regions.sum(axis=(1, 2)), 1, atol=1e-5)
        mirrored = matcher.explain("Red T-shirt, qwertzu trousers", crops[1][:, ::-1])
        assert mirrored is not None
        assert mirrored.regions is not None
        assert np.allclose(mirrored.regions[:, :, ::-1], explained.regions, atol=1e-3)
    assert len(matcher.explain(" ".join(["red coat"] * 9), crops[0]).words) == 8  # type: ignore[union-attr]


def test_a_captioner_says_what_it_sees_and_no_other_matcher_does(
    folders: dict[str, Path], crops: list[np.ndarray]
) -> None:
    for name in NETWORKS:
        assert isinstance(open_matcher(folders[name], runtime="torch"), Captioner) == (name == "captioner")
    speaker = open_matcher(folders["captioner"], runtime="torch")
    assert isinstance(speaker, Captioner)
    sentences = speaker.describe(crops * 8)
    assert len(sentences) == 40
    assert sentences[:5] * 8 == sentences == speaker.describe(crops * 8)
    assert all(set(sentence.split(" ")) <= set(WORDS[:8]) for sentence in sentences)
    assert speaker.describe([]) == []


def test_sentences_are_read_and_denials_passed_over(folders: dict[str, Path], crops: list[np.ndarray]) -> None:
    matcher = open_matcher(folders["word_gates"], runtime="torch")
    assert isinstance(matcher, Reader)
    assert not matcher.denies
    scores = matcher.scores(["a red coat", "a red coat without trousers", "the coat is red"], crops)
    assert np.allclose(scores[0], scores[1])
    assert np.allclose(scores[0], scores[2])
    assert matcher.read("a red coat without trousers").denied == ("trousers",)


def test_what_cannot_be_judged_says_so(folders: dict[str, Path], crops: list[np.ndarray]) -> None:
    matcher = open_matcher(folders["word_gates"], runtime="torch")
    assert matcher.unknown_words("the Red qwertzu, asdfg qwertzu") == ("qwertzu", "asdfg")
    with pytest.raises(ValueError, match="no word to search by; unknown: qwertzu"):
        matcher.scores(["a red coat", "the qwertzu"], crops)
    with pytest.raises(ValueError, match="no word to search by"):
        matcher.explain("", crops[0])
    with pytest.raises(ValueError, match=r"expected \(H, W, 3\) uint8"):
        matcher.scores(TEXTS, [np.zeros((4, 4), np.uint8)])


def test_folders_that_hold_no_matcher_say_so(folders: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no checkpoint"):
        open_matcher(tmp_path)
    with pytest.raises(CheckpointError, match="judges pairs and makes no vectors"):
        open_encoder(folders["word_gates"])
    with pytest.raises(CheckpointError, match="understands no sentences"):
        open_text_encoder(folders["word_gates"])
    network = build_network("strip_lstm", {"strips": 6, "hidden": 8, "dim": 8})
    card = {"kind": "appearance", "network": {"name": "strip_lstm", "args": {}}, "preprocess": SIZE}
    checkpoint.write(tmp_path / "appearance", network.state_dict(), card, {})
    with pytest.raises(CheckpointError, match="checkpoint for appearance: it judges no sentences"):
        open_matcher(tmp_path / "appearance")
    args = {"words": 9, "word_dim": 10, "image": {"width": 16}, **NETWORKS["word_gates"]}
    few = write(tmp_path / "few", "word_gates", network={"name": "word_gates", "args": args})
    with pytest.raises(CheckpointError, match=r"words.txt holds 10 words, the card says 9"):
        open_matcher(few)
    other = write(
        tmp_path / "other", "word_gates", network={"name": "gna_rnn", "args": {**args, "words": 10, "part": 5}}
    )
    with pytest.raises(CheckpointError, match=r"cannot be built .*'part'"):
        open_matcher(other)
    wider = {**args, "words": 10, "hidden": 7}
    with pytest.raises(CheckpointError, match="do not fit the network of the card"):
        open_matcher(write(tmp_path / "wider", "word_gates", network={"name": "word_gates", "args": wider}))
    encoders = {"name": "crossmodal", "args": {"words": 10}}
    with pytest.raises(CheckpointError, match="crossmodal is no network that judges pairs"):
        open_matcher(write(tmp_path / "encoders", "word_gates", network=encoders))


def test_two_encoders_of_one_space_are_a_matcher(tmp_path: Path, crops: list[np.ndarray]) -> None:
    args = {
        "dim": 24,
        "attributes": 8,
        "words": len(WORDS),
        "image": {"reduce": 8, "width": 16, "bands": 2},
        "text": {"word_dim": 10, "width": 16},
    }
    torch.manual_seed(1)
    network = CrossModalNetwork(**args)  # type: ignore[arg-type]
    network.text.set_words(torch.randn(len(WORDS), 10))
    card = {
        "kind": "language",
        "network": {"name": "crossmodal", "args": args},
        "preprocess": SIZE,
        "tokens": 16,
        "calibration": [4.0, -1.0],
    }
    tensors = {k: v for k, v in network.state_dict().items() if k.startswith(("image.", "text."))}
    checkpoint.write(tmp_path, tensors, card, {"words.txt": "\n".join(WORDS) + "\n"})
    matcher = open_matcher(tmp_path, runtime="torch")
    image, text = open_encoder(tmp_path, runtime="torch"), open_text_encoder(tmp_path, runtime="torch")
    assert isinstance(matcher, EncoderMatcher)
    assert isinstance(matcher, Matcher)
    assert not isinstance(matcher, Captioner)
    assert matcher.space == image.space
    assert matcher.calibration == (4.0, -1.0)
    assert np.allclose(matcher.scores(TEXTS, crops), text.encode(TEXTS) @ image.encode(crops).T, atol=1e-6)
    assert matcher.unknown_words("a red qwertzu") == ("qwertzu",)
    assert matcher.explain("a red coat", crops[0]) is None
    with pytest.raises(ValueError, match="no word to search by"):
        matcher.scores(["the"], crops)


def test_encoders_of_two_spaces_are_none(crops: list[np.ndarray]) -> None:
    class Some:
        dim = 2
        wants_keypoints = False

        def __init__(self, space: str) -> None:
            self.space = space

        def encode(self, images: object, keypoints: object = None) -> np.ndarray:
            return np.zeros((0, 2), np.float32)

        def unknown_words(self, text: str) -> tuple[str, ...]:
            return ()

    with pytest.raises(ValueError, match="one space, got a and b"):
        EncoderMatcher(Some("a"), Some("b"))
