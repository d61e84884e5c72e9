"""Words as numbers, and the vectors of their meaning.

Vectors are read from the common formats (GloVe text, word2vec text and binary, the JSON of npm's `wink-embeddings-*`)
and trimmed to what ships: the most frequent words, for all that a user may type, and the words of clothes and people.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reid.types import Floats

Ids = NDArray[np.int64]
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
# Spellings that are one word to us; what a caption says in many ways is learnt once.
_SPELLINGS = {
    "tshirt": "t-shirt",
    "tshirts": "t-shirt",
    "t-shirts": "t-shirt",
    "tee-shirt": "t-shirt",
    "gray": "grey",
    "coloured": "colored",
    "hoody": "hoodie",
    "multicoloured": "multicolored",
}
# They hold a sentence together; alone they describe nobody.
STOP_WORDS = frozenset(
    """
    a an the this that these those is are was were be been being am has have had having do does did and or but nor
    of in on at to from by for with as into onto his her hers him he she it its they them their who whom whose which
    what there here i you we me my your our us if then than so too very also just not no can will would should could
    may might one ones s t
    """.split()  # noqa: SIM905 - a literal of so many strings reads worse
)


@dataclass(frozen=True, slots=True)
class WordVectors:
    """V words and their (V, D) float32 vectors, most frequent first."""

    words: tuple[str, ...]
    vectors: Floats

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or len(self.words) != len(self.vectors):
            raise ValueError(f"expected one vector per word, got {len(self.words)} words, {self.vectors.shape}")


def load_vectors(path: Path) -> WordVectors:
    """Read word vectors; the format follows from the suffix.

    Args:
        path: `.json` (wink-embeddings), `.bin` (word2vec binary), else text: a word and its numbers per line, with
            word2vec's line of two counts on top or without.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if its content is not what the suffix says.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file of word vectors")
    reader = {".json": _read_wink, ".bin": _read_binary}.get(path.suffix, _read_text)
    try:
        return reader(path)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ValueError(f"{path} holds no word vectors of the form its suffix says ({error})") from None


def _read_wink(path: Path) -> WordVectors:
    content = json.loads(path.read_text(encoding="utf-8"))
    dim, table = int(content["dimensions"]), content["vectors"]
    words = tuple(str(word) for word in content["words"])
    # Behind the numbers of a vector come its norm and its place.
    return WordVectors(words, np.asarray([table[word][:dim] for word in words], np.float32))


def _read_text(path: Path) -> WordVectors:
    words: list[str] = []
    rows: list[Floats] = []
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file):
            word, *numbers = line.rstrip().split(" ")
            if number == 0 and len(numbers) == 1 and word.isdigit():
                continue  # word2vec's counts
            if rows and len(numbers) != len(rows[0]):
                raise ValueError(f"line {number + 1} has {len(numbers)} numbers, not {len(rows[0])}")
            words.append(word)
            rows.append(np.asarray(numbers, np.float32))
    if not rows or not len(rows[0]):
        raise ValueError("no vector in it")
    return WordVectors(tuple(words), np.stack(rows))


def _read_binary(path: Path) -> WordVectors:
    data = path.read_bytes()
    start = data.index(b"\n") + 1
    count, dim = (int(part) for part in data[:start].split())
    words: list[str] = []
    vectors = np.empty((count, dim), np.float32)
    for row in range(count):
        space = data.index(b" ", start)
        words.append(data[start:space].decode("utf-8", "replace").lstrip("\n"))
        vectors[row] = np.frombuffer(data, "<f4", dim, space + 1)
        start = space + 1 + 4 * dim
    return WordVectors(tuple(words), vectors)


def trim(source: WordVectors, frequent: int, wanted: Iterable[str]) -> WordVectors:
    """The ``frequent`` first words and the ``wanted`` ones, as far as they can come out of the tokeniser."""
    wanted = set(wanted)
    rows: list[int] = []
    seen: set[str] = set()
    for row, word in enumerate(source.words):
        if word in seen or len(word) > 24 or not (len(rows) < frequent or word in wanted):
            continue
        if _WORD.fullmatch(word) and not word.isdigit() and normalise(word) == word:
            seen.add(word)
            rows.append(row)
    return WordVectors(tuple(source.words[row] for row in rows), source.vectors[rows])


def normalise(word: str) -> str:
    """Lower case, one spelling."""
    word = word.lower()
    return _SPELLINGS.get(word, word)


def split(text: str) -> list[str]:
    """The words of a text in order; a hyphen or an apostrophe inside a word stays."""
    return [normalise(word) for word in _WORD.findall(text.replace("’", "'"))]


class Vocabulary:
    """Which words are known, and their numbers from 1 on; 0 is what a sentence is filled up with."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self._numbers = {word: number for number, word in enumerate(self.words, start=1)}

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self._numbers

    def known(self, text: str) -> list[str]:
        """The known words of a text in order; compounds that are not known count as their parts."""
        return [word for word, ok in self._parts(text) if ok]

    def unknown(self, text: str) -> tuple[str, ...]:
        """The words that are not known, in order, each once; stop words are known to say nothing."""
        parts = self._parts(text)
        return tuple(dict.fromkeys(word for word, ok in parts if not ok and word not in STOP_WORDS))

    def _parts(self, text: str) -> list[tuple[str, bool]]:
        found: list[tuple[str, bool]] = []
        for word in split(text):
            if word in self._numbers:
                found.append((word, True))
            elif "-" in word or "'" in word:
                # The "s" of "woman's" is no word of its own.
                parts = [normalise(part) for part in re.split("[-']", word) if len(part) > 1]
                found.extend((part, part in self._numbers) for part in parts)
            elif not word.isdigit():
                found.append((word, False))
        return found

    def encode(self, texts: Sequence[str], length: int) -> Ids:
        """(N, length) word numbers; what is longer is cut off."""
        rows = np.zeros((len(texts), length), np.int64)
        for row, text in zip(rows, texts, strict=True):
            numbers = [self._numbers[word] for word in self.known(text)][:length]
            row[: len(numbers)] = numbers
        return rows
