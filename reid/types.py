"""What flows through this package, and the seams through which it is used.

Conventions: images are ``(H, W, 3) uint8 RGB`` crops of one person; vectors are ``float32`` of L2 norm 1, so that a
dot product is a cosine and higher is better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from reid.reading import Reading

Image = NDArray[np.uint8]  # (H, W, 3) RGB
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PersonSample:
    """One picture of one person in a data set.

    Attributes:
        path: the picture.
        identity: the person; numbers are only comparable within one data set, -1 is junk.
        camera: the camera; likewise.
        dataset: the name of the data set, so that several can be trained on together.
    """

    path: Path
    identity: int
    camera: int
    dataset: str = ""


@runtime_checkable
class ImageEncoder(Protocol):
    """Turns person crops into vectors."""

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    @property
    def space(self) -> str:
        """Digest of weights, architecture and preprocessing; vectors of different spaces must not be compared."""
        ...

    @property
    def wants_keypoints(self) -> bool:
        """True if `encode` makes use of body keypoints (pose-aligned strips)."""
        ...

    def encode(self, images: Sequence[Image], keypoints: Floats | None = None) -> Floats:
        """Vectors of N crops.

        Args:
            images: N crops of any size.
            keypoints: (N, 17, 3) float32 of x, y in pixels of each crop and confidence in 0..1, or None.

        Returns:
            (N, dim) float32 of L2 norm 1.
        """
        ...


@runtime_checkable
class TextEncoder(Protocol):
    """Turns sentences into vectors of a space that it shares with an ImageEncoder."""

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    @property
    def space(self) -> str:
        """The space of the image encoder that it was trained with."""
        ...

    def unknown_words(self, text: str) -> tuple[str, ...]:
        """The words of a sentence that say nothing to this encoder, in order, each once."""
        ...

    def encode(self, texts: Sequence[str]) -> Floats:
        """(N, dim) float32 of L2 norm 1.

        Raises:
            ValueError: if a text holds no known word at all.
        """
        ...


@dataclass(frozen=True, slots=True)
class Explanation:
    """Which part of a sentence met which part of a picture.

    Attributes:
        words: the L words that were read, in order.
        weights: (L,) float32 >= 0, how much each word counts; sums to 1.
        regions: (L, h, w) float32 >= 0, where each word looked, on a grid over the picture (row 0 is the head); each
            map sums to 1. None if the matcher looks at the picture as a whole.
    """

    words: tuple[str, ...]
    weights: Floats
    regions: Floats | None = None


@runtime_checkable
class Matcher(Protocol):
    """Judges pairs of sentence and picture; slower than comparing vectors, so it re-ranks a short list."""

    @property
    def space(self) -> str:
        """Digest of weights, words, architecture and preprocessing."""
        ...

    def unknown_words(self, text: str) -> tuple[str, ...]:
        """The words of a sentence that say nothing to this matcher, in order, each once."""
        ...

    def scores(self, texts: Sequence[str], images: Sequence[Image]) -> Floats:
        """(T, N) float32; higher is better, comparable within a row.

        Raises:
            ValueError: if a text holds no known word at all, or an image is no crop.
        """
        ...

    def explain(self, text: str, image: Image) -> Explanation | None:
        """What was decisive for one pair; None for a matcher that cannot say."""
        ...


@runtime_checkable
class Reader(Protocol):
    """What understands sentences before its network does: many a TextEncoder and Matcher."""

    @property
    def denies(self) -> bool:
        """True if denials count; otherwise they are passed over."""
        ...

    def read(self, text: str) -> Reading:
        """What a sentence is understood as."""
        ...


@runtime_checkable
class Captioner(Protocol):
    """Says what it sees."""

    def describe(self, images: Sequence[Image]) -> list[str]:
        """One sentence for each crop."""
        ...
