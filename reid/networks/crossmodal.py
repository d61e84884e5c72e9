"""Pictures and sentences in one space, half of which has names.

A vector is two halves of equal weight: a learnt embedding, and attributes ("upper body red", "has a backpack"). In
a sentence's vector the second half says what it states, in a picture's what can be seen, so that their product sums up
evidence for each stated fact. Both halves are trained together by the matching loss.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from reid.networks.backbones import MobileNetV2
from reid.networks.halves import Halves
from reid.networks.strips import strip_pool
from reid.networks.text import TextNetwork


class ImageNetwork(nn.Module):
    """MobileNetV2 whose last map is pooled in bands and as a whole.

    Args:
        dim: length of the result.
        attributes: how many of it are attributes.
        bands: number of horizontal bands.
        reduce: channels of the map before pooling.
        width: of the layer before the two heads.
        last_stride: see MobileNetV2.
        centred: take the mean off both halves, see Centre.
    """

    bounds: Tensor

    def __init__(
        self,
        dim: int = 256,
        attributes: int = 71,
        bands: int = 6,
        reduce: int = 160,
        width: int = 512,
        last_stride: int = 1,
        centred: bool = False,
    ) -> None:
        super().__init__()
        self.backbone = MobileNetV2(last_stride, blocks=18)  # without the last widening to 1,280 channels
        self.reduce = nn.Sequential(
            nn.Conv2d(self.backbone.channels, reduce, 1, bias=False), nn.BatchNorm2d(reduce), nn.ReLU()
        )
        edges = torch.linspace(0, 1, bands + 1)
        self.register_buffer("bounds", torch.stack([edges[:-1], edges[1:]], dim=1), persistent=False)
        self.join = nn.Sequential(
            nn.Dropout(0.2), nn.Linear(reduce * (bands + 2), width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(0.2)
        )
        self.embed = nn.Linear(width, dim - attributes)
        self.attribute = nn.Linear(width, attributes)
        # Logits count by how unusual they are: most people have no umbrella, and that says little.
        self.unusual = nn.BatchNorm1d(attributes, affine=False)
        self.halves = Halves(dim - attributes, attributes, centred)

    def heads(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """The vector (B, dim) and the attribute logits (B, A)."""
        features = self.reduce(self.backbone(images))  # (B, C, h, w)
        bands = strip_pool(features, self.bounds.expand(features.shape[0], -1, -1)).flatten(1)
        state = self.join(torch.cat([bands, features.mean(dim=(2, 3)), features.amax(dim=(2, 3))], dim=1))
        logits = self.attribute(state)
        return self.halves(self.embed(state), torch.tanh(self.unusual(logits) / 2)), logits

    def forward(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) float, normalised as the card says -> (B, dim) of norm 1."""
        return self.heads(images)[0]


class CrossModalNetwork(nn.Module):
    """The image network and the text network of one space.

    Args:
        dim: length of a vector.
        attributes: how many of it are attributes.
        words: size of the vocabulary.
        image: further arguments of ImageNetwork.
        text: further arguments of TextNetwork.
        centred: take the means off, see Centre.
    """

    def __init__(
        self,
        dim: int = 256,
        attributes: int = 71,
        words: int = 1,
        image: dict[str, Any] | None = None,
        text: dict[str, Any] | None = None,
        centred: bool = False,
    ) -> None:
        super().__init__()
        self.image = ImageNetwork(dim, attributes, **{"centred": centred, **(image or {})})
        self.text = TextNetwork(words, dim=dim, attributes=attributes, **{"centred": centred, **(text or {})})
        self.log_scale = nn.Parameter(torch.tensor(2.7))  # 1 / temperature, of the loss only

    def forward(self, images: Tensor, tokens: Tensor) -> Tensor:
        """(T, P) cosine of every sentence with every picture."""
        return self.text(tokens) @ self.image(images).T
