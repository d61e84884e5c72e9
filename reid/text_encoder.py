"""A trained text network as a TextEncoder: sentences in, vectors of norm 1 out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reid import checkpoint
from reid.checkpoint import CheckpointError
from reid.data.words import STOP_WORDS, Vocabulary
from reid.evaluation import background
from reid.evaluation.background import BackgroundCalibration
from reid.runtimes import Runner, open_runner
from reid.types import Floats

if TYPE_CHECKING:
    from torch import nn

WORDS = "words.txt"
BATCH = 32


class NetworkTextEncoder:
    """Looks up the words, runs the network.

    Args:
        runner: the network; takes (B, length) int64.
        vocabulary: the words it knows.
        length: how many words of a sentence it reads.
        dim: length of a vector.
        space: of the checkpoint that holds the image network too.
        calibration: (a, b) with probability = sigmoid(a * score + b), or None.
        background_calibration: how sure a score is before a gallery's background, or None.
    """

    def __init__(
        self,
        runner: Runner,
        vocabulary: Vocabulary,
        *,
        length: int,
        dim: int,
        space: str,
        calibration: tuple[float, float] | None = None,
        background_calibration: BackgroundCalibration | None = None,
    ) -> None:
        self._runner = runner
        self._vocabulary = vocabulary
        self._length = length
        self._dim = dim
        self._space = space
        self.calibration = calibration
        self.background_calibration = background_calibration

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._dim

    @property
    def space(self) -> str:
        """Digest of weights, words, architecture and preprocessing."""
        return self._space

    def unknown_words(self, text: str) -> tuple[str, ...]:
        """The words that are in no vocabulary, in order, each once; numbers are passed over."""
        return self._vocabulary.unknown(text)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors of N sentences; unknown words are passed over, see TextEncoder.

        Raises:
            ValueError: if a text holds no known word but those that describe nobody, such as "the".
        """
        for text in texts:
            if not any(word not in STOP_WORDS for word in self._vocabulary.known(text)):
                unknown = ", ".join(self._vocabulary.unknown(text))
                raise ValueError("no word to search by" + (f"; unknown: {unknown}" if unknown else ""))
        vectors = np.zeros((len(texts), self._dim), np.float32)
        for start in range(0, len(texts), BATCH):
            tokens = self._vocabulary.encode(texts[start : start + BATCH], self._length)
            block = self._runner(tokens)
            vectors[start : start + len(block)] = block / np.linalg.norm(block, axis=1, keepdims=True)
        return vectors


def open_network_text_encoder(folder: Path, card: Mapping[str, Any], *, runtime: str = "auto") -> NetworkTextEncoder:
    """The text encoder of a sound checkpoint folder of kind ``language``.

    Raises:
        CheckpointError: if words and weights do not fit the card.
    """
    args = card["network"]["args"]
    words = (folder / WORDS).read_text(encoding="utf-8").split()
    if len(words) != int(args["words"]):
        raise CheckpointError(f"{folder / WORDS} holds {len(words)} words, the card says {args['words']}")

    def build() -> nn.Module:
        from reid.registry import build_network

        part = build_network(card["network"]["name"], args).get_submodule("text")
        try:
            part.load_state_dict(checkpoint.load_weights(folder, "text."), strict=True)
        except RuntimeError as error:
            reason = str(error).splitlines()[-1].strip()
            raise CheckpointError(f"{folder}: the weights do not fit the network of the card ({reason})") from None
        return part

    length, space = int(card["tokens"]), checkpoint.space_digest(card)
    example = np.ones((2, length), np.int64)
    calibration = card.get("calibration")
    return NetworkTextEncoder(
        open_runner(build, [example], key=f"{space}-text", runtime=runtime),
        Vocabulary(words),
        length=length,
        dim=int(args["dim"]),
        space=space,
        calibration=None if calibration is None else (float(calibration[0]), float(calibration[1])),
        background_calibration=background.from_card(card),
    )
