"""From a map of features to one vector: the mean, or the largest value, of every channel."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

PoolName = Literal["average", "max"]


class AveragePool(nn.Module):
    """The mean over the map: every place counts, which suits what is spread over a person, such as clothes."""

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, h, w) -> (B, C)."""
        return features.mean(dim=(2, 3))


class MaxPool(nn.Module):
    """The largest value over the map: one place decides, which suits small things, such as a logo or a bag."""

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, h, w) -> (B, C)."""
        return features.amax(dim=(2, 3))


POOLS: dict[str, type[nn.Module]] = {"average": AveragePool, "max": MaxPool}


def build_pool(name: str) -> nn.Module:
    """A pooling layer by name.

    Raises:
        ValueError: if there is none by that name.
    """
    if name not in POOLS:
        raise ValueError(f"pool {name!r} is unknown; use one of {', '.join(POOLS)}")
    return POOLS[name]()
