"""Which words a network that speaks can say: those that its training sentences use, most frequent first."""

from __future__ import annotations

from collections import Counter

import numpy as np

from reid.data.captions import CaptionWriter
from reid.data.words import Vocabulary, WordVectors
from reid.training.caption_batches import BatchSettings, draw_caption
from reid.training.caption_data import CaptionData

_SENTENCES = 20_000


def sayable_first(data: CaptionData, batch: BatchSettings, seed: int) -> WordVectors:
    """The same words and vectors, those first that a sample of the training sentences uses.

    Args:
        data: what is trained on.
        batch: how sentences are made.
        seed: of the sample.
    """
    vocabulary = Vocabulary(data.words.words)
    generator = np.random.default_rng((seed, 25))
    writer = CaptionWriter(generator)
    counts: Counter[str] = Counter()
    for row in generator.integers(len(data.told), size=min(_SENTENCES, 20 * len(data.told))):
        counts.update(vocabulary.known(draw_caption(data.told, int(row), batch, seed, writer, generator).text))
    order = sorted(range(len(vocabulary)), key=lambda place: (-counts[vocabulary.words[place]], place))
    return WordVectors(tuple(vocabulary.words[place] for place in order), data.words.vectors[order])
