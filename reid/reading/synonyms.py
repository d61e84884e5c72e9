"""Words that a network was not taught, read as the words of the grammar that it was.

Longest phrase first, and never inside a phrase that the grammar has itself ("trench coat", "tote bag"). Names of things
that are colours too ("cherry", "coffee") are colours only before what is worn or carried. Colours of hair have a
table of their own, for "golden hair" is blonde and a "golden coat" is yellow. What is said of a head before the person
("a blonde woman") is said behind it, as the grammar does ("a woman with blonde hair").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reid.data.words import STOP_WORDS, Vocabulary
from reid.reading import synonyms_clothes, synonyms_colours, synonyms_people, trained
from reid.reading.tokens import PUNCTUATION, joined, plain
from reid.reading.types import Swap


def _inverted(*tables: Mapping[str, str]) -> dict[str, str]:
    return {
        plain(name.split()): target
        for table in tables
        for target, names in table.items()
        for name in names.split(", ")
        if name
    }


_PLURALS = {
    f"{noun}s": noun for noun in trained.THINGS if noun[-1] != "s" and noun not in ("hair", "luggage", "clothes")
}
_ALWAYS = _PLURALS | _inverted(
    synonyms_colours.NAMES, synonyms_clothes.NAMES, synonyms_people.NAMES, synonyms_people.STYLES,
    synonyms_clothes.STRETCHED,
)  # fmt: skip
_COLOUR_THINGS = _inverted(synonyms_colours.THINGS)
_HAIR = _inverted(synonyms_colours.HAIR)
_HAIR_COLOURS = frozenset(_HAIR) | frozenset(trained.HAIR_COLOURS)
_WITH = _inverted(synonyms_people.WITH)
_STRETCHED = {(key, target) for key, target in _inverted(synonyms_clothes.STRETCHED).items()} | {
    (key, table[key]) for table in (_HAIR, _WITH) for key in synonyms_people.NO_LABEL if key in table
}
# phrase -> trained term, whatever stands around it
TABLE: Mapping[str, str] = {**_WITH, **_HAIR, **_COLOUR_THINGS, **_ALWAYS}
# where a phrase of the grammar (or another that would be torn apart) stands, no part of it is replaced
_WHOLE = (
    trained.THINGS
    | frozenset(key for key in trained.COLOURS if " " in key)
    | {"shades of", "hair in a ponytail", "hair in a bun", "in a bun", "in a ponytail", "bald head", "shaved head"}
    | {"young person", "old person", "old man", "old woman", "striped shirt"}
)
_ADJECTIVES = frozenset(
    """long short curly straight wavy thick thin light dark bright pale big small large old young elderly senior striped
    plaid checkered checked leather hooded woolen knitted cotton denim heavy little""".split()
)
_NOUNS = (*trained.THINGS, *(key for key, target in _ALWAYS.items() if target in trained.THINGS), "clothes", "colored")
_GARMENTS = frozenset(_NOUNS)
_PERSONS = trained.PEOPLE | frozenset(
    plain(key.split()) for key in _inverted(synonyms_people.NAMES) if key not in ("young", "old")
)
_ARTICLES = ("a", "an", "the", "this", "that")


def meaning(word: str) -> str:
    """What a word is read as where nothing stands around it; itself if it is left alone."""
    return TABLE.get(word, word)


def holds(vocabulary: Vocabulary, word: str) -> bool:
    """True if a vocabulary holds a word, or all that it is read as."""
    return word in vocabulary or all(part in vocabulary or part in STOP_WORDS for part in meaning(word).split())


def rewrite(words: Sequence[str], vocabulary: Vocabulary) -> tuple[list[str], list[Swap], list[Swap]]:
    """Tokens in the words of the grammar, what was replaced, and which of that is only the nearest thing taught.

    What a vocabulary does not hold nothing is replaced by.
    """
    rest, out = list(words), list[str]()
    swaps: list[Swap] = []
    stretched: list[Swap] = []
    at = 0
    while at < len(rest):
        kept = trained.longest(rest, at, _WHOLE)
        size, target = _found(rest, at)
        if not all(word in vocabulary or word in STOP_WORDS for word in target.split()):
            size = 0
        if size and size >= kept:
            typed = joined(rest[at : at + size])
            if typed != target:
                swaps.append(Swap(typed, target))
                if (plain(rest[at : at + size]), target) in _STRETCHED:
                    stretched.append(swaps[-1])
            if plain(rest[at : at + size]) in _WITH and target == _WITH[plain(rest[at : at + size])]:
                at = _said_behind(rest, at, size, target, out)
                continue
            if target.endswith(" person") and trained.longest(rest, at + size, _PERSONS):
                target = target.removesuffix(" person")  # "a teenager girl"
            if target.startswith(("long hair", "short hair", "a ")) and out and out[-1] in _ARTICLES:
                out.pop()
            out += target.split()
            at += size
        else:
            out += rest[at : at + max(kept, 1)]
            at += max(kept, 1)
    return with_articles(out), list(dict.fromkeys(swaps)), list(dict.fromkeys(stretched))


def _found(words: list[str], at: int) -> tuple[int, str]:
    """How many tokens from ``at`` on are replaced, and by what."""
    for size in range(min(4, len(words) - at), 0, -1):
        key = plain(words[at : at + size])
        if key in _HAIR_COLOURS and _before(words, at + size, frozenset({"hair"})):
            return size, _HAIR.get(key, key)
        if key in _COLOUR_THINGS and _before(words, at + size, _GARMENTS - {"hair"}):
            return size, _COLOUR_THINGS[key]
        if key in _WITH and not _before(words, at + size, _GARMENTS):
            return size, _WITH[key]
        if key in _ALWAYS and not (size == 1 and _half_of_a_phrase(words, at)):
            return size, _ALWAYS[key]
    return 0, ""


def _half_of_a_phrase(words: list[str], at: int) -> bool:
    """True for "navy" of "navy blue": the colour stands there already."""
    return at + 1 < len(words) and plain(words[at : at + 2]) in trained.COLOURS


def _before(words: list[str], at: int, nouns: frozenset[str]) -> bool:
    """True if one of these nouns follows, with nothing but colours, adjectives and "and" between."""
    for place in range(at, min(at + 4, len(words))):
        if trained.longest(words, place, nouns):
            return True
        word = words[place]
        if word in PUNCTUATION or (word in STOP_WORDS and word != "and"):
            return False
        if word not in _ADJECTIVES and word != "and" and plain([word]) not in trained.COLOURS and word not in TABLE:
            return False
    return False


def _said_behind(words: list[str], at: int, size: int, target: str, out: list[str]) -> int:
    """Put "with blonde hair" behind the person it is said of; returns where to go on."""
    for place in range(at + size, min(at + size + 3, len(words))):
        if count := trained.longest(words, place, _PERSONS):
            between = words[at + size : place]
            noun = meaning(plain(words[place : place + count])).split()
            out += [*between, *noun, "with", *target.split()]
            return place + count
        if words[place] in PUNCTUATION or words[place] in STOP_WORDS:
            break
    if out and out[-1] in _ARTICLES and len(out) > 1 and out[-2] in ("with", "has", "having"):
        out.pop()
        out += target.split()
    elif not out or out[-1] in _ARTICLES or out[-1] in PUNCTUATION or out[-1] in _ADJECTIVES:
        whom = "woman" if words[at] in ("blonde", "brunette") else "person"
        out += [whom, "with", *target.split()]
    elif out[-1] in ("with", "has", "having"):
        out += target.split()
    else:
        out += ["with", *target.split()]
    return at + size


def with_articles(words: Sequence[str]) -> list[str]:
    """ "a" or "an" as the next word wants it, and none twice."""
    out: list[str] = []
    for place, word in enumerate(words):
        after = words[place + 1] if place + 1 < len(words) else ""
        if word in ("a", "an"):
            if after in ("a", "an", "the"):
                continue
            word = "an" if (after[:1] in "aeiou" and after[:2] not in ("un", "eu")) or after[:4] == "umbr" else "a"
            if not after:
                word = "a"
        out.append(word)
    return out
