"""The word vectors that ship: those inside the weights of the default text search, as they were before training.

They are fixed there (int8 with a scale per word, see `reid.networks.words`), so that whoever trains another network
that reads needs no file of word vectors. `--data words:PATH` takes other ones.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reid import checkpoint, registry
from reid.data.words import WordVectors


def shipped_vectors(folder: Path | None = None) -> WordVectors:
    """The words of a checkpoint of kind ``language`` with their vectors, most frequent first.

    Args:
        folder: the checkpoint; None for the one that ships.

    Raises:
        CheckpointError: if the folder is no sound checkpoint.
        ValueError: if it holds no words, or not as many as vectors.
    """
    folder = registry.default_weights("language") if folder is None else folder
    words = tuple((folder / "words.txt").read_text(encoding="utf-8").split())
    codes = checkpoint.load_weights(folder, "text.codes").get("")
    scales = checkpoint.load_weights(folder, "text.scales").get("")
    if codes is None or scales is None or len(codes) != len(words) + 1:
        raise ValueError(f"{folder} does not hold a vector for each of its {len(words):,} words")
    # Row 0 is padding.
    return WordVectors(words, np.asarray(codes[1:].numpy() * scales[1:, None].numpy(), np.float32))
