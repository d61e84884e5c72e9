"""Typing errors: an unknown word that nearly is a word of people and clothes is read as that word.

The distance is that of optimal string alignment (Damerau, "A technique for computer detection and correction of
spelling errors", CACM 1964; Levenshtein 1966): one for a letter too many, missing, wrong, or two neighbours swapped.
Words that the vocabulary holds are never touched: "read coat" may well be meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from reid.data.words import Vocabulary
from reid.reading import synonyms, trained
from reid.reading.tokens import PUNCTUATION
from reid.reading.types import Swap

SHORTEST = 4  # letters; of shorter words too many others are one letter away
LONG = 7  # letters, from which on two errors are forgiven

# words between those of people and clothes; a slip in "without" would turn a sentence into its opposite
_BETWEEN = """
without wearing wears wore dressed carrying carries holding holds having with and but not sleeves sleeved sleeveless
short long dark light bright pale color colored striped checkered printed pattern leather woolen cotton denim
shoulder length tied back beard bearded mustache front left right hand hands arms head walking standing person
""".split()


_ENDINGS = ("ed", "ing", "ly")
_FIRST = trained.WORDS - {"back", "head", "hands", "pair", "some"}


def distance(one: str, other: str, most: int = 2) -> int:
    """Optimal string alignment of two words; anything above ``most`` counts as ``most + 1``."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        last, before, row = before, row, [i] + [0] * len(other)
        for j, against in enumerate(other, start=1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                row[j] = min(row[j], last[j - 2] + 1)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


@lru_cache(maxsize=4096)
def corrected(word: str) -> str | None:
    """The one word of people and clothes that is meant; None where none is near, or several are.

    Of several at the same distance those of the grammar go before others; forms of one word (coat, coats) and words of
    one meaning are no doubt. The first letter must be right, or swapped with the second.
    """
    if len(word) < SHORTEST or not word.isalpha() or not word.isascii():
        return None
    most = 2 if len(word) >= LONG else 1
    near: dict[int, list[str]] = {}
    for candidate in _candidates():
        if (word[0] == candidate[0] or word[:2] == candidate[1::-1]) and (
            steps := distance(word, candidate, most)
        ) <= most:
            near.setdefault(steps, []).append(candidate)
    if not near:
        return None
    best = near[min(near)]
    best = [candidate for candidate in best if candidate in _FIRST] or best
    if min(near) > 1 and any(word.endswith(end) and not best[0].endswith(end) for end in _ENDINGS):
        return None  # rather a verb than a thing with two errors in it
    meanings = {synonyms.meaning(candidate).removesuffix("s") for candidate in best}
    if len(meanings) > 1:
        return None
    return max(best, key=lambda candidate: (candidate.endswith("s") == word.endswith("s"), candidate in trained.WORDS))


@lru_cache(maxsize=1)
def _candidates() -> tuple[str, ...]:
    known = {*trained.WORDS, *_BETWEEN, *(word for key in synonyms.TABLE for word in key.split())}
    return tuple(sorted(word for word in known if len(word) > 2 and word.isalpha() and word not in ("wooly", "gray")))


def correct(words: Sequence[str], vocabulary: Vocabulary) -> tuple[list[str], list[Swap]]:
    """Tokens with their typing errors mended, and what was mended."""
    read: list[str] = []
    swaps: list[Swap] = []
    known = frozenset(_candidates())
    for word in words:
        better = None
        if word not in PUNCTUATION and word not in known and vocabulary.unknown(word):
            better = corrected(word)
            if better is not None and not synonyms.holds(vocabulary, better):
                better = None
        if better is not None:
            swaps.append(Swap(word, better))
        read.append(better or word)
    return read, list(dict.fromkeys(swaps))
