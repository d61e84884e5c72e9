"""A trained text network as a TextEncoder: sentences in, vectors of norm 1 out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reid import checkpoint
from reid.checkpoint import CheckpointError
from reid.data.words import Vocabulary
from reid.denial import turned_away
from reid.evaluation import background
from reid.evaluation.background import BackgroundCalibration
from reid.reading import Reading, as_typed, read
from reid.reading.checks import check_readings
from reid.reading.read import ANYBODY
from reid.runtimes import Runner, open_runner
from reid.types import Floats

if TYPE_CHECKING:
    from torch import nn

Understand = Callable[[str, Vocabulary], Reading]
WORDS = "words.txt"
BATCH = 32


class NetworkTextEncoder:
    """Reads the sentence (see `reid.reading`), looks up the words, runs the network, turns away from what is denied.

    Args:
        runner: the network; takes (B, length) int64.
        vocabulary: the words it knows.
        length: how many words of a sentence it reads.
        dim: length of a vector.
        space: of the checkpoint that holds the image network too.
        calibration: (a, b) with probability = sigmoid(a * score + b), or None.
        attributes: names of what the last numbers of a vector state, see `reid.networks.crossmodal`; none if they state
            nothing, and then denials are passed over.
        understand: what makes a reading of a sentence: `read`, or `as_typed`.
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
        attributes: Sequence[str] = (),
        understand: Understand = read,
        background_calibration: BackgroundCalibration | None = None,
    ) -> None:
        self._runner = runner
        self._vocabulary = vocabulary
        self._length = length
        self._dim = dim
        self._space = space
        self.calibration = calibration
        self._attributes = tuple(attributes)
        self._understand = understand
        self.background_calibration = background_calibration

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._dim

    @property
    def space(self) -> str:
        """Digest of weights, words, architecture and preprocessing."""
        return self._space

    @property
    def denies(self) -> bool:
        """True if vectors are turned away from what a sentence denies; otherwise denials are passed over."""
        return bool(self._attributes)

    def read(self, text: str) -> Reading:
        """What the sentence is understood as."""
        return self._understand(text, self._vocabulary)

    def unknown_words(self, text: str) -> tuple[str, ...]:
        """The words and phrases that are left out, in order, each once; numbers are passed over."""
        return tuple(ignored.phrase for ignored in self.read(text).ignored)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors of N sentences as they are read, see TextEncoder.

        Raises:
            ValueError: if a text holds no known word but those that describe nobody, such as "the".
        """
        readings = [self.read(text) for text in texts]
        check_readings(readings, self._vocabulary)
        vectors = self.vectors([reading.text for reading in readings])
        if self.denies:
            for row, reading in enumerate(readings):
                nothing_else = reading.text == ANYBODY
                vectors[row] = turned_away(vectors[row], reading.denials, self._attributes, nothing_else=nothing_else)
        return vectors

    def vectors(self, texts: Sequence[str]) -> Floats:
        """(N, dim) of sentences that are taken as they stand: a denial acts as its opposite."""
        vectors = np.zeros((len(texts), self._dim), np.float32)
        for start in range(0, len(texts), BATCH):
            tokens = self._vocabulary.encode(texts[start : start + BATCH], self._length)
            block = self._runner(tokens)
            vectors[start : start + len(block)] = block / np.linalg.norm(block, axis=1, keepdims=True)
        return vectors


def open_network_text_encoder(
    folder: Path, card: Mapping[str, Any], *, runtime: str = "auto", typed: bool = False
) -> NetworkTextEncoder:
    """The text encoder of a sound checkpoint folder of kind ``language``; with ``typed`` it takes words as they stand.

    Raises:
        CheckpointError: if words, attributes and weights do not fit the card.
    """
    args = card["network"]["args"]
    words = (folder / WORDS).read_text(encoding="utf-8").split()
    if len(words) != int(args["words"]):
        raise CheckpointError(f"{folder / WORDS} holds {len(words)} words, the card says {args['words']}")
    attributes = tuple(card.get("attributes", ())) if "attributes" in args else ()
    if attributes and len(attributes) != int(args["attributes"]):
        raise CheckpointError(
            f"{folder}: the card names {len(attributes)} attributes, its network has {args['attributes']}"
        )

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
        attributes=attributes,
        understand=as_typed if typed else read,
        background_calibration=background.from_card(card),
    )
