"""Dual path: a picture network and a reader of sentences that end in one space, by the same last layer if wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from reid.networks.backbones import BACKBONES, backbone_of
from reid.networks.text_cnn import TextCNN
from reid.networks.text_convrnn import ConvRecurrent
from reid.networks.text_fisher import FisherVector
from reid.networks.text_residual import ResidualCNN
from reid.networks.text_rnn import RecurrentText
from reid.networks.words import WordTable

TEXT_ENCODERS: dict[str, type[WordTable]] = {
    "fisher": FisherVector,
    "textcnn": TextCNN,
    "convrnn": ConvRecurrent,
    "rnn": RecurrentText,
    "residual_cnn": ResidualCNN,
}


class ImagePath(nn.Module):
    """Backbone, pooling over the whole map and over bands, two fully connected layers.

    Args:
        last: the last layer, width -> dim.
        backbone: ``name`` and further arguments, see `reid.networks.backbones`; None is MobileNetV2.
        bands: number of horizontal bands whose means are added to the mean and the maximum of the whole; 0 for none.
        reduce: channels that the map is brought to before pooling; 0 leaves it as it is.
        dropout: before the last layer, while training.
    """

    PARTS: ClassVar = {"backbone": BACKBONES}

    def __init__(
        self,
        last: nn.Linear,
        backbone: Mapping[str, Any] | None = None,
        bands: int = 0,
        reduce: int = 0,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        self.bands, width = bands, last.in_features
        self.backbone = backbone_of(backbone)
        channels = reduce or self.backbone.channels
        self.reduce: nn.Module = nn.Identity()
        if reduce:
            squeeze = nn.Conv2d(self.backbone.channels, reduce, 1, bias=False)
            self.reduce = nn.Sequential(squeeze, nn.BatchNorm2d(reduce), nn.ReLU())
        self.join = nn.Sequential(
            nn.Linear(channels * (bands + 2), width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(dropout)
        )
        self.last = last

    def features(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, dim), not normalised."""
        features = self.reduce(self.backbone(images))  # (B, C, h, w)
        parts = [features.mean(dim=(2, 3)), features.amax(dim=(2, 3))]
        if self.bands:
            parts.append(nn.functional.adaptive_avg_pool2d(features, (self.bands, 1)).flatten(1))
        return self.last(self.join(torch.cat(parts, dim=1)))

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) float, normalised as the card says -> (B, dim) of norm 1."""
        return nn.functional.normalize(self.features(images), dim=1)


class TextPath(nn.Module):
    """One of the readers of sentences, and the last layer.

    Args:
        last: the last layer, width -> dim.
        words: size of the vocabulary; 0 is padding, words count from 1.
        name: of the reader, see TEXT_ENCODERS.
        dropout: before the last layer, while training.
        args: further arguments of the reader.

    Raises:
        ValueError: if there is no reader by that name.
    """

    def __init__(
        self, last: nn.Linear, words: int, name: str, dropout: float = 0.2, args: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__()
        if name not in TEXT_ENCODERS:
            raise ValueError(f"text network {name!r} is unknown; use one of {', '.join(TEXT_ENCODERS)}")
        # mypy knows no common signature of the readers; what they share is (words, word_dim, dim).
        build: Any = TEXT_ENCODERS[name]
        self.encoder: WordTable = build(words, dim=last.in_features, **(args or {}))
        self.join = nn.Sequential(nn.BatchNorm1d(last.in_features), nn.ReLU(), nn.Dropout(dropout))
        self.last = last

    def set_words(self, vectors: Tensor) -> None:
        """Store word vectors (V, word_dim); each is brought to norm 1 first."""
        self.encoder.set_words(vectors)

    def fit(self, tokens: Tensor, seed: int = 0) -> None:
        """Fit what has to be fitted before training, which is the Fisher vector's mixture; else nothing.

        Args:
            tokens: (N, L) int64, training sentences; call `set_words` before.
            seed: of the start.
        """
        if isinstance(self.encoder, FisherVector):
            self.encoder.fit(tokens, seed)

    def features(self, tokens: Tensor) -> Tensor:
        """(B, L) int64 -> (B, dim), not normalised."""
        return self.last(self.join(self.encoder(tokens)))

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, L) int64 word numbers, 0 after the end -> (B, dim) of norm 1."""
        return nn.functional.normalize(self.features(tokens), dim=1)


class DualNetwork(nn.Module):
    """Zheng et al. 2017, "Dual-path convolutional image-text embeddings with instance loss" (arXiv:1711.05535).

    Both paths bring what they see to ``width`` numbers; the last layer brings these to the space in which pictures and
    sentences are compared. Before it stands batch normalisation in both paths: train with batches of many rows, since
    the statistics of few say little (of one, nothing, and torch refuses).

    Args:
        dim: length of a vector.
        words: size of the vocabulary.
        image: further arguments of ImagePath.
        text: ``name`` of the reader and its further arguments; see TEXT_ENCODERS.
        width: of what the last layer takes.
        dropout: before the last layer, while training.
        shared: the last layer is the very same weights in both paths; a state dict holds them under both names.

    Raises:
        ValueError: if there is no backbone or reader by that name, or an argument of theirs is this network's own.
    """

    PARTS: ClassVar = {"image": ImagePath, "text": TEXT_ENCODERS}

    def __init__(
        self,
        dim: int = 256,
        words: int = 1,
        image: Mapping[str, Any] | None = None,
        text: Mapping[str, Any] | None = None,
        width: int = 512,
        dropout: float = 0.2,
        shared: bool = False,
    ) -> None:
        super().__init__()
        self.dim = dim
        reader, eye = {"name": "textcnn", **(text or {})}, {"dropout": dropout, **(image or {})}
        for where, own in (
            ("image.last", "last" in eye),
            ("text.words", "words" in reader),
            ("text.dim", "dim" in reader),
        ):
            if own:
                raise ValueError(f"{where} is not to be set: it follows from the network's own width, dim and words")
        last = nn.Linear(width, dim)
        self.image = ImagePath(last, **eye)
        self.text = TextPath(last if shared else nn.Linear(width, dim), words, reader.pop("name"), dropout, reader)

    def image_features(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, dim), not normalised; what the criteria take."""
        return self.image.features(images)

    def text_features(self, tokens: Tensor) -> Tensor:
        """(B, L) int64 -> (B, dim), not normalised; what the criteria take."""
        return self.text.features(tokens)

    def forward(self, images: Tensor, tokens: Tensor) -> Tensor:
        """(T, P) cosine of every sentence with every picture."""
        return self.text(tokens) @ self.image(images).T
