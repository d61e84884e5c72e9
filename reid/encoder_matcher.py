"""An image encoder and a text encoder of one space, used as a Matcher."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reid.reading import Reading
from reid.types import Floats, Image, ImageEncoder, Reader, TextEncoder


class EncoderMatcher:
    """The score is the cosine of the two vectors; it cannot say what was decisive.

    With it, what compares pairs (evaluation, re-ranking) takes every network that understands sentences.

    Args:
        image: of the same space as ``text``.
        text: likewise.

    Raises:
        ValueError: if their spaces differ.
    """

    def __init__(self, image: ImageEncoder, text: TextEncoder) -> None:
        if image.space != text.space:
            raise ValueError(f"expected encoders of one space, got {image.space} and {text.space}")
        self._image, self._text = image, text
        self.calibration: tuple[float, float] | None = getattr(text, "calibration", None)

    @property
    def space(self) -> str:
        """The space of both encoders."""
        return self._image.space

    @property
    def denies(self) -> bool:
        """As the text encoder says."""
        return isinstance(self._text, Reader) and self._text.denies

    def read(self, text: str) -> Reading:
        """As the text encoder reads it; one that does not read takes it as it stands."""
        return self._text.read(text) if isinstance(self._text, Reader) else Reading(text)

    def unknown_words(self, text: str) -> tuple[str, ...]:
        """As the text encoder says."""
        return self._text.unknown_words(text)

    def scores(self, texts: Sequence[str], images: Sequence[Image]) -> Floats:
        """(T, N) cosines, see Matcher."""
        return np.asarray(self._text.encode(texts) @ self._image.encode(images).T, np.float32)

    def explain(self, text: str, image: Image) -> None:
        """None: two vectors do not tell."""
