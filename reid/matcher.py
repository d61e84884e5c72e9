"""A trained pairwise network as a Matcher: sentences and crops in, a score for every pair out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from reid.data.words import Ids, Vocabulary
from reid.networks.captioner import CaptionNetwork
from reid.networks.pairwise import PairwiseNetwork
from reid.preparation import Preparation
from reid.reading import Reading, read
from reid.reading.checks import check_readings
from reid.runtimes import Runner
from reid.types import Explanation, Floats, Image

BATCH = 32  # crops through the backbone at once
BLOCK = 1024  # crops whose regions are held at once
SAID = 32  # words of a description at most
BEAM = 3


class NetworkMatcher:
    """Regions once per crop, words once per sentence, then every pair.

    The regions are the mean of those of the crop and those of its mirror image, mirrored back: the same averaging as
    NetworkImageEncoder's, so that it costs nothing per pair.

    1,744 sentences of 24 words with 872 crops (1.5 million pairs; 10 x 5 regions of 128 numbers, default sizes) should
    cost, in minutes of two CPU cores and the backbone aside: word_gates 0.1, spatial_attention 0.5, gna_rnn 1.0 (joint
    0.7), coattention 1.1; captioner 1.8 without attention and with 500 words to say, with attention 3.5, with 1,000
    words 4.6, with 2,000 8.3. (An estimate: processor time of one thread for 4 of the sentences, scaled and halved.)

    Args:
        network: judges; its own visual part is not used but for the grid.
        runner: the visual part, (B, 3, H, W) float32 -> (B, h * w, C).
        vocabulary: the words it knows.
        length: how many words of a sentence it reads.
        space: digest of the checkpoint.
        preprocess: see Preparation.
        grid: (h, w) of the regions.
        calibration: (a, b) with probability = sigmoid(a * score + b), or None.
        understand: what makes a reading of a sentence: `read`, or `as_typed`.
    """

    def __init__(
        self,
        network: PairwiseNetwork,
        runner: Runner,
        vocabulary: Vocabulary,
        *,
        length: int,
        space: str,
        preprocess: Mapping[str, Any],
        grid: tuple[int, int],
        calibration: tuple[float, float] | None = None,
        understand: Callable[[str, Vocabulary], Reading] = read,
    ) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._network = network.eval().to(self._device)
        self._runner = runner
        self._vocabulary = vocabulary
        self._length = length
        self._space = space
        self._prepare = Preparation(preprocess)
        self._grid = grid
        self.calibration = calibration
        self._understand = understand

    @property
    def space(self) -> str:
        """Digest of weights, words, architecture and preprocessing."""
        return self._space

    @property
    def denies(self) -> bool:
        """False: a network that judges pairs has no place for what is denied."""
        return False

    def read(self, text: str) -> Reading:
        """What the sentence is understood as."""
        return self._understand(text, self._vocabulary)

    def unknown_words(self, text: str) -> tuple[str, ...]:
        """The words and phrases that are left out, in order, each once; numbers are passed over."""
        return tuple(ignored.phrase for ignored in self.read(text).ignored)

    def scores(self, texts: Sequence[str], images: Sequence[Image]) -> Floats:
        """(T, N) scores of sentences as they are read, see Matcher; denials are passed over.

        Raises:
            ValueError: if a text holds no known word but those that describe nobody, such as "the", or a crop is not
                (H, W, 3) uint8 with at least one pixel.
        """
        tokens = torch.from_numpy(self._tokens(texts)).to(self._device)
        scores = np.zeros((len(texts), len(images)), np.float32)
        with torch.inference_mode():
            for start in range(0, len(images), BLOCK):
                regions = self._regions(images[start : start + BLOCK])
                scores[:, start : start + BLOCK] = self._network.table(regions, tokens).cpu().numpy()
        return scores

    def explain(self, text: str, image: Image) -> Explanation:
        """Which words counted for one pair and where each looked, see Matcher.

        Raises:
            ValueError: as `scores`.
        """
        tokens = torch.from_numpy(self._tokens([text])).to(self._device)
        with torch.inference_mode():
            weights, maps = self._network.weights(self._regions([image]), tokens)
        words = tuple(self._vocabulary.known(self.read(text).text)[: self._length])
        regions = None
        if maps is not None:
            regions = np.asarray(maps[0, : len(words)].float().cpu(), np.float32).reshape(-1, *self._grid)
        return Explanation(words, np.asarray(weights[0, : len(words)].float().cpu(), np.float32), regions)

    def _tokens(self, texts: Sequence[str]) -> Ids:
        readings = [self.read(text) for text in texts]
        check_readings(readings, self._vocabulary)
        return self._vocabulary.encode([reading.text for reading in readings], self._length)

    def _regions(self, images: Sequence[Image]) -> Tensor:
        """(N, h * w, C) on the device."""
        blocks: list[Floats] = []
        for start in range(0, len(images), BATCH):
            pixels = np.stack([self._prepare(image) for image in images[start : start + BATCH]])
            regions: Floats = self._runner(pixels)
            if self._prepare.flip:
                mirrored = self._runner(np.ascontiguousarray(pixels[..., ::-1]))
                rows = mirrored.reshape(len(pixels), *self._grid, -1)[:, :, ::-1]
                regions = np.asarray((regions + rows.reshape(regions.shape)) / 2, np.float32)
            blocks.append(regions)
        return torch.from_numpy(np.concatenate(blocks)).to(self._device)


class CaptioningMatcher(NetworkMatcher):
    """A NetworkMatcher whose network can also say what it sees (a Captioner)."""

    _network: CaptionNetwork

    def describe(self, images: Sequence[Image]) -> list[str]:
        """One sentence for each crop, in lower case and without a full stop; the same crop, the same sentence.

        Raises:
            ValueError: if a crop is not (H, W, 3) uint8 with at least one pixel.
        """
        sentences: list[str] = []
        with torch.inference_mode():
            for start in range(0, len(images), BATCH):
                regions = self._regions(images[start : start + BATCH])
                for row in self._network.generate(regions, SAID, BEAM).tolist():
                    sentences.append(" ".join(self._vocabulary.words[number - 1] for number in row if number))
        return sentences
