"""One order of words: what is said about a garment stands before it.

The network mixes each word with its neighbours, and was taught by sentences in which the colour stands right before
the garment. Of "the shirt is red and the trousers are blue" it binds nothing rightly (0 of 224 pairs, by the test of
tests/reid/reading/test_binding.py), of "red shirt and blue trousers" nine in ten. So the first is read as the second:
"N is C", "N: C", "N that is C", "N in C" as "C N"; "C on top", "C top half" as "C top"; "C below" as "C bottoms".
"""

from __future__ import annotations

from collections.abc import Sequence

from reid.reading import trained
from reid.reading.tokens import PUNCTUATION

_IS = frozenset("is are was were looks :".split())
_WHICH = frozenset("that which whose".split())
_SHADES = frozenset("striped plaid checkered checked stripy long short curly dark light".split())
_VERY = frozenset("very all mostly mainly completely entirely quite in of".split())
_TOP = ("on top", "on the top", "top half", "upper half", "upper body", "on the upper body", "above", "up top",
        "on top half", "as upper body", "on the upper half", "on the top half")  # fmt: skip
_BOTTOM = ("on the bottom", "on bottom", "bottom half", "lower half", "lower body", "on the lower body", "below",
           "down below", "on the lower half", "on the bottom half", "underneath")  # fmt: skip
_NOT_ABOUT = trained.BAGS | trained.WORN  # "man with a hat in black": the man is in black


def ordered(words: Sequence[str]) -> list[str]:
    """Tokens with adjectives in front of their nouns."""
    out: list[str] = []
    rest = list(words)
    at = 0
    while at < len(rest):
        for rule in (_half, _predicate):
            done = rule(rest, at)
            if done is not None:
                said, at = done
                out += said
                break
        else:
            out.append(rest[at])
            at += 1
    return out


def _half(words: list[str], at: int) -> tuple[list[str], int] | None:
    """ "red on top", "red top half", "upper body (in|is|wearing) red"."""
    for phrases, noun in ((_TOP, ["top"]), (_BOTTOM, ["bottoms"])):
        article = ["a"] if noun == ["top"] else []
        size = _colour(words, at)
        behind = trained.longest(words, at + size, phrases) if size else 0
        if behind and not trained.longest(words, at + size + behind, trained.THINGS):
            return [*words[at : at + size], *noun], at + size + behind
        front = trained.longest(words, at, [phrase for phrase in phrases if "half" in phrase or "body" in phrase])
        if front:
            place = at + front
            while place < len(words) and words[place] in _IS | {"in", "wearing", "a"}:
                place += 1
            size = _colour(words, place)
            if size and not trained.longest(words, place + size, trained.THINGS):
                return [*article, *words[place : place + size], *noun], place + size
    return None


def _predicate(words: list[str], at: int) -> tuple[list[str], int] | None:
    """ "shirt is red", "shirt: red", "shirt that is red", "shirt in red", with what stands before the noun."""
    start = at
    if words[at] in ("the", "his", "her", "their", "whose", "its"):
        at += 1
    size = trained.longest(words, at, trained.THINGS)
    if not size:
        return None
    noun, place = words[at : at + size], at + size
    which = place < len(words) and words[place] in _WHICH
    place += which
    if place < len(words) and words[place] in _IS:
        place += 1
        while place < len(words) and words[place] in _VERY:
            place += 1
    elif place < len(words) and words[place] == "in" and not which and " ".join(noun) not in _NOT_ABOUT:
        place += 1
    else:
        return None
    found = _colour(words, place, hair=noun == ["hair"])
    if not found or trained.longest(words, place + found, trained.THINGS):
        return None
    end = place + found
    if end < len(words) and words[end] not in PUNCTUATION and words[end] not in _AFTER:
        return None
    article = ["a"] if _countable(noun) and not (start == at and at > 0) else []  # its own stands before it already
    if words[start] == "whose":
        article = ["with", *article]
    return [*article, *words[place:end], *noun], end


_AFTER = frozenset("and but with in who while he she they wearing carrying the his her their or on whose a".split())


def _countable(noun: list[str]) -> bool:
    return (not noun[-1].endswith("s") and noun[-1] not in ("hair", "luggage")) or noun[-1] == "dress"


def _colour(words: list[str], at: int, *, hair: bool = False) -> int:
    """How many tokens from ``at`` on are colours: "red", "dark blue", "red and black", never "red and black shoes"."""
    end = at
    while end < len(words):
        size = trained.longest(words, end, trained.COLOURS)
        if not size and (words[end] in _SHADES or (hair and words[end] in trained.HAIR_COLOURS)):
            size = 1
        if not size:
            break
        end += size
        if end + 1 < len(words) and words[end] == "and":
            more = _colour(words, end + 1, hair=hair)
            if more and not trained.longest(words, end + 1 + more, trained.THINGS | _PLACES):
                return end + 1 + more - at
        break_here = end < len(words) and not trained.longest(words, end, trained.COLOURS)
        if break_here and not (end < len(words) and words[end] in _SHADES):
            break
    return end - at


_PLACES = frozenset((*_TOP, *_BOTTOM))
