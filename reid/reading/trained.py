"""Which words the caption grammar uses, and for what: taken from the grammar's own tables, so that they cannot part.

What a network was trained with it knows; every other word it only knows by the company that the word keeps elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from reid.data import lexicon
from reid.reading.tokens import plain


def _keys(phrases: Iterable[str]) -> frozenset[str]:
    return frozenset(plain(phrase.split()) for phrase in phrases)


# colour phrase -> the label that it is said of most often ("tan" -> brown)
COLOURS: Mapping[str, str] = MappingProxyType(
    {
        plain(phrase.split()): max(
            (weight, label) for label, words in lexicon.COLOUR_WORDS.items() for p, weight, _ in words if p == phrase
        )[1]
        for words in lexicon.COLOUR_WORDS.values()
        for phrase, _, _ in words
    }
)
HAIR_COLOURS: Mapping[str, str] = MappingProxyType(
    {phrase: name for name, words in reversed(list(lexicon.HAIR_COLOURS.items())) for phrase, _ in words}
)
PEOPLE = _keys(word for words in lexicon.SUBJECTS.values() for word in words)
UPPER = _keys(
    (
        *lexicon.SHORT_SLEEVED,
        *lexicon.LONG_SLEEVED,
        *lexicon.JACKETS,
        *lexicon.SWEATERS,
        *lexicon.SUITS,
        *lexicon.ANY_TOP,
        *lexicon.WOMENS_TOP,
    )
)
LOWER = _keys(
    (
        *lexicon.TROUSERS,
        *lexicon.JEANS,
        *lexicon.TIGHTS,
        *lexicon.SHORTS,
        *lexicon.SKIRTS,
        *lexicon.LONG_SKIRTS,
        "bottoms",
        "clothes",
    )
)
SHOES = _keys((*lexicon.SHOES, *(word for words in lexicon.FOOTWEAR.values() for word in words)))
BAGS = _keys(("bag", "bags", "purse", *(word for words in lexicon.BAGS.values() for word in words)))
WORN = _keys(word for words in lexicon.WORN.values() for word in words)
THINGS = UPPER | LOWER | SHOES | BAGS | WORN | {"hair"}

# What `reid.data.captions` says outside of the lexicon's tables.
_SPOKEN = """
young old elderly older senior long short shoulder length medium length short cut hair bald shaved head ponytail bun
tied back pulled up plaid checkered checked striped stripy logo print writing bag bags purse handbag bottoms clothes
wearing wears dressed carrying carries holding has picture nothing hands
"""
WORDS = frozenset(
    word
    for phrase in (*COLOURS, *HAIR_COLOURS, *PEOPLE, *THINGS, *_SPOKEN.split())
    for word in (*phrase.split(), phrase)
    if " " not in word
) | {"t-shirt"}


def longest(words: list[str], start: int, table: Iterable[str]) -> int:
    """How many tokens from ``start`` on are the longest phrase of a table; 0 if none is."""
    for size in range(min(4, len(words) - start), 0, -1):
        if plain(words[start : start + size]) in table:
            return size
    return 0
