"""Which words ship with a text encoder."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from reid.data import lexicon, words
from reid.data.attributes import COLOURS
from reid.data.words import WordVectors


def needed_words() -> frozenset[str]:
    """All words that the caption grammar can use, and further ones about people and clothes."""
    phrases: list[str] = [*COLOURS, *lexicon.FURTHER_WORDS, *lexicon.SCENERY, *lexicon.TRIMMINGS]
    for value in (value for name, value in vars(lexicon).items() if name.isupper()):
        if isinstance(value, tuple):
            phrases += [item for item in value if isinstance(item, str)]
        elif isinstance(value, dict):
            for items in value.values():
                phrases += [item if isinstance(item, str) else item[0] for item in items]
    return frozenset(part for phrase in phrases for word in words.split(phrase) for part in (word, *word.split("-")))


def shipped_words(path: Path, frequent: int, cache: Path) -> WordVectors:
    """The most frequent words of a file of vectors, and the needed ones; kept in ``cache``: such files are large."""
    wanted = needed_words()
    stat = path.stat() if path.is_file() else None
    mark = (path.name, stat and stat.st_size, frequent, sorted(wanted))
    target = cache / f"words-{hashlib.sha256(repr(mark).encode()).hexdigest()[:16]}.npz"
    if target.is_file():
        with np.load(target, allow_pickle=False) as stored:
            return WordVectors(tuple(str(word) for word in stored["words"]), stored["vectors"])
    chosen = words.trim(words.load_vectors(path), frequent, wanted)
    cache.mkdir(parents=True, exist_ok=True)
    np.savez(target, words=np.array(chosen.words), vectors=chosen.vectors)
    return chosen
